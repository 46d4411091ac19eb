// The live picture of the door: follows the engine's WebSocket and draws what it tells.

import { choose } from "./words.js";

const { language, words } = choose(navigator.languages ?? [navigator.language]);
const API = new URL("api/", document.baseURI);
const TOKEN_KEY = "voice-processor-token";
const SHORTEST_RETRY = 1000; // milliseconds
const LONGEST_RETRY = 30000;

const byId = (id) => document.getElementById(id);
const format = (options) => new Intl.DateTimeFormat(language, options);
const clock = format({ hour: "2-digit", minute: "2-digit" });
const languageNames = new Intl.DisplayNames(language, { type: "language" });
const percent = new Intl.NumberFormat(language, { style: "percent" });
const day = format({ weekday: "long", day: "numeric", month: "long" });

let status = null; // the contract's Status, kept up to date by events
let engineVersion = null;
let retryAfter = SHORTEST_RETRY;

// ── Following the engine ────────────────────────────────────────────────────────────────────────────────────────────

function follow() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const address = new URL("events", API);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address, token ? ["voice-processor", `bearer.${token}`] : ["voice-processor"]);
  socket.onmessage = (message) => take(JSON.parse(message.data));
  socket.onclose = () => tryAgain();
}

async function tryAgain() {
  if (await isLocked()) {
    askForToken();
    return;
  }
  showLink(status ? "lost" : "connecting");
  setTimeout(follow, retryAfter);
  retryAfter = Math.min(retryAfter * 2, LONGEST_RETRY);
}

/** A WebSocket does not say why it was refused; this path does. */
async function isLocked() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  try {
    const answer = await fetch(new URL("status", API), token ? { headers: { Authorization: `Bearer ${token}` } } : {});
    return answer.status === 401 && (await answer.json()).code === "unauthorized";
  } catch {
    return false; // the engine, or Home Assistant before it, is away
  }
}

function take(message) {
  if (message.type === "hello") {
    // The engine was updated while this page was open: what it says now may be news to the page.
    if (engineVersion && engineVersion !== message.engine_version) location.reload();
    engineVersion = message.engine_version;
    retryAfter = SHORTEST_RETRY;
  } else if (message.type === "snapshot") {
    status = message.status;
    showLink("live");
  } else if (message.type === "call") {
    takeCall(message);
  } else if (message.type === "system") {
    status.system = message.system;
  } else if (message.type === "engines") {
    status.engines = message.engines;
  } else if (message.type === "machine") {
    const { load, throttling, latencies, capacity } = message;
    Object.assign(status, { load, throttling, latencies, capacity });
  } else if (message.type === "settings") {
    status.settings = message.settings;
  } else if (message.type === "microphone") {
    status.microphone = message.microphone;
  }
  if (status) draw();
}

function takeCall({ event, call }) {
  if (call.test) return;
  const others = status.calls.filter((known) => known.call_id !== call.call_id);
  const isNew = others.length === status.calls.length;
  if (event === "ended") {
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

// ── Asking for the token ────────────────────────────────────────────────────────────────────────────────────────────

function askForToken() {
  byId("token-wrong").hidden = sessionStorage.getItem(TOKEN_KEY) === null;
  sessionStorage.removeItem(TOKEN_KEY);
  showLink("locked");
  byId("door").hidden = true;
  byId("token-form").hidden = false;
  byId("token").focus();
}

byId("token-form").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN_KEY, byId("token").value);
  byId("token").value = "";
  byId("token-form").hidden = true;
  showLink("connecting");
  follow();
};

// ── Drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function draw() {
  byId("door").hidden = false;
  byId("nobody").hidden = status.calls.length > 0;
  byId("calls").replaceChildren(...status.calls.map(drawCall));
  byId("last").replaceChildren(...drawLast(status.last_call));
  byId("phones").replaceChildren(...drawPhones(status.system.asterisk));
  byId("doors").replaceChildren(...status.doors.map(drawDoor));
  byId("engines").replaceChildren(...["stt", "tts", "llm"].map((port) => drawPort(port, status.engines[port])));
  byId("microphone").replaceChildren(...drawMicrophone(status.microphone));
  byId("machine").replaceChildren(...drawMachine(status));
  byId("refused-section").hidden = status.system.refused_peers.length === 0;
  byId("refused").replaceChildren(...status.system.refused_peers.map(drawRefused));
  byId("version").textContent = words.version(status.engine.version);
}

