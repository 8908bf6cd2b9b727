// Reading the user's files for the YAML editor and the certificate fields, with OpenShift's messages.

export const MAX_BYTES = 1024 * 1024;
const YAML_NAME = /\.(ya?ml|json)$/i;

/** Why a file is not taken, or null when it is. */
export function refusal({ name, size }) {
  if (!YAML_NAME.test(name)) {
    return `Ignoring ${name}: Invalid file type. Only text based YAML and JSON files are supported.`;
  }
  if (size > MAX_BYTES) return `Ignoring ${name}: Maximum file size exceeded. File limit is 1 MB.`;
  return null;
}

/** The text of bytes, or null when they are not UTF-8: a wrong character must not slip in unseen. */
export function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The texts of the files that are taken, and a sentence for each that is not. */
export async function readFiles(files) {
  const problems = files.map(refusal).filter((text) => text !== null);
  const texts = [];
  for (const file of files.filter((each) => refusal(each) === null)) {
    const text = decoded(await file.arrayBuffer());
    if (text === null) problems.push(`Ignoring ${file.name}: The file is not UTF-8 text.`);
    else texts.push(text);
  }
  return { texts, problems };
}

/** Several texts as one stream of YAML documents; empty ones are left out. */
export function joinDocuments(texts) {
  const parts = texts.map((text) => text.trim()).filter((text) => text !== "");
  const bare = parts.map((text, index) => (index ? text.replace(/^---[ \t]*\n/, "") : text));
  return bare.length ? `${bare.join("\n---\n")}\n` : "";
}
