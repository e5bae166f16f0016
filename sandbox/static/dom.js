// Builds elements. Content is only ever set as text, never parsed as HTML.

/** An element with class, attributes and children (strings become text). */
export function el(tag, options = {}, ...children) {
  const { testid, text, on = {}, ...attributes } = options;
  const node = document.createElement(tag);
  if (testid) node.dataset.testid = testid;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** An icon of one stroke path. */
export function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** The address as it may be opened: http and https only, otherwise null. */
export function safeUrl(value) {
  if (typeof value !== "string" || !/^https?:\/\//i.test(value.trim())) return null;
  try {
    return new URL(value.trim()).href;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** A link that opens outside the phone, or plain text when the address is not http(s). */
export function link(url, label, attributes = {}) {
  const href = safeUrl(url);
  if (!href) return el("span", { class: attributes.class, text: label });
  return el("a", { href, target: "_blank", rel: "noopener", text: label, ...attributes });
}
