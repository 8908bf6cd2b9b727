// Steps through a packet walk: Previous and Next, the arrow keys, a click on a step of the overview.
// Without this module the overview's links do. The step that is chosen stays through live frames.

const TYPING = "input, textarea, select, [contenteditable], [role=menu], [data-tabs], dialog, [popover]";

let question = "";
let current = 1;

const shownWalk = () => document.getElementById("walk");

/** The steps that can be seen: those of the way back only while it is open. */
function stepsOf(walk) {
  return [...walk.querySelectorAll(".sl-walk__step")].filter((step) => !step.closest("details:not([open])"));
}

function numberOf(step) {
  return Number(step.id.replace("step-", ""));
}

function isCalm() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Mark the step, its chip in the overview and its device in the picture. */
function mark(walk) {
  const steps = stepsOf(walk);
  const bar = walk.querySelector("[data-walk-stepper]");
  if (!bar || !steps.length) return null;
  current = Math.min(Math.max(1, current), steps.length);
  const step = steps[current - 1];
  const number = numberOf(step);
  for (const each of walk.querySelectorAll('[aria-current="step"]')) each.removeAttribute("aria-current");
  const chip = walk.querySelector(`.sl-walk__chip[href="#step-${number}"]`);
  step.setAttribute("aria-current", "step");
  chip?.setAttribute("aria-current", "step");
  for (const device of walk.querySelectorAll("[data-walk-steps]")) {
    device.classList.toggle("sl-way__device--current", device.dataset.walkSteps.split(" ").includes(String(number)));
  }
  walk.classList.add("sl-walk--stepping");
  bar.hidden = false;
  bar.querySelector("[data-walk-at]").textContent = `Step ${current} of ${steps.length}`;
  for (const button of bar.querySelectorAll("[data-walk-step]")) {
    const last = Number(button.dataset.walkStep) < 0 ? 1 : steps.length;
    button.setAttribute("aria-disabled", String(current === last));
  }
  return { step, chip };
}

function choose(index) {
  const walk = shownWalk();
  current = index;
  const marked = walk && mark(walk);
  if (!marked) return;
  const behavior = isCalm() ? "auto" : "smooth";
  marked.step.scrollIntoView({ block: "center", behavior });
  const strip = marked.chip?.closest(".sl-walk__map");
  if (strip) {
    const offset = marked.chip.getBoundingClientRect().left - strip.getBoundingClientRect().left;
    strip.scrollBy({ left: offset - strip.clientWidth / 2 + marked.chip.clientWidth / 2, behavior });
  }
  history.replaceState(history.state, "", `#${marked.step.id}`);
}

function onClick(event) {
  const button = event.target.closest("[data-walk-step]");
  if (button) choose(current + Number(button.dataset.walkStep));
  const chip = event.target.closest('#walk a[href^="#step-"]');
  if (!chip) return;
  const wanted = stepsOf(shownWalk()).findIndex((step) => `#${step.id}` === chip.getAttribute("href"));
  if (wanted < 0) return;
  event.preventDefault();
  choose(wanted + 1);
}

function onKey(event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!shownWalk()?.querySelector(".sl-walk__step") || event.target.closest?.(TYPING)) return;
  event.preventDefault();
  choose(current + by);
}

/** Called for new content: a new question starts at the first step or the one that the address names. */
export function initWalk() {
  const walk = shownWalk();
  if (!walk) return;
  if (walk.dataset.walk !== question) {
    question = walk.dataset.walk;
    const wanted = stepsOf(walk).findIndex((step) => `#${step.id}` === location.hash);
    current = Math.max(0, wanted) + 1;
  }
  mark(walk);
}

export function startWalk() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("toggle", (event) => event.target.id === "walk-reply" && initWalk(), true);
}
