import assert from "node:assert/strict";
import { test } from "node:test";
import { appendPoints, latestValues } from "../../static/js/series.js";

const line = (name, x, y) => ({ name, type: "scatter", x, y });

test("points go to the end of their trace and the oldest leave", () => {
  const [web] = appendPoints([line("web", [1, 2], [5, 6])], { x: [3], series: { web: [7] } }, 2);
  assert.deepEqual([web.x, web.y], [[2, 3], [6, 7]]);
});

test("a new name becomes a trace with the style that the frame offers", () => {
  const traces = appendPoints([line("blue", [1], [5])], {
    x: [2], series: { blue: [6], green: [1] }, traces: [{ name: "green", line: { color: "green" } }],
  }, 9);
  assert.deepEqual(traces[1].y, [null, 1]);
  assert.deepEqual(traces[1].x, [1, 2]);
  assert.deepEqual(traces[1].line, { color: "green" });
});

test("a name that is missing in a frame gets a gap, and leaves once only gaps are kept", () => {
  let traces = [line("web", [1], [5]), line("old", [1], [5])];
  traces = appendPoints(traces, { x: [2], series: { web: [5] } }, 2);
  assert.deepEqual(traces[1].y, [5, null]);
  traces = appendPoints(traces, { x: [3], series: { web: [5] } }, 2);
  assert.deepEqual(traces.map((trace) => trace.name), ["web"]);
});

test("a reset replaces all points", () => {
  const traces = appendPoints([line("web", [1, 2], [5, 6]), line("old", [1], [1])], {
    reset: true, x: [1, 9], series: { web: [0, 2] },
  }, 9);
  assert.deepEqual(traces.map(({ name, x, y }) => [name, x, y]), [["web", [1, 9], [0, 2]]]);
});

test("points that the chart already holds are left out", () => {
  const [web] = appendPoints([line("web", [1, 2], [5, 6])], { x: [2, 3], series: { web: [6, 7] } }, 9);
  assert.deepEqual([web.x, web.y], [[1, 2, 3], [5, 6, 7]]);
});

test("the table twin holds the last value of lines and every bar", () => {
  assert.deepEqual(latestValues([line("web", [1, 2, 3], [5, 6.123, null])]), [["web", 6.12]]);
  const bars = { type: "bar", name: "expected", x: ["blue", "green"], y: [70, 30] };
  assert.deepEqual(latestValues([bars]), [["expected, blue", 70], ["expected, green", 30]]);
});
