// One phone: a member's conversation with the app.
import * as api from "./api.js";
import { face } from "./bubbles.js";
import { Conversation } from "./conversation.js";
import { el, icon, safeUrl } from "./dom.js";
import { closeMenus, drawMenu } from "./menu.js";

const TYPING = 20000;
const RETRY = 1500;
const PANEL = [
  ["image", "图片", "M4 5h16v14H4zM8 10h.01M4 17l5-4 4 3 3-2 4 3"],
  ["file", "文件", "M7 3h7l4 4v14H7zM14 3v4h4"],
  ["voice", "语音", "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM6 11a6 6 0 0 0 12 0M12 17v4"],
  ["location", "位置", "M12 21c4-5 7-8 7-11a7 7 0 0 0-14 0c0 3 3 6 7 11ZM12 10h.01"],
  ["link", "链接", "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"],
];
const PLACE = { latitude: "31.8206", longitude: "117.2272", scale: 16, label: "单位办公楼" };
const SHARED = { title: "示例链接", description: "从其他应用分享的网页", url: "https://example.com/" };

export class Phone {
  /** `onMember(userid)` is called when another member is picked, `onRemove()` when the phone is put away. */
  constructor(people, { onMember, onRemove }) {
    this.people = people;
    this.onMember = onMember;
    this.node = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.parts = Object.fromEntries([...this.node.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
    this.talk = new Conversation(this.parts.talk, this.parts.newer, (item, key, selected) => this.press(item, key, selected));
    this.fillPicker();
    this.fillPanel();
    this.listen();
    this.parts.remove.addEventListener("click", onRemove);
  }

  fillPicker() {
    const groups = Map.groupBy ? Map.groupBy(this.people, (one) => one.org_name) : grouped(this.people);
    for (const [name, people] of groups) {
      const options = people.map((one) => el("option", { value: one.userid, text: `${one.name} · ${one.department} ${one.post}` }));
      this.parts.picker.append(el("optgroup", { label: name }, ...options));
    }
    this.parts.picker.addEventListener("change", () => this.choose(this.parts.picker.value));
  }

  fillPanel() {
    for (const [kind, label, path] of PANEL) {
      const button = el("button", { type: "button", testid: `attach-${kind}`, on: { click: () => this.attach(kind) } }, icon(path), label);
      this.parts.panel.append(button);
    }
  }

  listen() {
    const { form, input, toggle, voice, more, file, menu, talk } = this.parts;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.say(); });
    input.addEventListener("input", () => this.fit());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.say(); }
    });
    toggle.addEventListener("click", () => this.toggleMenu());
    voice.addEventListener("click", () => this.attach("voice"));
    more.addEventListener("click", () => this.showPanel(this.parts.panel.hidden));
    file.addEventListener("change", () => this.sendFiles());
    talk.addEventListener("click", () => { this.showPanel(false); closeMenus(menu); });
    this.node.addEventListener("click", (event) => event.target.closest("a") && this.remember(), true);
    this.fit();
  }

  /** Become that member: load the conversation and tell the app that it was opened. */
  choose(userid) {
    this.member = this.people.find((one) => one.userid === userid) ?? this.people[0];
    this.parts.picker.value = this.member.userid;
    this.node.dataset.userid = this.member.userid;
    face(this.member.name, this.parts.face);
    this.onMember(this.member.userid);
    this.connect();
    this.run(api.enter(this.member.userid));
  }

  connect() {
    this.close();
    const source = api.stream(this.member.userid);
    this.source = source;
    source.addEventListener("open", () => this.talk.clear(this.member));
    source.addEventListener("item", (event) => this.receive(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      source.close();
      if (this.source === source) this.timer = setTimeout(() => this.connect(), RETRY);
    });
  }

  /** Stop listening to the server. */
  close() {
    clearTimeout(this.timer);
    this.source?.close();
  }

  receive(item) {
    this.talk.put(item);
    if (item.from === "app") this.typing(false);
  }

  /** Show the app's menu. */
  showMenu(buttons) {
    drawMenu(this.parts.menu, buttons, (button) => this.tapMenu(button), () => this.showPanel(false));
    this.parts.toggle.disabled = buttons.length === 0;
  }

  toggleMenu() {
    const shown = this.parts.menu.hidden;
    this.parts.menu.hidden = !shown;
    this.showPanel(false);
    if (!shown) this.parts.input.focus();
  }

  showPanel(open) {
    if (open) closeMenus(this.parts.menu);
    this.parts.panel.hidden = !open;
    this.parts.more.setAttribute("aria-expanded", String(open));
  }

  fit() {
    const { input, form, send } = this.parts;
    input.rows = Math.min(4, input.value.split("\n").length);
    send.disabled = !input.value.trim();
    form.classList.toggle("writing", !send.disabled);
  }

  say() {
    const text = this.parts.input.value;
    if (!text.trim()) return;
    this.parts.input.value = "";
    this.fit();
    this.post({ type: "text", text });
  }

  attach(kind) {
    this.showPanel(false);
    if (kind === "voice") return this.post({ type: "voice" });
    if (kind === "location") return this.post({ type: "location", ...PLACE });
    if (kind === "link") return this.post({ type: "link", ...SHARED });
    this.parts.file.accept = kind === "image" ? "image/png,image/jpeg" : "";
    this.fileKind = kind === "file" ? "file" : undefined;
    return this.parts.file.click();
  }

  async sendFiles() {
    const files = [...this.parts.file.files];
    this.parts.file.value = "";
    this.typing(true);
    await Promise.all(files.map((file) => this.run(api.sendFile(this.member.userid, file, this.fileKind))));
  }

  post(message) {
    this.typing(true);
    return this.run(api.send(this.member.userid, message));
  }

  press(item, key, selected) {
    this.typing(true);
    return this.run(api.press(this.member.userid, item.msgid, key, selected));
  }

  async tapMenu(button) {
    closeMenus(this.parts.menu);
    const url = button.type === "view" ? safeUrl(button.url) : null;
    this.remember();
    if (url) window.open(url, "_blank", "noopener");
    else this.typing(true);
    await this.run(api.tapMenu(this.member.userid, button.key ?? button.url ?? button.pagepath));
  }

  /** Inside the app a page knows who opens it: the sign-in page reads this. */
  remember() {
    document.cookie = `sandbox_userid=${encodeURIComponent(this.member.userid)}; path=/; max-age=60; samesite=lax`;
  }

  typing(on) {
    clearTimeout(this.typingTimer);
    this.parts.typing.textContent = on ? "对方正在输入…" : "";
    if (on) this.typingTimer = setTimeout(() => this.typing(false), TYPING);
  }

  /** Wait for a call and show why it failed. */
  async run(call) {
    try {
      const result = await call;
      if (result.delivered === false) this.typing(false);
    } catch (error) {
      this.typing(false);
      this.toast(error instanceof api.Refused ? error.message : "沙箱没有响应");
    }
  }

  toast(text) {
    const node = el("div", { class: "toast", role: "alert", testid: "toast", text });
    this.node.querySelector(".device").append(node);
    setTimeout(() => node.remove(), 2500);
  }
}

function grouped(people) {
  const groups = new Map();
  for (const one of people) groups.set(one.org_name, [...(groups.get(one.org_name) ?? []), one]);
  return groups;
}
