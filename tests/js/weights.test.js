import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boundaries, moveThumb, normalise, parseWeight, percentText, pressKey, shares, sum, valueText,
} from "../../static/js/weights.js";

test("10 and 30 are shown as 25 % and 75 %", () => {
  assert.deepEqual(shares([10, 30]).map(percentText), ["25 %", "75 %"]);
});

test("a share that is not whole has one decimal", () => {
  assert.deepEqual(shares([2, 1]).map(percentText), ["66.7 %", "33.3 %"]);
});

test("no weight at all has no share", () => {
  assert.deepEqual(shares([0, 0]).map(percentText), ["", ""]);
});

test("thumbs stand after each service but the last", () => {
  assert.deepEqual(boundaries([10, 30]), [25]);
  assert.deepEqual(boundaries([50, 30, 10, 10]), [50, 80, 90]);
});

test("normalising keeps the split and makes the sum 100", () => {
  assert.deepEqual(normalise([10, 30]), [25, 75]);
  assert.deepEqual(normalise([1, 1, 1]), [34, 33, 33]);
  assert.deepEqual(normalise([256, 256]), [50, 50]);
  assert.deepEqual(normalise([0, 0]), [50, 50]);
});

test("normalising any weights gives integers with sum 100 within one point of the share", () => {
  for (let a = 0; a <= 256; a += 13) {
    for (let b = 0; b <= 256; b += 17) {
      for (let c = 1; c <= 256; c += 29) {
        const result = normalise([a, b, c]);
        assert.equal(sum(result), 100);
        for (const [i, share] of shares([a, b, c]).entries()) {
          assert.ok(Math.abs(result[i] - share) < 1);
          assert.ok(Number.isInteger(result[i]));
        }
      }
    }
  }
});

test("dragging the thumb of two services to 30 gives 30 and 70", () => {
  assert.deepEqual(moveThumb([80, 20], 0, 30), [30, 70]);
  assert.deepEqual(moveThumb([10, 30], 0, 30.4), [30, 70]);
});

test("a thumb moves weight between its neighbours and leaves the others", () => {
  assert.deepEqual(moveThumb([50, 30, 10, 10], 1, 60), [50, 10, 30, 10]);
});

test("a thumb stops at its neighbours", () => {
  assert.deepEqual(moveThumb([50, 30, 20], 1, 10), [50, 0, 50]);
  assert.deepEqual(moveThumb([50, 30, 20], 0, 95), [80, 0, 20]);
  assert.deepEqual(moveThumb([50, 50], 0, 140), [100, 0]);
  assert.deepEqual(moveThumb([50, 50], 0, -3), [0, 100]);
});

test("keys step by 1 and 10 and go to the ends", () => {
  assert.deepEqual(pressKey([80, 20], 0, "ArrowLeft"), [79, 21]);
  assert.deepEqual(pressKey([80, 20], 0, "ArrowUp"), [81, 19]);
  assert.deepEqual(pressKey([80, 20], 0, "PageDown"), [70, 30]);
  assert.deepEqual(pressKey([95, 5], 0, "PageUp"), [100, 0]);
  assert.deepEqual(pressKey([80, 20], 0, "Home"), [0, 100]);
  assert.deepEqual(pressKey([40, 40, 20], 1, "End"), [40, 60, 0]);
  assert.equal(pressKey([80, 20], 0, "a"), null);
});

test("the first key on 10/30 rewrites the weights to a sum of 100", () => {
  assert.deepEqual(pressKey([10, 30], 0, "ArrowRight"), [26, 74]);
});

test("a screen reader hears all shares", () => {
  assert.equal(valueText(["web-blue", "web-green"], [70, 30]), "web-blue 70 %, web-green 30 %");
});

test("a weight is a whole number from 0 to 256", () => {
  assert.equal(parseWeight("256"), 256);
  assert.equal(parseWeight(" 0 "), 0);
  for (const bad of ["257", "-1", "1.5", "", "ten", "1e2"]) assert.equal(parseWeight(bad), null);
});
