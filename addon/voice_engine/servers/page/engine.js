// The engine behind the page: follows its WebSocket and asks its API, with the token where the page was opened directly.

const API = new URL("api/", document.baseURI);
const TOKEN_KEY = "voice-processor-token";
const SHORTEST_RETRY = 1000; // milliseconds
const LONGEST_RETRY = 30000;

let engineVersion = null;
let retryAfter = SHORTEST_RETRY;

const token = () => sessionStorage.getItem(TOKEN_KEY);

export const hasToken = () => token() !== null;
export const forgetToken = () => sessionStorage.removeItem(TOKEN_KEY);
export const rememberToken = (value) => sessionStorage.setItem(TOKEN_KEY, value);

/** Calls `on.message` with all that the engine tells, `on.lost` while it cannot be heard, `on.locked` without a token. */
export function follow(on) {
  const address = new URL("events", API);
  address.protocol = address.protocol.replace("http", "ws");
  const offered = token() ? ["voice-processor", `bearer.${token()}`] : ["voice-processor"];
  const socket = new WebSocket(address, offered);
  socket.onmessage = (message) => take(JSON.parse(message.data), on);
  socket.onclose = () => tryAgain(on);
}

function take(message, on) {
  if (message.type === "hello") {
    // The engine was updated while this page was open: what it says now may be news to the page.
    if (engineVersion && engineVersion !== message.engine_version) location.reload();
    engineVersion = message.engine_version;
    retryAfter = SHORTEST_RETRY;
  } else {
    on.message(message);
  }
}

async function tryAgain(on) {
  if (await isLocked()) {
    on.locked();
    return;
  }
  on.lost();
  setTimeout(() => follow(on), retryAfter);
  retryAfter = Math.min(retryAfter * 2, LONGEST_RETRY);
}

/** A WebSocket does not say why it was refused; this path does. */
async function isLocked() {
  try {
    const answer = await request("GET", "status");
    return answer.status === 401 && (await answer.json()).code === "unauthorized";
  } catch {
    return false; // the engine, or Home Assistant before it, is away
  }
}

/** What the engine answers. Throws an Error that says why there is no answer. */
export async function ask(method, path, body) {
  const answer = await request(method, path, body);
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return told;
}

function request(method, path, body) {
  const headers = {};
  if (token()) headers.Authorization = `Bearer ${token()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(new URL(path, API), { method, headers, body: body && JSON.stringify(body) });
}
