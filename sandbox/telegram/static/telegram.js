// One phone with one conversation; the user is chosen in the address (?user=ID). Content is only ever set as text.
const BASE = "/telegram/api";
const RETRY = 1500;
const part = (id) => document.getElementById(id);
const talk = part("talk");
let user = null;
let source = null;

function el(tag, options = {}, ...children) {
  const { text, testid, on, ...attributes } = options;
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (testid) node.dataset.testid = testid;
  if (on) node.addEventListener("click", on);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: body instanceof FormData ? body : JSON.stringify(body) };
  const response = await fetch(BASE + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

async function act(action, body) {
  try {
    const result = await call(`/users/${user.id}/${action}`, body);
    if (result.delivered === false) toast("机器人没有收到");
  } catch (error) {
    toast(error instanceof TypeError ? "沙箱没有响应" : error.message);
  }
}

function toast(text) {
  part("toast").textContent = text;
  part("toast").hidden = false;
  setTimeout(() => { part("toast").hidden = true; }, 2500);
}

const KINDS = { photo: "图片", document: "文件", voice: "语音", video: "视频", sticker: "贴纸", location: "位置" };

function bubble(item) {
  const note = item.delivery === "failed" ? "未送达" : `${item.edited ? "已编辑 " : ""}${new Date(item.at * 1000).toTimeString().slice(0, 5)}`;
  const node = el("div", { class: `bubble ${item.delivery}`, testid: `message-${item.from}` });
  if (item.kind !== "text") node.append(el("span", { class: "file", text: `[${KINDS[item.kind] ?? item.kind}] ${item.name}` }));
  node.append(el("span", { text: item.text }), el("small", { text: note }));
  return node;
}

function keys(item) {
  const box = el("div", { class: "keys" });
  for (const row of item.keyboard) {
    const buttons = row.map((one) => el("button", { type: "button", text: one.text, testid: "key", on: (event) => press(event.currentTarget, item, one) }));
    box.append(el("div", {}, ...buttons));
  }
  return box;
}

async function press(button, item, one) {
  button.disabled = true;
  await act("press", { id: item.id, data: one.data });
  button.disabled = false;
}

function show(item) {
  const row = el("li", { class: item.from === "user" ? "row own" : "row", "data-id": item.id }, bubble(item));
  if (item.keyboard.length) row.append(keys(item));
  const old = talk.querySelector(`[data-id="${item.id}"]`);
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  if (old) old.replaceWith(row);
  else talk.append(row);
  if (atEnd || item.from === "user") talk.scrollTop = talk.scrollHeight;
  part("start").hidden = true;
  part("form").hidden = false;
}

function connect() {
  source?.close();
  const mine = new EventSource(`${BASE}/users/${user.id}/stream`);
  source = mine;
  mine.addEventListener("open", () => {
    talk.replaceChildren();
    part("start").hidden = false;
    part("form").hidden = true;
  });
  mine.addEventListener("item", (event) => show(JSON.parse(event.data)));
  mine.addEventListener("error", () => {
    mine.close();
    if (source === mine) setTimeout(connect, RETRY);
  });
}

function say(text) {
  if (text.trim()) act("send", { text });
}

async function openCommands() {
  const box = part("commands");
  const known = box.hidden ? await call("/commands") : [];
  const buttons = known.map((one) => el("button", { type: "button", testid: `command-${one.command}`, on: () => choose(one.command) },
    el("b", { text: `/${one.command}` }), el("span", { text: one.description })));
  box.replaceChildren(...buttons);
  box.hidden = buttons.length === 0;
  part("menu").setAttribute("aria-expanded", String(!box.hidden));
}

function choose(command) {
  part("commands").hidden = true;
  say(`/${command}`);
}

function listen() {
  const input = part("input");
  const fit = () => {
    input.rows = Math.min(4, input.value.split("\n").length);
    part("send").disabled = !input.value.trim();
  };
  const submit = () => { say(input.value); input.value = ""; fit(); };
  input.addEventListener("input", fit);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  });
  part("form").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  part("start").addEventListener("click", () => say("/start"));
  part("menu").addEventListener("click", openCommands);
  part("attach").addEventListener("click", () => part("file").click());
  part("file").addEventListener("change", () => {
    const [file] = part("file").files;
    part("file").value = "";
    const form = new FormData();
    form.append("kind", ["image/png", "image/jpeg"].includes(file.type) ? "photo" : "document");
    form.append("file", file, file.name);
    act("send", form);
  });
}

async function begin() {
  const users = await call("/users");
  const picker = part("picker");
  picker.append(...users.map((one) => el("option", { value: one.id, text: one.name })));
  const select = (id) => {
    user = users.find((one) => String(one.id) === String(id)) ?? users[0];
    picker.value = user.id;
    const address = new URL(location.href);
    address.searchParams.set("user", user.id);
    history.replaceState(null, "", address);
    connect();
  };
  picker.addEventListener("change", () => select(picker.value));
  listen();
  select(new URL(location.href).searchParams.get("user"));
}

begin();
