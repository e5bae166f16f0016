// The list of messages of one phone: inserts, replaces, keeps the end in view.
import { el } from "./dom.js";
import { row, when } from "./bubbles.js";

const PAUSE = 300;
const NEAR = 80;

export class Conversation {
  /** `list` and `newer` are the elements; `press(item, key, selected)` handles card buttons. */
  constructor(list, newer, press) {
    Object.assign(this, { list, newer, press, owner: null, items: new Map(), unread: 0 });
    newer.addEventListener("click", () => this.toEnd());
    list.addEventListener("scroll", () => this.scrolled());
    list.addEventListener("load", () => this.stick && this.toEnd(), true);
  }

  /** Empty the list for another member, or to load it again. */
  clear(owner) {
    this.owner = owner;
    this.items.clear();
    this.last = 0;
    this.list.replaceChildren();
    this.stick = true;
    this.read();
  }

  /** Show a new item at the end, or a changed one in its place. */
  put(item) {
    const node = row(item, this.owner, this.press);
    const earlier = this.items.get(item.id);
    this.stick = this.atEnd();
    if (earlier) earlier.node.replaceWith(node);
    else this.append(item, node);
    this.items.set(item.id, { item, node });
    if (this.stick || (!earlier && item.from === "member")) this.toEnd();
    else if (!earlier) this.note();
    return !earlier;
  }

  append(item, node) {
    if (!this.last || this.list.childElementCount === 0 || item.at - this.last > PAUSE) {
      this.list.append(el("li", { class: "when", text: when(item.at) }));
    }
    this.last = item.at;
    this.list.append(node);
  }

  atEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR;
  }

  scrolled() {
    this.stick = this.atEnd();
    if (this.stick) this.read();
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.read();
  }

  note() {
    this.unread += 1;
    this.newer.textContent = `↓ ${this.unread} 条新消息`;
    this.newer.hidden = false;
  }

  read() {
    this.unread = 0;
    this.newer.hidden = true;
  }
}
