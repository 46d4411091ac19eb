// Draws what does the work: engines, caches, the machine and how fast it answers.

import { duration, lamp, make, megabytes, percent, words } from "./make.js";

/** What a port is for, who serves it, and how each of its backends is. */
export function drawPort(port, { serving, backends }) {
  const lines = backends.map((backend) => {
    const state = words[`backend_${backend.state}`] ?? backend.state;
    const isFirst = backends.length > 1 && backend.name === serving;
    const light = { ready: "good", failed: "bad" }[backend.state] ?? "open";
    const line = lamp(light, `${backend.name}: ${isFirst ? words.serves(state) : state}`);
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

/** How loaded the machine is, what the engine does without for it, and whether its settings are those of the file. */
export function drawMachine({ load, throttling, settings }) {
  const { active, reasons, reliefs } = throttling;
  const sentence = active ? words.holds_back(reasons.map((reason) => words[`reason_${reason}`] ?? reason)) : words.keeps_up;
  const without = reliefs.map((relief) => words[`relief_${relief}`] ?? relief).join(" ");
  const figures = [
    load.cpu !== null && words.cpu(percent.format(load.cpu)),
    load.memory !== null && words.memory(percent.format(load.memory)),
    load.temperature_celsius !== null && `${Math.round(load.temperature_celsius)} °C`,
  ].filter(Boolean);
  const lines = [lamp(active ? "limited" : "good", sentence), make("p", "quiet", [figures.join(" · ") || words.machine_silent])];
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

const STAGES = ["endpoint", "transcription", "understanding", "synthesis"];

/** How long people wait for a reply, and which part of the work they wait for: a bar of the medians. */
export function drawLatencies(latencies) {
  const whole = latencies.first_frame;
  if (!whole) return [make("p", "quiet", [words.no_turns])];
  const sentence = words.replies(duration(whole.p50_seconds), duration(whole.p95_seconds));
  const parts = STAGES.filter((stage) => latencies[stage]);
  const bar = make("div", "stages", parts.map((stage) => drawShare(stage, latencies[stage])));
  bar.setAttribute("aria-hidden", "true"); // the list below says the same
  const legend = make("ul", "legend", parts.map((stage) => drawStage(stage, latencies[stage])));
  legend.setAttribute("role", "list");
  return [make("p", "", [sentence]), bar, legend, make("p", "quiet", [words.turns(whole.turns)])];
}

function drawShare(stage, { p50_seconds: median }) {
  const share = make("span", "", []);
  share.dataset.stage = stage;
  share.style.flexGrow = median * 1000; // below one in all, they would not fill the bar
  return share;
}

function drawStage(stage, { p50_seconds: median }) {
  const item = make("li", "", [`${words[`latency_${stage}`]} ${duration(median)}`]);
  item.dataset.stage = stage;
  return item;
}

/** What a cache holds, how often it had what was asked for, and the button that empties it. */
export function drawCache(cache, clear) {
  const { name, entries, size_bytes: size, hit_rate: rate, recent_hit_rate: recent } = cache;
  const label = words[`cache_${name}`] ?? name;
  const button = make("button", "small", [words.clear]);
  button.dataset.cache = name;
  button.setAttribute("aria-label", words.clear_cache(label));
  button.disabled = entries === 0;
  button.onclick = () => clear(name);
  const held = [words.entries(entries), size > 5e4 && `${megabytes.format(size / 1e6)} MB`].filter(Boolean).join(" · ");
  const lines = [make("div", "row", [make("strong", "", [label]), button]), make("p", "quiet", [held])];
  if (rate === null) return make("li", "card", [...lines, make("p", "quiet", [words.never_asked])]);
  const meter = make("meter", "", []);
  meter.value = rate;
  const lately = recent === null ? "" : ` · ${words.lately(percent.format(recent))}`;
  return make("li", "card", [...lines, make("label", "rate", [`${words.found(percent.format(rate))}${lately}`, meter])]);
}
