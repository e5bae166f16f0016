// One message as a row of the conversation.
import { newsCard, templateCard, textCard } from "./cards.js";
import { el, icon, safeUrl } from "./dom.js";
import { linked, markdown } from "./text.js";

const WAVES = "M6 10v4M10 7v10M14 9v6M18 5v14";
const PIN = "M12 21c4-5 7-8 7-11a7 7 0 0 0-14 0c0 3 3 6 7 11ZM12 10h.01";

/** The last two characters of a name on a colour of its own. */
export function face(name, node = el("span", { class: "avatar", "aria-hidden": "true" })) {
  const hue = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 8;
  node.className = `avatar hue-${hue}`;
  node.textContent = [...name].slice(-2).join("");
  return node;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

function attachment(badge, title, detail, href, place = false) {
  const parts = [el("div", {}, el("b", { text: title }), el("small", { text: detail })), el("span", { class: `sheet${place ? " place" : ""}` }, badge)];
  return href ? el("a", { class: "attachment", href, target: "_blank", rel: "noopener" }, ...parts) : el("div", { class: "attachment" }, ...parts);
}

function fileBox(item) {
  const suffix = item.media.name.includes(".") ? item.media.name.split(".").pop().slice(0, 4).toUpperCase() : "文件";
  return attachment(item.kind === "video" ? "视频" : suffix, item.media.name, size(item.media.bytes), item.media.url);
}

function voiceBox(item) {
  return el("a", { class: "voice", href: item.media.url, download: item.media.name, title: "下载语音" }, icon(WAVES), `${item.media.seconds}″`);
}

function imageBox(item) {
  const image = el("img", { src: item.media.url, alt: item.media.name, loading: "lazy" });
  return el("a", { href: item.media.url, target: "_blank", rel: "noopener" }, image);
}

/** What is inside the bubble, and whether the bubble is drawn around it. */
function content(item, press) {
  const bare = (node) => ({ nodes: [node], bare: true });
  if (item.kind === "template_card") return bare(templateCard(item.card, (key, selected) => press(item, key, selected)));
  if (item.kind === "textcard") return bare(textCard(item.body));
  if (item.body?.articles) return bare(newsCard(item.body));
  if (item.kind === "image" && item.media) return bare(imageBox(item));
  if ((item.kind === "file" || item.kind === "video") && item.media) return bare(fileBox(item));
  if (item.kind === "voice" && item.media) return { nodes: [voiceBox(item)] };
  if (item.kind === "location") return bare(attachment(icon(PIN), item.body.label ?? "位置", "位置", null, true));
  if (item.kind === "link") return bare(attachment("链", item.body.title || item.body.url, item.body.description || "链接", safeUrl(item.body.url)));
  return { nodes: item.kind === "markdown" ? markdown(item.content) : linked(item.content) };
}

function state(item) {
  if (item.delivery === "failed") return el("span", { class: "state failed", testid: "failed", text: "!", title: "应用没有收到这条消息" });
  if (item.delivery === "sending") return el("span", { class: "state sending", testid: "sending" });
  return null;
}

/** The row of one inbox item; `press(item, key, selected)` is called for card buttons. */
export function row(item, owner, press) {
  const own = item.from === "member";
  if (item.recalled) return el("li", { class: "note", testid: "recalled", text: "撑腰撤回了一条消息" });
  const { nodes, bare } = content(item, press);
  const cut = item.truncated && !own ? el("small", { class: "cut", testid: "truncated", text: "（内容过长，已被平台截断）" }) : null;
  const bubble = el("div", { class: `bubble${bare ? " bare" : ""}`, testid: own ? "bubble-out" : "bubble-in", "data-msgid": item.msgid }, ...nodes, cut);
  const avatar = own ? face(owner.name) : el("span", { class: "avatar app", "aria-hidden": "true" });
  return el("li", { class: `row${own ? " own" : ""}` }, avatar, bubble, own ? state(item) : null);
}

/** When it was, as the app writes it: 10:20, 昨天 10:20, 11月3日 10:20. */
export function when(seconds, now = new Date()) {
  const at = new Date(seconds * 1000);
  const clock = at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
  const day = (date) => date.toLocaleDateString("zh-CN", { timeZone: "Asia/Shanghai" });
  if (day(at) === day(now)) return clock;
  if (day(at) === day(new Date(now - 86400000))) return `昨天 ${clock}`;
  return `${at.toLocaleDateString("zh-CN", { month: "long", day: "numeric", timeZone: "Asia/Shanghai" })} ${clock}`;
}
