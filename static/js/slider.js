// The A/B slider: draws a track with linked segments over the number inputs of `[data-weights]`,
// keeps both in step, and shows the server's preview while the user drags. It never saves anything.

import { boundaries, moveThumb, parseWeight, percentText, pressKey, shares, sum, valueText } from "./weights.js";
import { postForm } from "./request.js";

const PREVIEW_DELAY_MS = 80;
const THUMB_PX = 24;
const LETTER_PX = 7.5;

class WeightSlider {
  constructor(root) {
    this.root = root;
    this.track = root.querySelector("[data-weights-track]");
    this.rows = [...root.querySelectorAll("[data-weights-row]")];
    this.inputs = this.rows.map((row) => row.querySelector("input"));
    this.weights = this.inputs.map((input) => parseWeight(input.value) ?? 0);
    this.previewsAsked = 0;
    this.segments = [];
    this.thumbs = [];
    if (this.rows.length > 1 && !("weightsPlain" in root.dataset)) this.build();
    root.addEventListener("input", (event) => this.onInput(event));
    const form = root.closest("form");
    form?.addEventListener("change", (event) => this.onFormChange(event));
    form?.addEventListener("reset", () => requestAnimationFrame(() => this.readInputs()));
    this.draw();
    if (root.dataset.previewUrl && !this.previewBox()?.textContent.trim()) this.askPreview();
  }

  names() {
    return this.rows.map((row) => {
      const field = row.dataset.serviceField;
      const control = field && this.root.closest("form")?.elements.namedItem(field);
      return (control && control.value) || row.dataset.service;
    });
  }

  previewBox() {
    return this.root.querySelector("[data-weights-preview]");
  }

  build() {
    this.track.hidden = false;
    for (const index of this.rows.keys()) {
      const segment = document.createElement("div");
      segment.className = `sl-weights__segment sl-weights__segment--${index + 1}`;
      this.track.append(segment);
      this.segments.push(segment);
    }
    new ResizeObserver(() => this.draw()).observe(this.track);
    for (let index = 0; index < this.rows.length - 1; index += 1) this.addThumb(index);
  }

  addThumb(index) {
    const thumb = document.createElement("div");
    thumb.className = "sl-weights__thumb";
    thumb.tabIndex = 0;
    thumb.setAttribute("role", "slider");
    thumb.setAttribute("aria-orientation", "horizontal");
    thumb.addEventListener("keydown", (event) => this.onKey(event, index));
    thumb.addEventListener("pointerdown", (event) => this.onGrab(event, index));
    this.track.append(thumb);
    this.thumbs.push(thumb);
  }

  /** Where a pointer stands on the track, in percent. */
  percentAt(event) {
    const box = this.track.getBoundingClientRect();
    return (100 * (event.clientX - box.left)) / box.width;
  }

