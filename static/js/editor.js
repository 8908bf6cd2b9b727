// The YAML editor: CodeMirror over `<textarea data-editor>`, which stays the form's field. Files can
// be chosen or dropped; problems that the server found are marked at their lines.

import { joinDocuments, readFiles } from "./files.js";
import { postForm } from "./request.js";
import { toast } from "./toasts.js";

const CHECK_DELAY_MS = 500;
const editors = new Map();
const ready = new WeakSet();
let library = null;

const load = () => (library ??= import("../vendor/codemirror/6.0.2/codemirror.js"));

const nonce = () => document.querySelector("script[nonce]")?.nonce ?? "";

function theme(cm) {
  const token = (name) => `var(--sl-code-${name})`;
  const colours = cm.HighlightStyle.define([
    { tag: [cm.tags.propertyName, cm.tags.definition(cm.tags.propertyName)], color: token("key") },
    { tag: [cm.tags.string, cm.tags.special(cm.tags.string)], color: token("string") },
    { tag: [cm.tags.number, cm.tags.bool, cm.tags.null, cm.tags.keyword], color: token("number") },
    { tag: [cm.tags.comment, cm.tags.lineComment], color: token("comment"), fontStyle: "italic" },
    { tag: [cm.tags.meta, cm.tags.typeName, cm.tags.labelName], color: token("meta") },
    { tag: [cm.tags.separator, cm.tags.punctuation], color: token("punctuation") },
  ]);
  const frame = cm.EditorView.theme({
    "&": { color: "var(--pf-t--global--text--color--regular)", backgroundColor: "transparent", fontSize: "0.875rem", height: "100%" },
    ".cm-scroller": { fontFamily: "var(--pf-t--global--font--family--mono)", lineHeight: "1.5" },
    ".cm-gutters": { backgroundColor: "transparent", color: "var(--pf-t--global--text--color--subtle)", border: "none" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--sl-code-line)" },
    ".cm-content": { caretColor: "var(--pf-t--global--text--color--regular)" },
    ".cm-cursor": { borderLeftColor: "var(--pf-t--global--text--color--regular)" },
    "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": { backgroundColor: "var(--sl-code-selection) !important" },
    ".cm-tooltip, .cm-panels": { backgroundColor: "var(--pf-t--global--background--color--floating--default)", color: "inherit", border: "1px solid var(--pf-t--global--border--color--default)" },
  });
  return [cm.syntaxHighlighting(colours), frame];
}

function diagnostics(state, problems) {
  return problems.map(({ line, message, hint, severity = "error" }) => {
    const at = state.doc.line(Math.min(Math.max(1, line || 1), state.doc.lines));
    const indent = /^\s*/.exec(at.text)[0].length;
    const from = at.from + (indent < at.text.length ? indent : 0);
    return { from, to: at.to, severity, message: hint ? `${message}\n${hint}` : message };
  });
}

function problemsOf(textarea) {
  const source = document.getElementById(textarea.dataset.problems ?? "");
  return source ? JSON.parse(source.textContent) : [];
}

function submit(textarea) {
  const form = textarea.form;
  form?.requestSubmit(form.querySelector("[data-editor-submit]") ?? undefined);
  return true;
}

function checker(cm, textarea) {
  let timer = 0;
  let asked = 0;
  return (view) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const number = (asked += 1);
      const answer = await postForm(textarea.dataset.editorLive, { [textarea.name]: textarea.value });
      if (!answer.ok || number !== asked) return;
      const { problems } = JSON.parse(answer.text);
      view.dispatch(cm.setDiagnostics(view.state, diagnostics(view.state, problems)));
    }, CHECK_DELAY_MS);
  };
}

