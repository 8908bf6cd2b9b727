// The arithmetic of the A/B slider: pure functions on lists of weights (integers 0–256).
// Behaviour of OpenShift 3's slider (opening changes nothing, the first move makes the sum 100),
// carried on to three and four services: a thumb moves weight between its two neighbours only.

export const MAX_WEIGHT = 256;

export const sum = (weights) => weights.reduce((total, weight) => total + weight, 0);

/** Each weight's share in percent (not rounded); all null when nothing has weight. */
export function shares(weights) {
  const total = sum(weights);
  return weights.map((weight) => (total ? (100 * weight) / total : null));
}

/** A share as the label shows it: one decimal, none when it is whole ("66.7 %", "70 %"). */
export function percentText(share) {
  if (share === null) return "";
  return `${Number(share.toFixed(1))} %`;
}

/** Thumb positions in percent from the left: after each service but the last. */
export function boundaries(weights) {
  const positions = [];
  let position = 0;
  for (const share of shares(weights).slice(0, -1)) {
    position += share ?? 100 / weights.length;
    positions.push(position);
  }
  return positions;
}

/** The same split as integers with sum 100: largest remainders get the missing units. */
export function normalise(weights) {
  const total = sum(weights);
  if (total === 100) return [...weights];
  const exact = total ? shares(weights) : weights.map(() => 100 / weights.length);
  const floors = exact.map(Math.floor);
  const order = exact
    .map((value, index) => ({ index, rest: value - floors[index] }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  const missing = 100 - sum(floors);
  for (const { index } of order.slice(0, missing)) floors[index] += 1;
  return floors;
}

/** Thumb `index` put at `percent` of the track: its two neighbours share anew, the others stay. */
export function moveThumb(weights, index, percent) {
  const next = normalise(weights);
  const before = sum(next.slice(0, index));
  const pair = next[index] + next[index + 1];
  next[index] = Math.min(pair, Math.max(0, Math.round(percent - before)));
  next[index + 1] = pair - next[index];
  return next;
}

/** The weights after a key on thumb `index`; null when the key means nothing to a slider. */
export function pressKey(weights, index, key) {
  const steps = {
    ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10,
    Home: -100, End: 100,
  };
  if (!(key in steps)) return null;
  const now = normalise(weights);
  return moveThumb(now, index, sum(now.slice(0, index + 1)) + steps[key]);
}

/** What a screen reader says for a thumb: "web-blue 70 %, web-green 30 %". */
export function valueText(names, weights) {
  return shares(weights)
    .map((share, index) => `${names[index]} ${percentText(share ?? 0)}`)
    .join(", ");
}

/** A number box's text as a weight, or null when it is not a whole number from 0 to 256. */
export function parseWeight(text) {
  if (!/^\s*\d{1,3}\s*$/.test(text)) return null;
  const weight = Number(text);
  return weight <= MAX_WEIGHT ? weight : null;
}