function drawCall(call) {
  return make("li", "card call", [
    make("div", "row", [make("strong", "", [unitOf(call)]), elapsedOf(call)]),
    make("p", "quiet", [[call.door, call.caller && words.caller(call.caller)].filter(Boolean).join(" · ")]),
    drawProgress(call),
    make("p", "", [call.disposition ? outcome(call) : (words[`stage_${call.stage}`] ?? call.stage)]),
  ]);
}

/** Door → phone → answer: how far the call has come, and where it failed. */
function drawProgress(call) {
  const states = progress(call);
  return make(
    "ol",
    "progress",
    ["door", "phone", call.stage === "talking" ? "talk" : "answer"].map((step, index) => {
      const item = make("li", "", [picture(step), make("span", "", [words[`step_${step}`]])]);
      item.dataset.state = states[index];
      if (states[index] === "now") item.setAttribute("aria-current", "step");
      return item;
    }),
  );
}

function progress({ stage, disposition }) {
  if (disposition === "granted") return ["done", "done", "good"];
  if (disposition === "denied") return ["done", "done", "bad"];
  if (["no_answer", "busy", "declined", "unreachable"].includes(disposition)) return ["done", "bad", "next"];
  if (["do_not_disturb", "left_at_desk"].includes(disposition)) return ["done", "next", "next"]; // no phone was rung
  if (disposition) return ["bad", "next", "next"];
  if (stage === "greeting") return ["now", "next", "next"];
  if (stage === "ringing") return ["done", "now", "next"];
  return ["done", "done", "now"];
}

function drawLast(call) {
  if (!call) return [make("p", "quiet", [words.no_last])];
  const result = make("strong", "result", [outcome(call)]);
  result.dataset.state = call.disposition === "granted" ? "good" : "bad";
  const started = new Date(call.started_at);
  const when = make("time", "", [`${sameDay(started) ? "" : `${day.format(started)}, `}${clock.format(started)}`]);
  when.dateTime = call.started_at;
  const details = [unitOf(call), call.door, call.caller && words.caller(call.caller)].filter(Boolean).join(" · ");
  const duration = call.ended_at ? ` · ${words.lasted(minutes(started, new Date(call.ended_at)))}` : "";
  return [result, make("p", "", [details]), make("p", "quiet", [when, duration])];
}

function drawPhones(asterisk) {
  const { configured, connected, problem } = asterisk;
  const state = connected ? "good" : "bad";
  const sentence = connected ? words.phones_connected : configured ? words.phones_lost : words.phones_missing;
  const line = make("p", "lamp", [sentence]);
  line.dataset.state = state;
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
    const line = make("p", "lamp", [isUnderstood ? words.speech_understood : words.speech_missing(spokenName)]);
    line.dataset.state = isUnderstood ? "good" : "limited";
    card.append(line);
  }
  return card;
}

/** What a port is for, who serves it, and how each of its backends is. */
function drawPort(port, { serving, backends }) {
  const lines = backends.map((backend) => {
    const state = words[`backend_${backend.state}`] ?? backend.state;
    const isFirst = backends.length > 1 && backend.name === serving;
    const line = make("p", "lamp", [`${backend.name}: ${isFirst ? words.serves(state) : state}`]);
    line.dataset.state = { ready: "good", failed: "bad" }[backend.state] ?? "open";
    const more = backend.progress ? [drawDownload(backend.progress)] : [];
    return backend.problem ? [line, ...more, drawFailure(backend.problem)] : [line, ...more];
  });
  const none = make("p", "quiet", [words[`none_${port}`]]);
  return make("li", "card", [make("strong", "", [words[`port_${port}`]]), ...(lines.length ? lines.flat() : [none])]);
}

/** How far a model has arrived. */
function drawDownload({ bytes_done: done, bytes_total: total }) {
  const bar = make("progress", "", []);
  bar.max = Math.max(total, 1);
  bar.value = done;
  return make("label", "download", [words.downloading(done / 1e6, total / 1e6), bar]);
}

/** Why a backend is left out, in the reader's words; the engine's own, which are English, tell more and stand behind. */
function drawFailure({ code, message }) {
  const element = make("p", "problem", [words[code] ?? message]);
  if (words[code]) element.title = message;
  else element.lang = "en";
  return element;
}

