// The pod ring's arrows. Clicks within 650 ms become one request, as in OpenShift 3; the target is
// shown at once; going to 0 asks first. The ring itself is drawn by the server and morphed live.

import { ask } from "./dialogs.js";
import { postForm } from "./request.js";
import { reasonOf, toast } from "./toasts.js";
import { hold, release } from "./morph.js";

const MERGE_MS = 650;
const pending = new WeakMap();

function showTarget(donut, target) {
  const subtitle = donut.querySelector("[data-donut-subtitle]");
  const actual = Number(donut.dataset.actual);
  const settled = actual === 1 ? "Pod" : "Pods";
  if (subtitle) subtitle.textContent = target === actual ? settled : `Scaling to ${target}`;
  const down = donut.querySelector('[data-donut-step="-1"]');
  if (down) down.disabled = target < 1;
  if (down?.disabled && document.activeElement === document.body) {
    donut.querySelector('[data-donut-step="1"]')?.focus();
  }
}

async function send(donut) {
  const { target, before } = pending.get(donut);
  pending.delete(donut);
  const { name, scaleUrl } = donut.dataset;
  let wanted = () => true;
  if (target !== before) {
    const answer = await postForm(scaleUrl, { replicas: target });
    if (answer.ok) {
      // A frame from before the change would show the old target for a moment.
      wanted = (html) => html.includes(`data-replicas="${target}"`);
    } else {
      const text = reasonOf(answer.status, answer.text);
      toast({ level: "danger", title: `An error occurred scaling ${name}.`, text });
      donut.dataset.replicas = String(before);
    }
  }
  if (!pending.has(donut)) release(donut, wanted);
}

async function step(donut, by) {
  const state = pending.get(donut) ?? { before: Number(donut.dataset.replicas) };
  const from = state.target ?? state.before;
  const target = Math.max(0, from + by);
  if (target === from) return;
  clearTimeout(state.timer);
  hold(donut);
  if (target === 0 && !(await confirmZero(donut))) {
    // Cancelled: what was clicked before the last step still holds.
    if (state.target === undefined || state.target === state.before) release(donut);
    else pending.set(donut, { ...state, timer: setTimeout(() => send(donut), MERGE_MS) });
    return;
  }
  donut.dataset.replicas = String(target);
  showTarget(donut, target);
  pending.set(donut, { ...state, target, timer: setTimeout(() => send(donut), MERGE_MS) });
}

function confirmZero(donut) {
  const { name } = donut.dataset;
  return ask({
    title: "Confirm Scale Down",
    text: `Are you sure you want to scale ${name} to 0 replicas? This will stop all pods for the deployment.`,
    label: "Scale Down",
    danger: true,
  });
}

export function startDonuts() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-donut-step]");
    if (button) step(button.closest("[data-donut]"), Number(button.dataset.donutStep));
  });
}