  onGrab(event, index) {
    if (event.button !== 0) return;
    event.preventDefault();
    const thumb = this.thumbs[index];
    thumb.focus();
    thumb.setPointerCapture(event.pointerId);
    const before = this.inputs.map((input) => input.value);
    const move = (moved) => this.set(moveThumb(this.weights, index, this.percentAt(moved)));
    const end = () => {
      thumb.removeEventListener("pointermove", move);
      thumb.removeEventListener("lostpointercapture", end);
      document.removeEventListener("keydown", restore, true);
      this.root.classList.remove("sl-weights--dragging");
      this.announce("change");
    };
    const restore = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.preventDefault();
      pressed.stopPropagation();
      for (const [i, input] of this.inputs.entries()) input.value = before[i];
      this.readInputs();
      thumb.releasePointerCapture(event.pointerId);
    };
    thumb.addEventListener("pointermove", move);
    thumb.addEventListener("lostpointercapture", end);
    document.addEventListener("keydown", restore, true);
    this.root.classList.add("sl-weights--dragging");
  }

  onKey(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = pressKey(this.weights, index, event.key);
    if (next === null) return;
    event.preventDefault();
    this.set(next);
    this.announce("change");
  }

  onInput(event) {
    if (this.writing || !this.inputs.includes(event.target)) return;
    this.readInputs();
  }

  onFormChange(event) {
    const fields = this.rows.map((row) => row.dataset.serviceField);
    if (fields.includes(event.target.name)) {
      this.draw();
      this.askPreview();
    }
  }

  readInputs() {
    const read = this.inputs.map((input) => parseWeight(input.value));
    for (const [i, input] of this.inputs.entries()) {
      input.setAttribute("aria-invalid", String(read[i] === null));
    }
    if (read.includes(null)) return;
    this.weights = read;
    this.draw();
    this.askPreview();
  }

  set(weights) {
    if (weights.every((weight, index) => weight === this.weights[index])) return;
    this.weights = weights;
    for (const [i, input] of this.inputs.entries()) {
      input.value = String(weights[i]);
      input.removeAttribute("aria-invalid");
    }
    this.announce("input");
    this.draw();
    this.askPreview();
  }

  announce(type) {
    this.writing = true;
    for (const input of this.inputs) input.dispatchEvent(new Event(type, { bubbles: true }));
    this.writing = false;
  }

  draw() {
    const names = this.names();
    const parts = shares(this.weights);
    const dead = sum(this.weights) === 0;
    this.root.classList.toggle("sl-weights--dead", dead);
    if (this.thumbs.length) this.track.hidden = dead;
    for (const [i, row] of this.rows.entries()) {
      row.querySelector("[data-weights-percent]").textContent = percentText(parts[i]);
      row.querySelector("[data-weights-name]").textContent = names[i];
      this.inputs[i].setAttribute("aria-label", `Weight of ${names[i]}`);
      if (this.segments[i]) this.drawSegment(i, names[i], parts[i] ?? 0);
    }
    for (const [i, position] of boundaries(this.weights).entries()) {
      if (this.thumbs[i]) this.drawThumb(i, position, names);
    }
  }

  drawSegment(index, name, share) {
    const segment = this.segments[index];
    segment.style.width = `${share}%`;
    // The widest text that fits beside the thumbs; the rows below have it all anyway.
    const room = (share / 100) * this.track.clientWidth - THUMB_PX;
    const texts = [`${name} ${percentText(share)}`, percentText(share), ""];
    segment.textContent = texts.find((text) => text.length * LETTER_PX <= room) ?? "";
  }

  drawThumb(index, position, names) {
    const thumb = this.thumbs[index];
    const parts = shares(this.weights).map((share) => share ?? 0);
    const before = sum(parts.slice(0, index));
    thumb.style.left = `${position}%`;
    thumb.setAttribute("aria-label", `Traffic split between ${names[index]} and ${names[index + 1]}`);
    thumb.setAttribute("aria-valuemin", String(Math.round(before)));
    thumb.setAttribute("aria-valuemax", String(Math.round(before + parts[index] + parts[index + 1])));
    thumb.setAttribute("aria-valuenow", String(Math.round(position)));
    thumb.setAttribute("aria-valuetext", valueText(names, this.weights));
  }

  askPreview() {
    if (!this.root.dataset.previewUrl) return;
    clearTimeout(this.previewTimer);
    this.previewTimer = setTimeout(() => this.fetchPreview(), PREVIEW_DELAY_MS);
  }

  async fetchPreview() {
    const number = (this.previewsAsked += 1);
    const form = this.root.closest("form");
    const fields = form ? new FormData(form) : new FormData();
    fields.set("preview", "1");
    const answer = await postForm(this.root.dataset.previewUrl, fields);
    const box = this.previewBox();
    // A later question overtakes an earlier answer.
    if (number !== this.previewsAsked || !box || !answer.ok) return;
    box.innerHTML = answer.text;
    window.htmx?.process(box);
  }
}

const ready = new WeakSet();

/** Enhance each slider below `root` that is not one yet. */
export function initSliders(root) {
  for (const element of root.querySelectorAll("[data-weights]")) {
    if (ready.has(element)) continue;
    ready.add(element);
    new WeightSlider(element);
  }
}
