// Certificate and key fields: paste into the textarea, choose a file or drop one on it. The text
// stays in the browser until the form is sent; whether it is good PEM is for the server to say.

import { MAX_BYTES } from "./files.js";
import { toast } from "./toasts.js";

async function take(group, file) {
  if (!file) return;
  if (file.size > MAX_BYTES) {
    toast({ level: "warning", title: "File ignored", text: `Ignoring ${file.name}: Maximum file size exceeded. File limit is 1 MB.` });
    return;
  }
  fill(group, await file.text(), file.name);
}

function fill(group, text, name) {
  const textarea = group.querySelector("textarea");
  textarea.value = text;
  group.querySelector("[data-pem-name]").textContent = name;
  textarea.dispatchEvent(new Event("input", { bubbles: true }));
  textarea.dispatchEvent(new Event("change", { bubbles: true }));
}

export function startCertificates() {
  document.addEventListener("click", (event) => {
    const group = event.target.closest?.("[data-pem]");
    if (!group) return;
    if (event.target.closest("[data-pem-browse]")) group.querySelector("[data-pem-file]").click();
    if (event.target.closest("[data-pem-clear]")) fill(group, "", "Paste PEM text, drop a file here or choose one");
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-pem-file]")) return;
    take(event.target.closest("[data-pem]"), event.target.files[0]);
    event.target.value = "";
  });
  for (const type of ["dragover", "drop"]) {
    document.addEventListener(type, (event) => {
      const group = event.target.closest?.("[data-pem]");
      if (!group || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      if (type === "drop") take(group, event.dataTransfer.files[0]);
    });
  }
}
