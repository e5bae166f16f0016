// The app's menu at the bottom, with sub-menus that open upwards.
import { el } from "./dom.js";

/** Draw the menu into `nav`; `tap(button)` is called for a leaf, `onOpen()` when a sub-menu opens. */
export function drawMenu(nav, buttons, tap, onOpen) {
  nav.replaceChildren(...buttons.map((button) => (button.sub_button?.length ? parent(nav, button, tap, onOpen) : leaf(button, tap))));
}

function leaf(button, tap) {
  return el("div", {}, el("button", { type: "button", testid: "menu-button", text: button.name, on: { click: () => tap(button) } }));
}

function parent(nav, button, tap, onOpen) {
  const items = button.sub_button.map((sub) =>
    el("li", {}, el("button", { type: "button", testid: "menu-item", text: sub.name, on: { click: () => tap(sub) } })));
  const list = el("ul", { hidden: true, testid: "menu-list" }, ...items);
  const toggle = () => {
    const open = list.hidden;
    closeMenus(nav);
    list.hidden = !open;
    if (open) onOpen();
  };
  return el("div", {}, el("button", { type: "button", testid: "menu-button", "aria-haspopup": "true", text: button.name, on: { click: toggle } }), list);
}

/** Close every open sub-menu. */
export function closeMenus(nav) {
  for (const list of nav.querySelectorAll("ul")) list.hidden = true;
}
