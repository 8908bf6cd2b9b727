// Puts fresh HTML from the server into the page with as little disturbance as possible: Idiomorph
// keeps elements, and with them focus, open menus, scroll and selection. Two marks hold it off:
// `data-live-keep` (never touched) and a hold that a script puts on an element for a while.

import { Idiomorph } from "../vendor/idiomorph/0.8.0/idiomorph.esm.js";

const held = new Map();

/** Keep live frames away from `element` until `release`; the last one is kept for then. */
export function hold(element) {
  if (!held.has(element)) held.set(element, null);
}

/** Let frames through again and apply the last one that came meanwhile, if it is `wanted`. */
export function release(element, wanted = () => true) {
  const html = held.get(element);
  held.delete(element);
  if (html && element.isConnected && wanted(html)) morph(element, html);
}

function beforeNodeMorphed(node, fresh) {
  if (node.nodeType !== Node.ELEMENT_NODE) return true;
  if (node.hasAttribute("data-live-keep")) return false;
  if (held.has(node)) {
    held.set(node, fresh.outerHTML);
    return false;
  }
  // A field that the user is in keeps what was typed.
  return !(node === document.activeElement && node.matches("input, textarea, select"));
}

const callbacks = {
  beforeNodeMorphed,
  beforeAttributeUpdated(name, node) {
    // What the user opened stays open and in its place.
    if (name === "open") return !node.matches("details, dialog");
    if (name === "aria-expanded") return !node.matches("[popovertarget]");
    return !(name === "style" && node.matches("[popover]"));
  },
  beforeNodeRemoved: (node) => !(node.nodeType === Node.ELEMENT_NODE && node.hasAttribute("data-live-keep")),
};

/** Turn `element` into `html`, whose root stands for the same element. */
export function morph(element, html) {
  const parent = element.parentNode;
  const next = element.nextElementSibling;
  const before = element.previousElementSibling;
  Idiomorph.morph(element, html, { morphStyle: "outerHTML", callbacks });
  const now = before ? before.nextElementSibling : parent?.firstElementChild;
  const result = element.isConnected ? element : now !== next ? now : null;
  if (result) window.htmx?.process(result);
  return result;
}

/** One element out of HTML; a <tr> too, which needs a table around it to parse. */
export function elementFrom(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}
