// Dialogs: <dialog> elements opened by `data-dialog-open`, fetched ones that open themselves, and
// the one question (`#question`) that stands for hx-confirm and for scaling to 0.

/** Ask the user; resolves to true on the confirming button, false on Cancel, Escape or outside. */
export function ask({ title, text, label, danger = false }) {
  const dialog = document.getElementById("question");
  const yes = dialog.querySelector("[data-question-yes]");
  dialog.querySelector("[data-question-title]").textContent = title;
  dialog.querySelector("[data-question-text]").textContent = text;
  dialog.querySelector(".sl-question__icon").hidden = !danger;
  yes.textContent = label;
  yes.classList.toggle("pf-m-danger", danger);
  yes.classList.toggle("pf-m-primary", !danger);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function onClick(event) {
  const opener = event.target.closest?.("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  const closer = event.target.closest?.("[data-dialog-close], [data-question-no]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.closest?.("[data-question-yes]")) document.getElementById("question").close("yes");
  // A click on the dialog element itself is one on its backdrop.
  if (event.target instanceof HTMLDialogElement && !event.target.querySelector("form")) event.target.close();
}

async function onConfirm(event) {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  const { confirmTitle, confirmLabel, confirmDanger } = elt.dataset;
  const agreed = await ask({
    title: confirmTitle || "Are you sure?",
    text: question,
    label: confirmLabel || "Continue",
    danger: confirmDanger !== undefined,
  });
  if (agreed) issueRequest(true);
}

/** Open fetched dialogs below `root`; a closed one leaves the page. */
export function initDialogs(root) {
  const found = [...root.querySelectorAll("dialog[data-dialog-auto]")];
  if (root.matches?.("dialog[data-dialog-auto]")) found.push(root);
  for (const dialog of found) {
    if (dialog.open) continue;
    dialog.addEventListener("close", () => dialog.remove(), { once: true });
    dialog.showModal();
    // A question without fields starts at its harmless answer.
    const first = dialog.querySelector("input:not([type=hidden]), select, textarea");
    (first ?? dialog.querySelector("footer [data-dialog-close]"))?.focus();
  }
}

export function startDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("htmx:confirm", onConfirm);
  // A dialog's form that was answered with 204 is done.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, elt } = event.detail;
    if (xhr?.status === 204) elt.closest?.("dialog[data-dialog-auto]")?.close();
  });
}
