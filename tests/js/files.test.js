import assert from "node:assert/strict";
import { test } from "node:test";
import { joinDocuments, readFiles, refusal } from "../../static/js/files.js";

test("files are joined as YAML documents without doubled separators", () => {
  assert.equal(joinDocuments(["", "a: 1\n", "---\nb: 2\n\n"]), "a: 1\n---\nb: 2\n");
  assert.equal(joinDocuments(["", "  "]), "");
});

test("other types and too large files are refused by name", () => {
  assert.match(refusal({ name: "x.png", size: 1 }), /^Ignoring x\.png: Invalid file type/);
  assert.match(refusal({ name: "x.yml", size: 1024 * 1024 + 1 }), /File limit is 1 MB\.$/);
  assert.equal(refusal({ name: "X.YAML", size: 10 }), null);
});

test("good files are read and bad ones reported", async () => {
  const files = [new File(["a: 1"], "a.yaml"), new File(["?"], "b.exe")];
  const { texts, problems } = await readFiles(files);
  assert.deepEqual(texts, ["a: 1"]);
  assert.equal(problems.length, 1);
});

test("a file that is not UTF-8 is refused instead of losing characters", async () => {
  const good = new File(["a: é\n"], "good.yaml");
  const bad = new File([new Uint8Array([0x61, 0x3a, 0x20, 0xe9])], "bad.yaml");
  const { texts, problems } = await readFiles([good, bad]);
  assert.deepEqual(texts, ["a: é\n"]);
  assert.deepEqual(problems, ["Ignoring bad.yaml: The file is not UTF-8 text."]);
});
