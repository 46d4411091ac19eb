// Draws calls: those that go on with how far they have come, the last one, and those before it.

import { make, minutes, moment, picture, words } from "./make.js";

export function drawCall(call) {
  return make("li", "card call", [
    make("div", "row", [make("strong", "", [unitOf(call)]), elapsedOf(call)]),
    make("p", "quiet", [from(call)]),
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

/** The last call, and how many there were today. */
export function drawLast(call, { calls: today }) {
  const count = make("p", "quiet", [words.today(today)]);
  if (!call) return [make("p", "quiet", [words.no_last]), count];
  const details = make("p", "", [[unitOf(call), from(call)].filter(Boolean).join(" · ")]);
  return [drawOutcome("strong", call), details, make("p", "quiet", [moment(call.started_at), lastedOf(call)]), count];
}

export function drawEarlier(call) {
  return make("li", "row", [
    drawOutcome("span", call),
    make("span", "", [[unitOf(call), from(call)].filter(Boolean).join(" · ")]),
    make("span", "quiet", [moment(call.started_at, true), lastedOf(call)]),
  ]);
}

function drawOutcome(tag, call) {
  const result = make(tag, "result", [outcome(call)]);
  result.dataset.state = call.disposition === "granted" ? "good" : "bad";
  return result;
}

export function outcome({ disposition, decided_by }) {
  const result = words[`outcome_${disposition}`] ?? disposition ?? words.stage_ended;
  return decided_by ? `${result} (${words[`by_${decided_by}`] ?? decided_by})` : result;
}

export function unitOf(call) {
  if (call.unit) return words.unit(call.unit);
  return call.disposition ? words.no_unit : words.unit_unknown;
}

function from(call) {
  return [call.door, call.caller && words.caller(call.caller)].filter(Boolean).join(" · ");
}

function lastedOf({ started_at, ended_at }) {
  return ended_at ? ` · ${words.lasted(minutes(new Date(started_at), new Date(ended_at)))}` : "";
}

function elapsedOf(call) {
  const time = make("span", "elapsed quiet", [minutes(new Date(call.started_at), new Date())]);
  time.dataset.since = call.started_at;
  return time;
}
