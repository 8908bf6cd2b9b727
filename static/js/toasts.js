// Toast alerts at the top right: from Django's messages, from HX-Trigger headers, from the socket
// and from scripts. Success and info leave by themselves, unless pointed at; warnings stay.

const LINGER_MS = 8000;
const ICONS = { success: "check-circle", danger: "error", warning: "warning", info: "info" };

const icon = (name) => {
  const sheet = document.getElementById("shiftlab-main").dataset.icons;
  return `<svg class="pf-v6-svg sl-icon" aria-hidden="true"><use href="${sheet}#${name}"></use></svg>`;
};

function show(item) {
  const list = document.getElementById("toasts");
  if (!list) return;
  list.append(item);
  window.htmx?.process(item);
  item.querySelector("[data-toast-close]").addEventListener("click", () => item.remove());
  if (!["success", "info", "debug"].includes(item.dataset.toast)) return;
  let timer = setTimeout(() => item.remove(), LINGER_MS);
  for (const type of ["pointerenter", "focusin"]) item.addEventListener(type, () => clearTimeout(timer));
  item.addEventListener("pointerleave", () => {
    timer = setTimeout(() => item.remove(), LINGER_MS);
  });
}

/** Show a toast; `title` and `text` are plain text. */
export function toast({ level = "info", title = "", text = "" }) {
  const kind = level === "error" ? "danger" : level in ICONS ? level : "info";
  const item = document.createElement("li");
  item.className = "pf-v6-c-alert-group__item";
  item.dataset.toast = kind;
  item.innerHTML = `<div class="pf-v6-c-alert pf-m-${kind}"><div class="pf-v6-c-alert__icon">${icon(ICONS[kind])}</div>
    <div class="pf-v6-c-alert__title"></div><div class="pf-v6-c-alert__action"><button class="pf-v6-c-button pf-m-plain"
    type="button" aria-label="Close" data-toast-close><span class="pf-v6-c-button__icon">${icon("close")}</span></button></div></div>`;
  item.querySelector(".pf-v6-c-alert__title").textContent = title;
  if (text) {
    const body = document.createElement("div");
    body.className = "pf-v6-c-alert__description";
    body.textContent = text;
    item.firstElementChild.append(body);
  }
  show(item);
}

/** Move the messages that came with the page into the toast region. */
export function initToasts() {
  for (const item of document.querySelectorAll("#page-messages > li")) show(item);
}

/** A short reason out of an error answer: its plain text, else a sentence for the status. */
export function reasonOf(status, text) {
  if (text && text.length < 400 && !text.trimStart().startsWith("<")) return text;
  if (status === 0) return "The server cannot be reached.";
  if (status === 403) return "You don't have access to this.";
  if (status === 404) return "It no longer exists.";
  if (status === 409) return "It was changed meanwhile. Reload and try again.";
  return `The server answered with status ${status}.`;
}

export function startToasts() {
  document.addEventListener("toast", (event) => toast(event.detail));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig, boosted } = event.detail;
    if (boosted || requestConfig?.boosted || xhr.getResponseHeader("HX-Trigger")?.includes("toast")) return;
    toast({ level: "danger", title: "An error occurred", text: reasonOf(xhr.status, xhr.responseText) });
  });
  document.addEventListener("htmx:sendError", () => {
    toast({ level: "danger", title: "An error occurred", text: reasonOf(0, "") });
  });
  // Whole pages (403, 404, 500) that answer a navigation are shown; fragments are not.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, boosted, requestConfig } = event.detail;
    if (xhr.status >= 400 && (boosted || requestConfig?.boosted)) event.detail.shouldSwap = true;
  });
}
