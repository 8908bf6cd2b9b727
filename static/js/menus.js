// Menus: `popover` elements with `data-menu`, opened by a button with `popovertarget`. The browser
// opens, closes and dismisses them; this adds the place beside the button, arrow keys and the filter.

const GAP = 4;

function toggleOf(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

function place(menu) {
  const toggle = toggleOf(menu);
  if (!toggle) return;
  const at = toggle.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const start = menu.dataset.menu === "end" ? at.right - width : at.left;
  const left = Math.max(GAP, Math.min(start, window.innerWidth - width - GAP));
  const below = at.bottom + GAP;
  const fits = below + height <= window.innerHeight || at.top < height;
  const top = fits ? below : at.top - height - GAP;
  Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
}

function items(menu) {
  const all = menu.querySelectorAll('[role^="menuitem"]:not(:disabled), input[type="checkbox"]');
  return [...all].filter((item) => item.offsetParent !== null);
}

function onToggle(event) {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches("[popover][data-menu]")) return;
  const open = event.newState === "open";
  toggleOf(menu)?.setAttribute("aria-expanded", String(open));
  if (!open) return;
  place(menu);
  const filter = menu.querySelector("[data-menu-filter]");
  if (filter) {
    filter.value = "";
    applyFilter(filter);
  }
  (filter ?? items(menu)[0])?.focus();
}

function onKey(event) {
  const menu = event.target.closest?.("[popover][data-menu]");
  if (!menu) {
    const toggle = event.target.closest?.("[popovertarget]");
    if (toggle && event.key === "ArrowDown") {
      event.preventDefault();
      document.getElementById(toggle.getAttribute("popovertarget"))?.showPopover();
    }
    return;
  }
  if (event.key === "Tab" && menu.querySelector('[role="menu"]')) {
    if (!menu.querySelector("input, form:not([role])")) menu.hidePopover();
    return;
  }
  const typing = event.target.matches('input[type="search"]');
  const list = items(menu);
  const at = list.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: typing ? null : 0, End: typing ? null : -1 }[event.key];
  if (next === undefined || next === null || !list.length) return;
  event.preventDefault();
  list.at(next % list.length)?.focus();
}

function applyFilter(input) {
  const menu = input.closest("[data-menu]");
  const wanted = input.value.trim().toLowerCase();
  let shown = 0;
  const all = menu.querySelectorAll("[data-menu-filter-item]");
  for (const item of all) {
    item.hidden = !item.dataset.menuFilterItem.toLowerCase().includes(wanted);
    shown += item.hidden ? 0 : 1;
  }
  const none = menu.querySelector("[data-menu-filter-none]");
  if (none) none.hidden = shown > 0;
}

/** Wire all present and future menus. */
export function startMenus() {
  document.addEventListener("toggle", onToggle, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-menu-filter]")) applyFilter(event.target);
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest?.('[data-menu] [role^="menuitem"]');
    // After the click has done its work: htmx forgets a submit button that loses the focus.
    if (item) setTimeout(() => item.closest("[popover]:popover-open")?.hidePopover());
  });
  const closeAll = () => {
    for (const menu of document.querySelectorAll("[data-menu]:popover-open")) menu.hidePopover();
  };
  // Rows that move under an open menu take it along.
  document.addEventListener("shiftlab:moved", () => {
    for (const menu of document.querySelectorAll("[data-menu]:popover-open")) place(menu);
  });
  window.addEventListener("resize", closeAll);
  document.addEventListener("scroll", (event) => {
    if (!event.target.closest?.("[data-menu]")) closeAll();
  }, { capture: true, passive: true });
}
