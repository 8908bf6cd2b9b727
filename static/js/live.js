// One WebSocket per tab. Every element with `data-live="topic"` is a wish for that topic; the full set
// goes to the server whenever the page changes, and the server answers with frames that only hold
// what changed. Loses the connection quietly, comes back with jitter, and sleeps in a hidden tab.

import { elementFrom, morph } from "./morph.js";
import { showPosition } from "./paging.js";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;
const HIDDEN_GRACE_MS = 5_000;
const PING_MS = 25_000;
const BANNER_AFTER_MS = 1_000;
const SESSION_ENDED = 4401;
const FORBIDDEN = 4403;

const handlers = new Map();
const versions = new Map();
const denied = new Set();
const seen = new WeakSet();
let socket = null;
let retryMs = FIRST_RETRY_MS;
let retryTimer = 0;
let sent = new Set();
let asleep = false;

/** Let another module take frames of one type: `handler(frame, elements)`. */
export function onFrame(type, handler) {
  handlers.set(type, handler);
}

function elementsOf(topic) {
  return [...document.querySelectorAll(`[data-live="${CSS.escape(topic)}"]`)];
}

/** The topics that the page shows; `renewed` if a new element stands for one that is subscribed. */
function wishes() {
  const topics = new Map();
  const renewed = new Set();
  for (const element of document.querySelectorAll("[data-live]")) {
    const topic = element.dataset.live;
    if (!topic || denied.has(topic)) continue;
    const drawnAnew = !seen.has(element);
    seen.add(element);
    if (drawnAnew && sent.has(topic)) renewed.add(topic);
    // What the server drew into a new element is newer than the last frame for the old one.
    const drawn = drawnAnew ? element.dataset.liveVersion : undefined;
    topics.set(topic, drawn ?? versions.get(topic) ?? element.dataset.liveVersion ?? "");
  }
  return { list: [...topics].map(([topic, version]) => ({ topic, version })), renewed };
}

function send(list) {
  sent = new Set(list.map((wish) => wish.topic));
  socket.send(JSON.stringify({ subscribe: list }));
}

/** Tell the server what the page shows now, if that changed. */
export function refresh() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (asleep) {
    if (sent.size) send([]);
    return;
  }
  const { list, renewed } = wishes();
  // Leaving a topic and taking it again makes the server start from the version that is drawn.
  if (renewed.size) send(list.filter((wish) => !renewed.has(wish.topic)));
  if (list.length === sent.size && list.every((wish) => sent.has(wish.topic))) return;
  send(list);
  for (const topic of versions.keys()) if (!sent.has(topic)) versions.delete(topic);
}

function showBanner(shown) {
  const banner = document.getElementById("connection");
  if (banner) banner.hidden = !shown;
}

