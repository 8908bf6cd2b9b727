// Where a list stands ("1 - 20 of 43") and the links to its other pages, kept true while rows come and
// go. The frame of a list's rows brings the new position; the links change in place and keep the focus.

function showText(holder, { first, last, total }) {
  const [range, sum] = holder.querySelectorAll(".sl-pagination__text b");
  if (range) range.textContent = `${first} - ${last}`;
  if (sum) sum.textContent = String(total);
}

function showLink(link, href) {
  link.classList.toggle("pf-m-aria-disabled", !href);
  if (href) {
    link.setAttribute("href", href);
    link.removeAttribute("aria-disabled");
    link.removeAttribute("role");
  } else {
    link.removeAttribute("href");
    link.setAttribute("aria-disabled", "true");
    link.setAttribute("role", "link");
  }
}

/** Show a list's new position beside the table of `topic`. */
export function showPosition(topic, position) {
  for (const holder of document.querySelectorAll(`[data-live-page="${CSS.escape(topic)}"]`)) {
    showText(holder, position);
    for (const link of holder.querySelectorAll("[data-page-link]")) {
      showLink(link, position[`${link.dataset.pageLink}_href`]);
      window.htmx?.process(link);
    }
  }
}
