// Turns message text into nodes: addresses and <a href> become links; a little Markdown where the type asks for it.
import { el, link } from "./dom.js";

const LINKS = /<a\s+[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]*?)<\/a>|(https?:\/\/[^\s<>"'，。；、）】》]+)/gi;
const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^)\s]+)\)|`([^`\n]+)`|<font color=["'](info|comment|warning)["']>([\s\S]*?)<\/font>/gi;
const TONES = { info: "tone-3", comment: "tone-0", warning: "tone-2" };

/** The pieces of `text` between matches of `pattern`, each match turned into a node by `make`. */
function pieces(text, pattern, make) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    nodes.push(text.slice(end, match.index), make(match));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

/** Plain text with its links. */
export function linked(text) {
  return pieces(text, LINKS, (match) => {
    const url = match[1] ?? match[2] ?? match[4];
    return link(url, match[3] ?? match[4]);
  });
}

/** One node for an inline mark of Markdown. */
function mark(match) {
  if (match[1]) return el("strong", { text: match[1] });
  if (match[2]) return link(match[3], match[2]);
  if (match[4]) return el("code", { text: match[4] });
  return el("span", { class: TONES[match[5].toLowerCase()], text: match[6] });
}

/** The platform's subset of Markdown: headings, bold, links, code, quotes, coloured words. */
export function markdown(text) {
  const nodes = [];
  for (const line of text.split("\n")) {
    const heading = line.match(/^#{1,6}\s+(.*)/);
    const quote = line.match(/^>\s?(.*)/);
    const inner = pieces(heading?.[1] ?? quote?.[1] ?? line, INLINE, mark);
    if (heading) nodes.push(el("strong", {}, ...inner));
    else if (quote) nodes.push(el("span", { class: "tone-0" }, "▎", ...inner));
    else nodes.push(...inner);
    nodes.push("\n");
  }
  return nodes.slice(0, -1);
}

/** The text of a textcard: its few tags are dropped, <br> breaks the line. */
export function stripped(text) {
  return text.replace(/<br\s*\/?>/gi, "\n").replace(/<\/?div[^>]*>/gi, (tag) => (tag[1] === "/" ? "\n" : "")).trim();
}