function connect() {
  clearTimeout(retryTimer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  if (!document.querySelector("[data-live]")) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/live`);
  const slow = setTimeout(() => showBanner(true), BANNER_AFTER_MS);
  socket.addEventListener("open", () => {
    clearTimeout(slow);
    retryMs = FIRST_RETRY_MS;
    sent = new Set();
    showBanner(false);
    refresh();
  });
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    clearTimeout(slow);
    lost(event.code);
  });
}

function lost(code) {
  socket = null;
  if (code === SESSION_ENDED) {
    location.reload();
    return;
  }
  if (code === FORBIDDEN || asleep) return;
  setTimeout(() => showBanner(socket?.readyState !== WebSocket.OPEN), BANNER_AFTER_MS);
  retryTimer = setTimeout(connect, retryMs * (0.5 + Math.random()));
  retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
}

function receive(frame) {
  if (frame.t === "toast") {
    document.dispatchEvent(new CustomEvent("toast", { detail: frame }));
    return;
  }
  const elements = frame.topic ? elementsOf(frame.topic) : [];
  if (frame.version !== undefined) versions.set(frame.topic, frame.version);
  const own = { rows: applyRows, html: applyHtml, denied: applyDenied, gone: applyGone };
  const handler = own[frame.t] ?? handlers.get(frame.t);
  handler?.(frame, elements);
}

function applyHtml(frame, elements) {
  for (const element of elements) {
    const result = morph(element, frame.html);
    if (result) announce(result);
  }
}

/** Put the rows of a table in the server's order; only changed rows come with HTML. */
function applyRows(frame, elements) {
  for (const element of elements) {
    const body = element.matches("tbody, [data-live-rows]") ? element : element.querySelector("tbody, [data-live-rows]");
    if (!body) continue;
    const wanted = new Set(frame.order);
    for (const row of [...body.children]) if (!wanted.has(row.id)) row.remove();
    for (const [id, html] of Object.entries(frame.rows)) applyRow(body, id, html);
    order(body, frame.order);
    body.dispatchEvent(new CustomEvent("shiftlab:moved", { bubbles: true }));
  }
  for (const count of document.querySelectorAll(`[data-live-count="${CSS.escape(frame.topic)}"]`)) {
    if (frame.count !== undefined) count.innerHTML = frame.count;
  }
  for (const empty of document.querySelectorAll(`[data-live-empty="${CSS.escape(frame.topic)}"]`)) {
    empty.hidden = frame.order.length > 0;
  }
  if (frame.page) showPosition(frame.topic, frame.page);
  for (const element of elements) {
    element.classList.toggle("sl-live-empty", frame.order.length === 0);
  }
}

/** What a row says, without its ages and measurements, which change by themselves. */
function words(row) {
  const copy = row.cloneNode(true);
  for (const each of copy.querySelectorAll("[data-age], [data-live-quiet]")) each.remove();
  return copy.textContent.replace(/\s+/g, " ");
}

function applyRow(body, id, html) {
  const old = body.querySelector(`:scope > #${CSS.escape(id)}`);
  const before = old ? words(old) : null;
  const row = old ? morph(old, html) : elementFrom(html);
  if (!row) return;
  if (!old) {
    body.append(row);
    window.htmx?.process(row);
  }
  if (before !== words(row)) highlight(row);
  announce(row);
}

/** Taking the class off and on again restarts the short highlight. */
function highlight(row) {
  row.classList.remove("sl-row-changed");
  void row.offsetWidth;
  row.classList.add("sl-row-changed");
}

/** Sort the rows. One that holds the focus or an open menu stays put: the others move around it. */
function order(body, ids) {
  const rows = ids.map((id) => body.querySelector(`:scope > #${CSS.escape(id)}`)).filter(Boolean);
  const isBusy = (row) => row.contains(document.activeElement) || row.querySelector(":popover-open");
  const fixed = Math.max(0, rows.findIndex(isBusy));
  let at = rows[fixed];
  for (const row of rows.slice(0, fixed).reverse()) {
    if (row.nextElementSibling !== at) body.insertBefore(row, at);
    at = row;
  }
  at = rows[fixed];
  for (const row of rows.slice(fixed + 1)) {
    if (row.previousElementSibling !== at) at.after(row);
    at = row;
  }
}

function applyDenied(frame, elements) {
  denied.add(frame.topic);
  for (const element of elements) element.dataset.liveDenied = "";
  refresh();
}

function applyGone(frame, elements) {
  for (const element of elements) {
    if (element.previousElementSibling?.matches(".sl-gone")) continue;
    const note = document.createElement("p");
    note.className = "sl-gone";
    note.setAttribute("role", "status");
    note.textContent = "This object has been deleted.";
    element.before(note);
    element.classList.add("sl-live-gone");
  }
}

/** New content needs the same enhancement as content that htmx swaps in. */
function announce(element) {
  element.dispatchEvent(new CustomEvent("shiftlab:content", { bubbles: true }));
}

function onVisibility() {
  clearTimeout(onVisibility.timer);
  if (!document.hidden) {
    asleep = false;
    if (socket) refresh();
    else connect();
    return;
  }
  onVisibility.timer = setTimeout(() => {
    asleep = true;
    refresh();
  }, HIDDEN_GRACE_MS);
}

let due = 0;

/** The page changed: look for new topics once the current task is done. */
export function schedule() {
  if (due) return;
  due = requestAnimationFrame(() => {
    due = 0;
    if (socket) refresh();
    else connect();
  });
}

export function startLive() {
  new MutationObserver(schedule).observe(document.body, {
    subtree: true,
    childList: true,
    attributeFilter: ["data-live"],
  });
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", connect);
  window.addEventListener("pagehide", () => socket?.close());
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN && !asleep) socket.send('{"ping":1}');
  }, PING_MS);
  connect();
}
