// Template cards, textcards and news as the app draws them.
import { el, link, safeUrl } from "./dom.js";
import { linked, stripped } from "./text.js";

/** A picture from this server; the page loads nothing from elsewhere. */
function picture(url, name) {
  const href = safeUrl(url);
  if (!href || new URL(href).origin !== location.origin) return null;
  return el("img", { src: href, class: name, alt: "" });
}

function source(card, press) {
  const { icon_url: iconUrl, desc, desc_color: tone } = card.source ?? {};
  const menu = card.action_menu?.action_list?.length ? actionMenu(card, press) : null;
  if (!desc && !menu) return null;
  return el("div", { class: "card-source" }, picture(iconUrl), el("span", { class: `tone-${tone ?? 0}`, text: desc ?? "" }), menu);
}

function actionMenu(card, press) {
  const items = card.action_menu.action_list.map((action) =>
    el("button", { type: "button", testid: "card-menu-item", text: action.text, on: { click: () => press(action.key, {}) } }));
  return el("details", { class: "card-menu" }, el("summary", { text: "⋯", title: card.action_menu.desc }), el("div", {}, ...items));
}

function titles(card) {
  const { title, desc } = card.main_title ?? {};
  if (!title && !desc) return null;
  return el("div", {}, title ? el("h3", { class: "card-title", text: title }) : null, desc ? el("p", { class: "card-desc", text: desc }) : null);
}

function emphasis(card) {
  const { title, desc } = card.emphasis_content ?? {};
  return title || desc ? el("div", { class: "card-big" }, el("b", { text: title ?? "" }), el("small", { text: desc ?? "" })) : null;
}

function quote(card) {
  const { title, quote_text: text } = card.quote_area ?? {};
  return title || text ? el("div", { class: "card-quote" }, title ? el("b", { text: title }) : null, text ?? "") : null;
}

function rows(card) {
  const items = card.horizontal_content_list ?? [];
  if (!items.length) return null;
  const cells = items.flatMap((item) => [
    el("dt", { text: item.keyname }),
    el("dd", {}, item.type === 1 ? link(item.url, item.value ?? item.url) : (item.value ?? item.userid ?? "")),
  ]);
  return el("dl", { class: "card-rows" }, ...cells);
}

function lines(card) {
  const items = card.vertical_content_list ?? [];
  const nodes = items.map((item) => el("li", {}, el("b", { text: item.title }), el("p", { class: "card-desc", text: item.desc ?? "" })));
  return nodes.length ? el("ul", { class: "card-lines" }, ...nodes) : null;
}

function bodyOf(card, press) {
  const url = card.card_action?.type === 1 ? safeUrl(card.card_action.url) : null;
  const sub = card.sub_title_text ? el("p", { class: "card-sub" }, ...(url ? [card.sub_title_text] : linked(card.sub_title_text))) : null;
  const parts = [source(card, press), titles(card), emphasis(card), quote(card), sub, rows(card), lines(card)];
  const link = url ? { href: url, target: "_blank", rel: "noopener", testid: "card-link" } : {};
  return el(url ? "a" : "div", { class: "card-body", ...link }, ...parts);
}

/** One choice of a card: a drop-down, or boxes for a vote. `chosen` are earlier picks; `read` gives the present ones. */
function choice(question, boxes, chosen) {
  const disabled = Boolean(question.disable) || undefined;
  if (!boxes) {
    const options = question.option_list.map((option) =>
      el("option", { value: option.id, text: option.text, selected: option.id === (chosen?.[0] ?? question.selected_id) }));
    const select = el("select", { disabled, testid: "card-select" }, ...options);
    const node = el("div", { class: "card-choice" }, el("label", {}, question.title ?? "", select));
    return { node, read: () => [select.value] };
  }
  const name = `choice-${Math.random().toString(36).slice(2)}`;
  const inputs = question.option_list.map((option) => el("input", {
    type: question.mode === 1 ? "checkbox" : "radio", name, value: option.id, disabled, testid: "card-option",
    checked: chosen ? chosen.includes(option.id) : Boolean(option.is_checked) }));
  const labels = inputs.map((input, index) => el("label", {}, input, question.option_list[index].text));
  return { node: el("div", { class: "card-choice" }, ...labels), read: () => inputs.filter((input) => input.checked).map((input) => input.value) };
}

function choices(card) {
  const chosen = (question) => card.selected?.[question.question_key];
  const questions = card.select_list ?? (card.button_selection ? [card.button_selection] : []);
  const made = questions.map((question) => [question.question_key, choice(question, false, chosen(question))]);
  if (card.checkbox) made.push([card.checkbox.question_key, choice(card.checkbox, true, chosen(card.checkbox))]);
  return made;
}

function button(item, onPress) {
  const attributes = { class: `card-button style-${item.style ?? 1}${item.pressed && !item.disabled ? " busy" : ""}`, testid: "card-button" };
  if (item.type === 1) return link(item.url, item.text, { ...attributes });
  return el("button", { type: "button", disabled: item.disabled || undefined, text: item.text, ...attributes, on: { click: onPress } });
}

function buttons(card, press) {
  if (!card.buttons?.length) return null;
  const made = choices(card);
  const read = () => Object.fromEntries(made.map(([key, one]) => [key, one.read()]));
  const nodes = card.buttons.map((item) => button(item, () => press(item.key, read())));
  const long = card.buttons.some((item) => item.text.length > 8) || nodes.length === 1;
  const shape = long ? " long" : nodes.length % 2 ? " odd" : "";
  return el("div", {}, ...made.map(([, one]) => one.node), el("div", { class: `card-buttons${shape}` }, ...nodes));
}

/** A template card; `press(key, selected)` is called for its buttons. */
export function templateCard(card, press) {
  const jumps = (card.jump_list ?? []).map((jump) => link(jump.url, jump.title, { class: "card-jump" }));
  const image = picture(card.card_image?.url, "card-image");
  return el("article", { class: "card", testid: "card" }, image, bodyOf(card, press), ...jumps, buttons(card, press));
}

/** A textcard: title, description, and where it leads. */
export function textCard(body) {
  const inner = el("div", { class: "card-body" }, el("h3", { class: "card-title", text: body.title }),
    el("p", { class: "card-desc", text: stripped(body.description ?? "") }));
  return el("article", { class: "card", testid: "card" }, inner, link(body.url, body.btntxt || "详情", { class: "card-jump" }));
}

/** News and mpnews: one block for each article. */
export function newsCard(body) {
  const articles = (body.articles ?? []).map((article) => el("div", { class: "article" }, picture(article.picurl, "card-image"),
    el("div", { class: "card-body" }, el("h3", { class: "card-title", text: article.title }),
      el("p", { class: "card-desc", text: article.description ?? article.digest ?? "" })),
    article.url ? link(article.url, "阅读全文", { class: "card-jump" }) : null));
  return el("article", { class: "card", testid: "card" }, ...articles);
}
