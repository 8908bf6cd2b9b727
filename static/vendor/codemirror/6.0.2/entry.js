// What the YAML editor uses of CodeMirror 6; `.ci/vendor.py --update` bundles it into codemirror.js.
export { basicSetup, EditorView } from "codemirror";
export { EditorState, Compartment, Prec } from "@codemirror/state";
export { keymap } from "@codemirror/view";
export { indentWithTab } from "@codemirror/commands";
export { HighlightStyle, syntaxHighlighting, indentUnit } from "@codemirror/language";
export { tags } from "@lezer/highlight";
export { yaml } from "@codemirror/lang-yaml";
export { lintGutter, setDiagnostics } from "@codemirror/lint";
export { MergeView, unifiedMergeView } from "@codemirror/merge";
