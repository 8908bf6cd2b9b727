// Theme and sidebar before first paint: a classic, blocking script in <head>, so that no page flashes
// in the wrong colours. The choice (light, dark, system) is kept in localStorage; "system" follows the desktop live.
(() => {
  const KEY = "shiftlab/theme";
  const desktop = window.matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system";
    }
  }

  function apply() {
    const wanted = choice();
    const dark = wanted === "dark" || (wanted === "system" && desktop.matches);
    const root = document.documentElement;
    const changed = root.classList.contains("pf-v6-theme-dark") !== dark;
    root.classList.toggle("pf-v6-theme-dark", dark);
    root.style.colorScheme = dark ? "dark" : "light";
    if (changed) document.dispatchEvent(new CustomEvent("shiftlab:theme", { detail: { dark } }));
  }

  window.shiftlabTheme = {
    choice,
    choose(value) {
      try {
        localStorage.setItem(KEY, value);
      } catch {
        // Storage is off: the choice holds for no longer than this page.
      }
      apply();
    },
  };
  desktop.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === KEY && apply());
  apply();
  try {
    const { closed = false } = JSON.parse(localStorage.getItem("shiftlab/nav")) ?? {};
    document.documentElement.classList.toggle("sl-nav-closed", closed);
  } catch {
    // Nothing readable is stored: the sidebar is open.
  }
})();
