// Small behaviours of the page frame: sidebar, navigation sections, theme choice, tabs by arrow key,
// copy buttons, number inputs, list shortcuts. Everything is delegated, so swapped content just works.

import { toast } from "./toasts.js";

const NAV_KEY = "shiftlab/nav";
const wide = window.matchMedia("(min-width: 75rem)");

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is off: the sections are as the server draws them.
  }
}

function setSidebar(open) {
  document.documentElement.classList.toggle("sl-nav-closed", wide.matches && !open);
  document.documentElement.classList.toggle("sl-nav-open", !wide.matches && open);
  document.getElementById("nav-toggle")?.setAttribute("aria-expanded", String(open));
  if (wide.matches) store(NAV_KEY, { ...stored(NAV_KEY), closed: !open });
}

function setSection(section, open) {
  section.classList.toggle("pf-m-expanded", open);
  section.querySelector("button").setAttribute("aria-expanded", String(open));
  section.querySelector("section").hidden = !open;
}

/** Put the sidebar as the user left it; called after each page swap. */
export function initNavigation() {
  const { closed = false, sections = {}, scroll = 0 } = stored(NAV_KEY);
  setSidebar(wide.matches && !closed);
  for (const section of document.querySelectorAll("[data-nav-section]")) {
    const name = section.dataset.navSection;
    const holdsCurrent = section.querySelector('[aria-current="page"]') !== null;
    if (name in sections && !holdsCurrent) setSection(section, sections[name]);
  }
  const body = document.querySelector("#sidebar .pf-v6-c-page__sidebar-body");
  if (body) body.scrollTop = scroll;
  showTheme();
}

function showTheme() {
  for (const item of document.querySelectorAll("[data-theme-choice]")) {
    item.setAttribute("aria-checked", String(item.dataset.themeChoice === window.shiftlabTheme.choice()));
  }
}

function onNavClick(event) {
  if (event.target.closest("[data-nav-toggle]")) {
    const toggle = document.getElementById("nav-toggle");
    setSidebar(toggle.getAttribute("aria-expanded") !== "true");
    if (!wide.matches && toggle.getAttribute("aria-expanded") === "true") {
      document.querySelector("#sidebar a, #sidebar button")?.focus();
    }
  }
  if (event.target.closest("[data-nav-shade]")) setSidebar(false);
  const section = event.target.closest("[data-nav-section]");
  if (section && event.target.closest("button")) {
    const open = !section.classList.contains("pf-m-expanded");
    setSection(section, open);
    const state = stored(NAV_KEY);
    store(NAV_KEY, { ...state, sections: { ...state.sections, [section.dataset.navSection]: open } });
  }
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.classList.add("sl-copied");
    setTimeout(() => button.classList.remove("sl-copied"), 1500);
    toast({ level: "success", title: "Copied" });
  } catch {
    toast({ level: "danger", title: "The browser refused to copy." });
  }
}

function onActionClick(event) {
  const choice = event.target.closest("[data-theme-choice]");
  if (choice) {
    window.shiftlabTheme.choose(choice.dataset.themeChoice);
    showTheme();
  }
  const copier = event.target.closest("[data-copy], [data-copy-from]");
  if (copier) {
    event.preventDefault();
    const source = document.getElementById(copier.dataset.copyFrom);
    copy(source ? (source.value ?? source.textContent) : copier.dataset.copy, copier);
  }
  const step = event.target.closest("[data-number-input] [data-step]");
  if (step) {
    const input = step.closest("[data-number-input]").querySelector("input");
    if (Number(step.dataset.step) > 0) input.stepUp();
    else input.stepDown();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function onKey(event) {
  const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector('[data-shortcut="/"]');
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === "Escape" && document.documentElement.classList.contains("sl-nav-open")) {
    setSidebar(false);
    document.getElementById("nav-toggle")?.focus();
  }
  const tabs = event.target.closest?.("[data-tabs]");
  if (tabs && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    const links = [...tabs.querySelectorAll("a, button")];
    const at = links.indexOf(document.activeElement) + (event.key === "ArrowRight" ? 1 : -1);
    links.at(at % links.length).focus();
  }
}

export function startUi() {
  document.addEventListener("click", onNavClick);
  document.addEventListener("click", onActionClick);
  document.addEventListener("keydown", onKey);
  wide.addEventListener("change", initNavigation);
  document.addEventListener("scroll", (event) => {
    if (event.target.matches?.("#sidebar .pf-v6-c-page__sidebar-body")) {
      store(NAV_KEY, { ...stored(NAV_KEY), scroll: event.target.scrollTop });
    }
  }, { capture: true, passive: true });
  // Opening help texts is exclusive, like popovers.
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("[data-menu-details][open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
}
