// The cluster's clock in the masthead and everything that shows an age: runs on between the server's
// frames at the cluster's own speed, so that times move smoothly and never drift by more than a frame.

import { onFrame } from "./live.js";

const state = { epoch: 0, at: 0, running: false, speed: 1 };

function now() {
  const passed = state.running ? (performance.now() - state.at) * state.speed : 0;
  return state.epoch + passed;
}

function take(epoch, running, speed) {
  Object.assign(state, { epoch, running, speed, at: performance.now() });
}

/** kubectl's duration.HumanDuration, as the server's `age` filter. */
export function humanDuration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const m = Math.floor(s / 60);
  const h = Math.floor(m / 60);
  const d = Math.floor(h / 24);
  const pair = (big, bigUnit, small, smallUnit) => `${big}${bigUnit}${small ? small + smallUnit : ""}`;
  if (s < 120) return `${s}s`;
  if (m < 10) return pair(m, "m", s % 60, "s");
  if (m < 180) return `${m}m`;
  if (h < 8) return pair(h, "h", m % 60, "m");
  if (h < 48) return `${h}h`;
  if (h < 192) return pair(d, "d", h % 24, "h");
  if (d < 730) return `${d}d`;
  return pair(Math.floor(d / 365), "y", d < 2920 ? d % 365 : 0, "d");
}

/** The time until a moment, as the server's `due_in` filter: `4 min 12 s`. */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const parts = [[Math.floor(left / 3600), "h"], [Math.floor(left / 60) % 60, "min"], [left % 60, "s"]];
  const shown = parts.filter(([number]) => number).slice(0, 2).map(([number, unit]) => `${number} ${unit}`);
  return shown.join(" ") || "0 s";
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function draw() {
  const clock = document.querySelector("[data-clock]");
  // Without a connection nobody knows whether the cluster's time goes on.
  if (!clock || document.getElementById("connection")?.hidden === false) return;
  const iso = new Date(now()).toISOString();
  const time = clock.querySelector("[data-clock-time]");
  setText(time, iso.slice(11, 19));
  time.title = `Cluster time: ${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
  setText(clock.querySelector("[data-clock-state]"), state.running ? `${state.speed}×` : "Paused");
  for (const element of document.querySelectorAll("[data-age]")) {
    const { age, every } = element.dataset;
    const passed = now() - Number(age);
    // Something that comes `every` so many milliseconds is never older than that.
    setText(element, humanDuration((every ? passed % Number(every) : passed) / 1000));
  }
  for (const element of document.querySelectorAll("[data-due]")) {
    setText(element, countdown((Number(element.dataset.due) - now()) / 1000));
  }
}

/** Read the clock that the server drew; called after each swap. */
export function initClock() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const { epoch, running, speed } = clock.dataset;
  take(Number(epoch), running === "true", Number(speed));
  draw();
}

function onClockFrame(frame) {
  take(frame.epoch_ms, frame.running, frame.speed);
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const changed = clock.dataset.running !== String(frame.running);
  const focusWasInside = changed && document.activeElement?.closest("[data-clock-when]");
  Object.assign(clock.dataset, { running: frame.running, speed: frame.speed, epoch: frame.epoch_ms });
  for (const button of clock.querySelectorAll('[name="speed"]')) {
    button.setAttribute("aria-pressed", String(Number(button.value) === frame.speed));
  }
  if (focusWasInside) {
    clock.querySelector(`[data-clock-when="${frame.running ? "running" : "paused"}"] button`)?.focus();
  }
  draw();
}

/** Pausing hides the button that has the focus: it goes on to the one that took its place. */
function keepFocus(event) {
  const { elt } = event.detail.requestConfig ?? {};
  if (event.detail.target?.id === "clock" && elt?.matches?.("[data-clock-when]")) {
    [...document.querySelectorAll("[data-clock-when] button")].find((button) => button.offsetParent)?.focus();
  }
}

export function startClock() {
  document.addEventListener("htmx:afterSettle", keepFocus);
  onFrame("clock", onClockFrame);
  setInterval(draw, 250);
}
