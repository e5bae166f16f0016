// Calls of the phone's API; see sandbox/api.py.

const BASE = "/sandbox/api";

/** Something the server refused; the message says why. */
export class Refused extends Error {}

async function call(path, options = {}) {
  const response = await fetch(BASE + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

function post(path, body) {
  return call(path, { method: "POST", body: body instanceof FormData ? body : JSON.stringify(body) });
}

const of = (userid) => `/members/${encodeURIComponent(userid)}`;

export const members = () => call("/members");
export const menu = () => call("/menu");
export const send = (userid, message) => post(`${of(userid)}/send`, message);
export const press = (userid, msgid, key, selected) => post(`${of(userid)}/press`, { msgid, key, selected });
export const tapMenu = (userid, key) => post(`${of(userid)}/menu`, { key });
export const enter = (userid) => post(`${of(userid)}/enter`, {});
export const stream = (userid) => new EventSource(`${BASE}${of(userid)}/stream`);

/** Send a file as a member: a picture when it is PNG or JPEG, else a file. */
export function sendFile(userid, file, kind) {
  const form = new FormData();
  form.append("type", kind ?? (["image/png", "image/jpeg"].includes(file.type) ? "image" : "file"));
  form.append("file", file, file.name);
  return post(`${of(userid)}/send`, form);
}
