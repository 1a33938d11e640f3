/**
 * Where values lie and how they scatter.
 * @returns the median, and a standard deviation from the lower quartile, which outliers on the far side do not stretch
 */
export function spread(values: Float64Array): { middle: number; deviation: number } {
  const rising = values.toSorted();
  const middle = rising[rising.length >> 1] ?? 0;
  return { middle, deviation: (middle - (rising[rising.length >> 2] ?? 0)) / NORMAL_QUARTILE };
}

/** Of a normal distribution the quartiles lie so many standard deviations from its middle. */
const NORMAL_QUARTILE = 0.6745;
