// The page: one or two phones, chosen in the address (?left=…&right=…).
import * as api from "./api.js";
import { Phone } from "./phone.js";

const MENU_SOON = 2000;
const MENU_LATER = 15000;
const SIDES = ["left", "right"];
const box = document.getElementById("phones");
const add = document.getElementById("add");
const phones = new Map();
let menu = [];

function remember(side, userid) {
  const address = new URL(location.href);
  if (userid) address.searchParams.set(side, userid);
  else address.searchParams.delete(side);
  history.replaceState(null, "", address);
}

function open(people, side, userid) {
  const phone = new Phone(people, { onMember: (chosen) => remember(side, chosen), onRemove: () => remove(side) });
  phone.node.dataset.side = side;
  phones.set(side, phone);
  if (side === "left") box.prepend(phone.node);
  else box.append(phone.node);
  phone.showMenu(menu);
  phone.choose(userid);
  settle();
}

function remove(side) {
  const phone = phones.get(side);
  phone.close();
  phone.node.remove();
  phones.delete(side);
  remember(side, null);
  settle();
}

function settle() {
  add.hidden = phones.size === SIDES.length;
  for (const phone of phones.values()) phone.parts.remove.hidden = phones.size === 1;
}

/** Read the menu again now and then: the app may change it at any time. */
async function watchMenu() {
  try {
    const buttons = (await api.menu()).button ?? [];
    if (JSON.stringify(buttons) !== JSON.stringify(menu)) {
      menu = buttons;
      for (const phone of phones.values()) phone.showMenu(menu);
    }
  } catch (error) {
    console.info("menu not loaded", error);
  }
  setTimeout(watchMenu, menu.length ? MENU_LATER : MENU_SOON);
}

async function start() {
  const people = await api.members();
  const query = new URL(location.href).searchParams;
  const other = () => people.find((one) => ![...phones.values()].some((phone) => phone.member.userid === one.userid)) ?? people[0];
  if (query.get("left") || !query.get("right")) open(people, "left", query.get("left"));
  if (query.get("right")) open(people, "right", query.get("right"));
  add.addEventListener("click", () => open(people, SIDES.find((side) => !phones.has(side)), other().userid));
  await watchMenu();
}

start();
