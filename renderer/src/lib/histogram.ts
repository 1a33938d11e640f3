import { scaleLinear, scaleLog } from 'd3-scale';
import type { LossHistogram } from '../../../shared/contract/api.ts';

export interface Bar {
  x: number;
  width: number;
  /** Heights in pixels from the base line. */
  all: number;
  isolated: number;
  poisoned: number;
  from: number;
  to: number;
  counts: { all: number; isolated: number; poisoned: number | null };
}

export interface HistogramLayout {
  bars: Bar[];
  threshold: number;
  ticks: { x: number; label: string }[];
  counts: { y: number; value: number }[];
}

/** Where each bar, tick and the threshold stand in a field of width x height pixels; the loss axis is logarithmic. */
export function layoutHistogram(histogram: LossHistogram, width: number, height: number): HistogramLayout {
  const { edges, all, isolated, poisoned } = histogram;
  const positive = edges.find((edge) => edge > 0) ?? 1e-6;
  // The first edge may be 0, which a logarithm does not have: half of the next one stands for it.
  const low = edges[0]! > 0 ? edges[0]! : positive / 2;
  const x = scaleLog()
    .domain([low, edges.at(-1)!])
    .range([0, width])
    .clamp(true);
  const y = scaleLinear()
    .domain([0, Math.max(1, ...all)])
    .range([0, height])
    .nice();
  const bars = all.map((value, i): Bar => {
    const [left, right] = [x(Math.max(low, edges[i]!)), x(Math.max(low, edges[i + 1]!))];
    return {
      x: left,
      width: Math.max(0.5, right - left),
      all: y(value),
      isolated: y(isolated[i] ?? 0),
      poisoned: y(poisoned?.[i] ?? 0),
      from: edges[i]!,
      to: edges[i + 1]!,
      counts: { all: value, isolated: isolated[i] ?? 0, poisoned: poisoned?.[i] ?? null },
    };
  });
  const decades = [];
  for (let power = Math.ceil(Math.log10(low)); 10 ** power <= edges.at(-1)!; power++) decades.push(power);
  const step = Math.max(1, Math.ceil(decades.length / 8));
  return {
    bars,
    threshold: x(Math.max(low, histogram.threshold)),
    ticks: decades
      .filter((power) => power % step === 0)
      .map((power) => ({
        x: x(10 ** power),
        label: power >= -3 && power <= 3 ? String(10 ** power) : `1e${power}`,
      })),
    counts: y.ticks(4).map((value) => ({ y: y(value), value })),
  };
}
