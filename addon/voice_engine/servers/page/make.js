// What every part of the page is made of: elements, pictures, and words in the reader's language.

import { choose } from "./words.js";

export const { language, words } = choose(navigator.languages ?? [navigator.language]);

const dates = (options) => new Intl.DateTimeFormat(language, options);
const numbers = (options) => new Intl.NumberFormat(language, options);
const day = dates({ weekday: "long", day: "numeric", month: "long" });
const shortDay = dates({ day: "numeric", month: "short" });
export const clock = dates({ hour: "2-digit", minute: "2-digit" });
export const percent = numbers({ style: "percent" });
const seconds = numbers({ style: "unit", unit: "second", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const milliseconds = numbers({ style: "unit", unit: "millisecond", maximumFractionDigits: 0 });
export const megabytes = numbers({ maximumFractionDigits: 1 });
export const languageNames = new Intl.DisplayNames(language, { type: "language" });

export const byId = (id) => document.getElementById(id);

export function make(tag, className, children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** A sentence with a light before it: `good`, `limited`, `bad` or `open`. */
export function lamp(state, sentence) {
  const line = make("p", "lamp", [sentence]);
  line.dataset.state = state;
  return line;
}

/** A problem in the reader's words; the engine's own sentence, which is English, where the page has none for it. */
export function explain(tag, className, told, name) {
  const inWords = words[`problem_${told[`${name}_code`]}`];
  const element = make(tag, className, [inWords ? inWords(told[`${name}_parameters`]) : told[name]]);
  if (!inWords) element.lang = "en";
  return element;
}

/** The time of day, and the day too where it is not today; `short` where there is little room. */
export function moment(iso, short = false) {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  const element = make("time", "", [`${isToday ? "" : `${(short ? shortDay : day).format(at)}, `}${clock.format(at)}`]);
  element.dateTime = iso;
  return element;
}

/** A short time, in seconds. */
export function duration(value) {
  return value < 0.1 ? milliseconds.format(value * 1000) : seconds.format(value);
}

export function minutes(from, to) {
  const whole = Math.max(0, Math.round((to - from) / 1000));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const PICTURES = {
  door: "M6 21V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v17M3 21h18M14 12h.01",
  phone:
    "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2M15 5a5 5 0 0 1 4 4",
  talk: "M3 4h11a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H9l-4 3v-3H3a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1M18 9h3a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-1v3l-4-3h-4a1 1 0 0 1-1-1v-1",
  answer: "M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1M8 11h.01M12 11h.01M16 11h.01",
};

export function picture(step) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PICTURES[step]);
  svg.append(path);
  return svg;
}