/** Whether the room is listened to, and the switch for it. */
function drawMicrophone(microphone) {
  const { enabled, state, heard, lost, level_dbfs: level } = microphone;
  const line = make("p", "lamp", [words[`microphone_${state}`] ?? state]);
  line.dataset.state = { listening: "good", off: "open", starting: "open" }[state] ?? "bad";
  const figures = [words.microphone_heard(heard, lost), level !== null && `${Math.round(level)} dBFS`].filter(Boolean);
  const lines = [line];
  if (microphone.problem) lines.push(explain("p", "problem", microphone, "problem"));
  if (enabled) lines.push(make("p", "quiet", [figures.join(" · ")]));
  const button = byId("microphone-switch"); // not made anew, for it may have the focus
  button.textContent = enabled ? words.switch_off : words.switch_on;
  button.onclick = () => switchMicrophone(!enabled);
  return lines;
}

/** The engine tells what becomes of it. */
async function switchMicrophone(enabled) {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  await fetch(new URL("microphone", API), { method: "POST", headers, body: JSON.stringify({ enabled }) });
}

/** How loaded the machine is, what the engine does without for it, and whether its settings are those of the file. */
function drawMachine({ load, throttling, settings }) {
  const { active, reasons, reliefs } = throttling;
  const sentence = active ? words.holds_back(reasons.map((reason) => words[`reason_${reason}`] ?? reason)) : words.keeps_up;
  const line = make("p", "lamp", [sentence]);
  line.dataset.state = active ? "limited" : "good";
  const without = reliefs.map((relief) => words[`relief_${relief}`] ?? relief).join(" ");
  const figures = [
    load.cpu !== null && words.cpu(percent.format(load.cpu)),
    load.memory !== null && words.memory(percent.format(load.memory)),
    load.temperature_celsius !== null && `${Math.round(load.temperature_celsius)} °C`,
  ].filter(Boolean);
  const lines = [line, make("p", "quiet", [figures.join(" · ") || words.machine_silent])];
  if (without) lines.push(make("p", "", [without]));
  if (load.under_voltage) lines.push(make("p", "problem", [words.under_voltage]));
  if (settings.problem) {
    const problem = make("p", "problem", [words.settings_broken, " ", make("span", "", [settings.problem.message])]);
    problem.lastChild.lang = "en";
    lines.push(problem);
  } else if (settings.changed) {
    lines.push(make("p", "problem", [words.settings_changed]));
  }
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

// ── Words and pictures ──────────────────────────────────────────────────────────────────────────────────────────────

function unitOf(call) {
  if (call.unit) return words.unit(call.unit);
  return call.disposition ? words.no_unit : words.unit_unknown;
}

function outcome({ disposition, decided_by }) {
  const result = words[`outcome_${disposition}`] ?? disposition ?? words.stage_ended;
  return decided_by ? `${result} (${words[`by_${decided_by}`] ?? decided_by})` : result;
}

function elapsedOf(call) {
  const time = make("span", "elapsed quiet", [minutes(new Date(call.started_at), new Date())]);
  time.dataset.since = call.started_at;
  return time;
}

function minutes(from, to) {
  const seconds = Math.max(0, Math.round((to - from) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function sameDay(date) {
  return date.toDateString() === new Date().toDateString();
}

function showLink(state) {
  byId("link").dataset.state = state;
  byId("link").textContent = words[`link_${state}`];
}

/** For those who listen to the page: only what is new, one sentence at a time. */
function tell(sentence) {
  byId("told").textContent = sentence;
}

/** A problem in the reader's words; the engine's own sentence, which is English, where the page has none for it. */
function explain(tag, className, told, name) {
  const inWords = words[`problem_${told[`${name}_code`]}`];
  const element = make(tag, className, [inWords ? inWords(told[`${name}_parameters`]) : told[name]]);
  if (!inWords) element.lang = "en";
  return element;
}

function make(tag, className, children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const PICTURES = {
  door: "M6 21V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v17M3 21h18M14 12h.01",
  phone:
    "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2M15 5a5 5 0 0 1 4 4",
  talk: "M3 4h11a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H9l-4 3v-3H3a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1M18 9h3a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-1v3l-4-3h-4a1 1 0 0 1-1-1v-1",
  answer: "M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1M8 11h.01M12 11h.01M16 11h.01",
};

function picture(step) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PICTURES[step]);
  svg.append(path);
  return svg;
}

// ── Start ───────────────────────────────────────────────────────────────────────────────────────────────────────────

document.documentElement.lang = language;
for (const element of document.querySelectorAll("[data-words]")) {
  element.textContent = words[element.dataset.words];
}
showLink("connecting");
follow();
setInterval(() => {
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = minutes(new Date(element.dataset.since), new Date());
  }
}, 1000);
