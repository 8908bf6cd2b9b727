// Menus of rows: fetched when they are opened (a list of a hundred rows carries no hundred menus, and
// each reader sees what they may do). They live outside the table, so live rows do not disturb them.

const HOST = "row-menus";

async function open(toggle) {
  const host = document.getElementById(HOST);
  const response = await fetch(toggle.dataset.rowMenu, {
    credentials: "same-origin",
    headers: { "HX-Request": "true" },
  });
  if (!host || !response.ok || response.redirected) return;
  host.innerHTML = await response.text();
  const menu = host.querySelector("[popover]");
  if (!menu || !toggle.isConnected) return;
  toggle.setAttribute("popovertarget", menu.id);
  window.htmx.process(menu);
  menu.showPopover();
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const returnFocus = menu.contains(document.activeElement);
    setTimeout(() => {
      toggle.removeAttribute("popovertarget");
      toggle.setAttribute("aria-expanded", "false");
      if (returnFocus) toggle.focus();
    }, 50);
  });
}

/** Open the menu of a row when its button is used. */
export function startRowMenus() {
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest?.("[data-row-menu]");
    // While its menu is open the browser itself closes it: the button is its invoker then.
    if (toggle && !toggle.hasAttribute("popovertarget")) open(toggle);
  });
}
