// What happens to a chart's traces when points arrive: pure functions, no Plotly, no page.

/** A trace for a name seen for the first time: from the frame's own `traces`, else like the first. */
function newTrace(name, offered, like, x) {
  const given = offered.find((trace) => trace.name === name);
  const style = given ?? { ...like, name, line: undefined, marker: undefined };
  return { ...style, name, x: [...x], y: x.map(() => null) };
}

/** The points later than what the chart holds: after a reload the first frame may overlap. */
function afterLast(traces, { x = [], series = {} }) {
  const last = Math.max(...traces.map((trace) => trace.x?.at(-1) ?? -Infinity), -Infinity);
  const skip = x.filter((time) => time <= last).length;
  const cut = Object.entries(series).map(([name, ys]) => [name, ys.slice(skip)]);
  return { x: x.slice(skip), series: Object.fromEntries(cut) };
}

/**
 * Traces with new points at their end, at most `keep` each. `points` is {x, series: {name: ys}, reset,
 * traces}. All traces share their x, so a series that is missing in a frame gets gaps.
 */
export function appendPoints(traces, points, keep, like = {}) {
  const { reset = false, traces: offered = [] } = points;
  const { x, series } = reset ? points : afterLast(traces, points);
  const known = reset ? traces.map((trace) => ({ ...trace, x: [], y: [] })) : traces;
  const past = known.reduce((longest, trace) => (trace.x?.length > longest.length ? trace.x : longest), []);
  const names = known.map((trace) => trace.name);
  const fresh = Object.keys(series).filter((name) => !names.includes(name));
  const all = [...known, ...fresh.map((name) => newTrace(name, offered, like, past))];
  return all
    .filter((trace) => !reset || trace.name in series)
    .map((trace) => {
      const ys = series[trace.name] ?? x.map(() => null);
      return { ...trace, x: [...(trace.x ?? []), ...x].slice(-keep), y: [...(trace.y ?? []), ...ys].slice(-keep) };
    })
    .filter((trace) => trace.name in series || trace.y.some((value) => value !== null));
}

/** [label, last value] of each line, and of each bar, rounded for reading. */
export function latestValues(traces) {
  const round = (value) => (typeof value === "number" ? Number(value.toFixed(2)) : value);
  return traces.flatMap((trace) => {
    if (trace.type === "bar") {
      const [labels, values] = trace.orientation === "h" ? [trace.y, trace.x] : [trace.x, trace.y];
      return (values ?? []).map((value, i) => [`${trace.name ? `${trace.name}, ` : ""}${labels[i]}`, round(value)]);
    }
    const last = (trace.y ?? []).filter((value) => value !== null).at(-1);
    return last === undefined ? [] : [[trace.name ?? "", round(last)]];
  });
}