async function start(textarea) {
  const cm = await load();
  if (!textarea.isConnected) return;
  const readOnly = "readonly" in textarea.dataset;
  const holder = document.createElement("div");
  holder.className = "sl-editor";
  holder.dataset.liveKeep = "";
  const check = textarea.dataset.editorLive ? checker(cm, textarea) : null;
  const view = new cm.EditorView({
    doc: textarea.value,
    parent: holder,
    extensions: [
      // Enter with Ctrl sends the form; Tab indents, and Escape then Tab leaves the editor.
      cm.Prec.highest(cm.keymap.of([{ key: "Mod-Enter", run: () => submit(textarea) }])),
      cm.basicSetup,
      cm.keymap.of([cm.indentWithTab]),
      cm.yaml(),
      cm.indentUnit.of("  "),
      cm.lintGutter(),
      theme(cm),
      cm.EditorView.cspNonce.of(nonce()),
      cm.EditorView.contentAttributes.of({ "aria-label": textarea.getAttribute("aria-label") ?? "YAML" }),
      cm.EditorState.readOnly.of(readOnly),
      cm.EditorView.editable.of(!readOnly),
      cm.EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        textarea.value = update.state.doc.toString();
        textarea.dispatchEvent(new Event("input", { bubbles: true }));
        check?.(view);
      }),
    ],
  });
  textarea.hidden = true;
  textarea.removeAttribute("required");
  textarea.after(holder);
  editors.set(textarea, { view, cm });
  view.dispatch(cm.setDiagnostics(view.state, diagnostics(view.state, problemsOf(textarea))));
  if (!readOnly && "editorFiles" in textarea.dataset) addFiles(textarea, holder);
  if (textarea.autofocus) view.focus();
}

function replaceText(textarea, text) {
  const { view } = editors.get(textarea);
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  view.focus();
}

async function takeFiles(textarea, files) {
  const { texts, problems } = await readFiles([...files]);
  for (const text of problems) toast({ level: "warning", title: "File ignored", text });
  if (texts.length) replaceText(textarea, joinDocuments([textarea.value, ...texts]));
}

function addFiles(textarea, holder) {
  const chooser = document.createElement("input");
  Object.assign(chooser, { type: "file", multiple: true, accept: ".yaml,.yml,.json", hidden: true });
  chooser.addEventListener("change", () => {
    takeFiles(textarea, chooser.files);
    chooser.value = "";
  });
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "pf-v6-c-button pf-m-secondary pf-m-small sl-editor__upload", textContent: "Upload files…" });
  button.addEventListener("click", () => chooser.click());
  holder.before(button, chooser);
  holder.dataset.drop = "Drop file here";
  const over = (on) => holder.classList.toggle("sl-editor--drop", on);
  holder.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  holder.addEventListener("dragleave", (event) => !holder.contains(event.relatedTarget) && over(false));
  holder.addEventListener("drop", (event) => {
    over(false);
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    takeFiles(textarea, event.dataTransfer.files);
  }, { capture: true });
}

/** Put the cursor of an editor on a line (1-based) and show it. */
function goToLine(textarea, line) {
  const editor = editors.get(textarea);
  if (!editor) return;
  const { view } = editor;
  const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true });
  view.focus();
}

async function startDiff(element) {
  const cm = await load();
  const text = (id) => JSON.parse(document.getElementById(id).textContent);
  const fixed = [cm.basicSetup, cm.yaml(), theme(cm), cm.EditorState.readOnly.of(true), cm.EditorView.editable.of(false), cm.EditorView.cspNonce.of(nonce())];
  new cm.MergeView({
    a: { doc: text(element.dataset.diffBefore), extensions: fixed },
    b: { doc: text(element.dataset.diffAfter), extensions: fixed },
    parent: element,
    collapseUnchanged: { margin: 3 },
  });
}

/** Enhance each editor and diff below `root`; drop those whose page is gone. */
export function initEditors(root) {
  for (const [textarea, { view }] of editors) {
    if (textarea.isConnected) continue;
    view.destroy();
    editors.delete(textarea);
  }
  for (const element of root.querySelectorAll("textarea[data-editor], [data-diff]")) {
    if (ready.has(element)) continue;
    ready.add(element);
    if ("diff" in element.dataset) startDiff(element);
    else start(element);
  }
}

export function startEditors() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-editor-line]");
    if (!link) return;
    const textarea = document.getElementById(link.dataset.editorFor) ?? document.querySelector("textarea[data-editor]");
    event.preventDefault();
    goToLine(textarea, Number(link.dataset.editorLine));
  }, { capture: true });
}
