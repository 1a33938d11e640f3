/** Scores this close to 0 or 1 count as that: a detector's last certainty means nothing. */
const EXTREME = 1e-5;
/** Added to variances, so that no side shrinks to a point. */
const LEAST_VARIANCE = 0.25;
const TURNS = 60;

/**
 * The score from which on an image is rather one of the upper kind: two normal distributions of the scores' logits,
 * fitted by expectation maximisation. Between two kinds of images in one class the scores of other classes' images
 * cannot tell as well where to cut, because a trigger is never reconstructed without some of its class's own look.
 * @param scores 0..1
 * @param start which scores count as upper to begin with: those above it
 * @returns the middle between the lowest upper score and the one below it; null where one side is empty
 */
export function equallyLikely(scores: Float32Array, start: number): number | null {
  const x = Float64Array.from(scores, logit);
  const upper = Float64Array.from(scores, (score) => (score > start ? 1 : 0));
  for (let turn = 0; turn < TURNS; turn++) {
    const high = normal(x, upper);
    const low = normal(
      x,
      upper.map((weight) => 1 - weight),
    );
    if (high.weight === 0 || low.weight === 0) return null;
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      // A wide distribution is the likelier on both sides of a narrow one; kinds do not interleave.
      if (value >= high.mean || value <= low.mean) upper[i] = value >= high.mean ? 1 : 0;
      else upper[i] = 1 / (1 + Math.exp(low.logDensity(value) - high.logDensity(value)));
    }
  }
  const lowest = scores.reduce((least, score, i) => (upper[i]! > 0.5 ? Math.min(least, score) : least), 1);
  const highest = scores.reduce((most, score, i) => (upper[i]! > 0.5 ? most : Math.max(most, score)), 0);
  return (lowest + highest) / 2;
}

function logit(score: number): number {
  const s = Math.min(1 - EXTREME, Math.max(EXTREME, score));
  return Math.log(s / (1 - s));
}

/** A weighted normal distribution through weighted points. */
function normal(x: Float64Array, weights: Float64Array) {
  let weight = 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    weight += weights[i]!;
    sum += weights[i]! * x[i]!;
  }
  const mean = sum / weight;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += weights[i]! * (x[i]! - mean) ** 2;
  const variance = squares / weight + LEAST_VARIANCE;
  const constant = Math.log(weight) - Math.log(variance) / 2;
  const logDensity = (value: number) => constant - (value - mean) ** 2 / (2 * variance);
  return { weight, mean, logDensity };
}
