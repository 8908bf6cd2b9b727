// Starts everything, once per tab: navigation swaps the body and leaves scripts and socket alone.
// Modules that enhance elements are called again for each piece of new content.

import { startCertificates } from "./cert.js";
import { initCharts, startCharts } from "./charts.js";
import { initClock, startClock } from "./clock.js";
import { initDialogs, startDialogs } from "./dialogs.js";
import { startDonuts } from "./donut.js";
import { initEditors, startEditors } from "./editor.js";
import { schedule, startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { startRowMenus } from "./rowmenus.js";
import { startRequests } from "./request.js";
import { initSliders } from "./slider.js";
import { initToasts, startToasts } from "./toasts.js";
import { initNavigation, startUi } from "./ui.js";
import { initWalk, startWalk } from "./walk.js";

function enhance(root) {
  initDialogs(root);
  initSliders(root);
  initEditors(root);
  initCharts(root);
  initWalk();
}

function onNewPage() {
  initNavigation();
  initToasts();
  initClock();
}

/** After a navigation the reader starts at the first mistake, the wanted field, or the page. */
function focusPage() {
  const wanted = ['[aria-invalid="true"]', "#page [autofocus]", "#page"];
  const target = wanted.map((selector) => document.querySelector(selector)).find(Boolean);
  target?.focus({ preventScroll: target.id === "page" });
}

startUi();
startRequests();
startMenus();
startRowMenus();
startDialogs();
startToasts();
startDonuts();
startEditors();
startCertificates();
startClock();
startCharts();
startWalk();

document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt.querySelector?.("[data-clock]") || event.detail.elt.matches?.("[data-clock]")) initClock();
  enhance(event.detail.elt.parentElement ?? document);
  schedule();
});
// Messages that come beside an answer, out of band.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target?.id === "page-messages") initToasts();
});
document.addEventListener("shiftlab:content", (event) => enhance(event.target.parentElement ?? document));
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== document.body) return;
  onNewPage();
  focusPage();
});

onNewPage();
enhance(document);
startLive();
