// The live picture of the door: holds what the engine tells, has it drawn, and passes on what is pressed.

import { drawCall, drawEarlier, drawLast, outcome, unitOf } from "./calls.js";
import { ask, follow, forgetToken, hasToken, rememberToken } from "./engine.js";
import { drawCache, drawLatencies, drawMachine, drawPort } from "./machine.js";
import { byId, clock, explain, lamp, language, languageNames, make, minutes, words } from "./make.js";

const EARLIER_CALLS = 8;

let status = null; // the contract's Status, kept up to date by events
let earlier = []; // calls of the call log, newest first; the last call may be among them

// ── Following the engine ────────────────────────────────────────────────────────────────────────────────────────────

const hearing = {
  message: take,
  lost: () => showLink(status ? "lost" : "connecting"),
  locked: askForToken,
};

function take(message) {
  if (message.type === "snapshot") {
    status = message.status;
    showLink("live");
    readEarlier();
  } else if (message.type === "call") {
    takeCall(message);
  } else if (message.type === "machine") {
    const { load, throttling, latencies, capacity } = message;
    Object.assign(status, { load, throttling, latencies, capacity });
  } else if (["system", "engines", "settings", "microphone", "caches", "visits"].includes(message.type)) {
    status[message.type] = message[message.type];
  }
  draw();
}

function takeCall({ event, call }) {
  if (call.test) return;
  const others = status.calls.filter((known) => known.call_id !== call.call_id);
  const isNew = others.length === status.calls.length;
  if (event === "ended") {
    if (status.last_call) earlier = [status.last_call, ...earlier.filter(isNot(status.last_call))];
    status.calls = others;
    status.last_call = call;
    tell(outcome(call));
  } else {
    status.calls = isNew
      ? [...others, call]
      : status.calls.map((known) => (known.call_id === call.call_id ? call : known));
    if (event === "rang" || event === "stage") tell(`${unitOf(call)}. ${words[`stage_${call.stage}`] ?? ""}`);
  }
}

/** Calls from before this page was opened, where they are kept. */
async function readEarlier() {
  try {
    earlier = (await ask("GET", `calls?limit=${EARLIER_CALLS + 1}`)).calls;
  } catch {
    earlier = []; // the call log is out of order, which the engine's log tells of
  }
  draw();
}

const isNot = (call) => (other) => other.call_id !== call?.call_id;

// ── Asking for the token ────────────────────────────────────────────────────────────────────────────────────────────

function askForToken() {
  byId("token-wrong").hidden = !hasToken();
  forgetToken();
  showLink("locked");
  byId("door").hidden = true;
  byId("token-form").hidden = false;
  byId("token").focus();
}

byId("token-form").onsubmit = (event) => {
  event.preventDefault();
  rememberToken(byId("token").value);
  byId("token").value = "";
  byId("token-form").hidden = true;
  showLink("connecting");
  follow(hearing);
};

// ── Drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function draw() {
  const before = earlier.filter(isNot(status.last_call)).slice(0, EARLIER_CALLS);
  byId("door").hidden = false;
  byId("nobody").hidden = status.calls.length > 0;
  byId("calls").replaceChildren(...status.calls.map(drawCall));
  byId("last").replaceChildren(...drawLast(status.last_call, status.visits));
  byId("phones").replaceChildren(...drawPhones(status.system.asterisk));
  byId("earlier-section").hidden = before.length === 0;
  byId("earlier").replaceChildren(...before.map(drawEarlier));
  byId("doors").replaceChildren(...status.doors.map(drawDoor));
  byId("engines").replaceChildren(...["stt", "tts", "llm"].map((port) => drawPort(port, status.engines[port])));
  byId("latencies").replaceChildren(...drawLatencies(status.latencies));
  byId("machine").replaceChildren(...drawMachine(status));
  drawCaches(status.caches);
  byId("microphone").replaceChildren(...drawMicrophone(status.microphone));
  byId("refused-section").hidden = status.system.refused_peers.length === 0;
  byId("refused").replaceChildren(...status.system.refused_peers.map(drawRefused));
  byId("version").textContent = words.version(status.engine.version);
}

function drawPhones(asterisk) {
  const { configured, connected, problem } = asterisk;
  const sentence = connected ? words.phones_connected : configured ? words.phones_lost : words.phones_missing;
  const line = lamp(connected ? "good" : "bad", sentence);
  return configured && !connected && problem ? [line, explain("p", "problem", asterisk, "problem")] : [line];
}

function drawDoor({ name, language: spoken }) {
  const understood = status.system.speech_languages;
  const spokenName = languageNames.of(spoken);
  const card = make("li", "card", [
    make("div", "row", [make("strong", "", [name]), make("span", "quiet", [spokenName])]),
  ]);
  if (understood) {
    const isUnderstood = understood.includes(spoken);
    card.append(lamp(isUnderstood ? "good" : "limited", isUnderstood ? words.speech_understood : words.speech_missing(spokenName)));
  }
  return card;
}

function drawCaches(caches) {
  const focused = document.activeElement?.dataset.cache; // its button is made anew
  byId("caches-section").hidden = caches.length === 0;
  byId("caches").replaceChildren(...caches.map((cache) => drawCache(cache, clearCache)));
  if (focused) byId("caches").querySelector(`[data-cache="${focused}"]`)?.focus();
}

/** The engine tells what becomes of it. */
function clearCache(name) {
  return attempt(() => ask("POST", `caches/${name}/clear`, {}));
}

/** Whether the room is listened to, and the switch for it. */
function drawMicrophone(microphone) {
  const { enabled, state, heard, lost, level_dbfs: level } = microphone;
  const light = { listening: "good", off: "open", starting: "open" }[state] ?? "bad";
  const figures = [words.microphone_heard(heard, lost), level !== null && `${Math.round(level)} dBFS`].filter(Boolean);
  const lines = [lamp(light, words[`microphone_${state}`] ?? state)];
  if (microphone.problem) lines.push(explain("p", "problem", microphone, "problem"));
  if (enabled) lines.push(make("p", "quiet", [figures.join(" · ")]));
  const button = byId("microphone-switch"); // not made anew, for it may have the focus
  button.textContent = enabled ? words.switch_off : words.switch_on;
  button.onclick = () => attempt(() => ask("POST", "microphone", { enabled: !enabled }));
  return lines;
}

function drawRefused(peer) {
  const last = new Date(peer.last_at);
  return make("li", "card", [
    make("div", "row", [
      make("strong", "", [peer.address]),
      make("span", "quiet", [`${words.port(peer.port)} · ${words.tries(peer.count)} · ${clock.format(last)}`]),
    ]),
    explain("p", "", peer, "reason"),
  ]);
}

// ── Telling ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function showLink(state) {
  byId("link").dataset.state = state;
  byId("link").textContent = words[`link_${state}`];
}

/** For those who listen to the page: only what is new, one sentence at a time. */
function tell(sentence) {
  byId("told").textContent = sentence;
}

/** Do what a button asks for, and say so where it cannot be done. */
async function attempt(work) {
  try {
    await work();
    byId("trouble").hidden = true;
  } catch (error) {
    byId("trouble").textContent = words.trouble(error.message);
    byId("trouble").hidden = false;
  }
}

// ── Start ───────────────────────────────────────────────────────────────────────────────────────────────────────────

document.documentElement.lang = language;
for (const element of document.querySelectorAll("[data-words]")) {
  element.textContent = words[element.dataset.words];
}
showLink("connecting");
follow(hearing);
setInterval(() => {
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = minutes(new Date(element.dataset.since), new Date());
  }
}, 1000);
