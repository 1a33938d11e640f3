import type { LossHistogram } from '../../../shared/contract/api.ts';
import type { EpochMetrics, MethodName } from '../../../shared/contract/results.ts';
import { html, type Markup } from './html.ts';

const SIZE = { width: 660, height: 190, left: 44, right: 8, top: 8, bottom: 34 };
const INNER = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom };

const x = (share: number) => (SIZE.left + share * INNER.width).toFixed(1);
const y = (share: number) => (SIZE.top + (1 - share) * INNER.height).toFixed(1);

function frame(
  title: string,
  ticks: { at: number; text: string }[],
  below: Markup[],
  body: Markup[],
): Markup {
  const lines = ticks.map(
    ({ at, text }) =>
      html`<line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(at)}" y2="${y(at)}" /><text
          class="tick"
          x="${SIZE.left - 6}"
          y="${y(at)}"
          dy="4"
          text-anchor="end"
          >${text}</text
        >`,
  );
  return html`<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${title}">
    ${lines}${body}${below}
  </svg>`;
}

function label(at: number, text: string, line = 1): Markup {
  const anchor = at < 0.02 ? 'start' : at > 0.98 ? 'end' : 'middle';
  return html`<text
    class="tick"
    x="${x(at)}"
    y="${SIZE.height - SIZE.bottom + 3 + 13 * line}"
    text-anchor="${anchor}"
    >${text}</text
  >`;
}

/** How many training images have which loss, with those that were isolated. Both axes are logarithmic. */
export function histogramChart(histogram: LossHistogram): Markup {
  const { edges, all, isolated } = histogram;
  const top = Math.max(1, Math.log10(Math.max(...all, 10)));
  const share = (count: number) =>
    count === 0 ? 0 : Math.max(0.012, Math.log10(1 + count) / Math.log10(1 + 10 ** top));
  const bar = (from: number, count: number, kind: string) => {
    const h = share(count) * INNER.height;
    return html`<rect
      class="${kind}"
      x="${x(from / all.length)}"
      y="${(SIZE.top + INNER.height - h).toFixed(1)}"
      width="${(INNER.width / all.length - 1).toFixed(1)}"
      height="${h.toFixed(1)}"
    />`;
  };
  const bars = all.flatMap((count, i) => [
    ...(count > 0 ? [bar(i, count, 'all')] : []),
    ...(isolated[i]! > 0 ? [bar(i, isolated[i]!, 'isolated')] : []),
  ]);
  const decades: Markup[] = [];
  const [low, high] = [edges[0]!, edges.at(-1)!];
  for (let power = Math.ceil(Math.log10(low)); 10 ** power <= high; power++) {
    decades.push(
      label(Math.log(10 ** power / low) / Math.log(high / low), String(Number((10 ** power).toPrecision(1)))),
    );
  }
  const ticks = [];
  for (let power = 0; power <= top; power++)
    ticks.push({ at: share(10 ** power), text: String(10 ** power) });
  const axis = label(0.5, 'Loss after isolation, in nats (logarithmic)', 2);
  return frame('Histogram of the losses of all training images', ticks, [...decades, axis], bars);
}

/** One figure over all epochs, a line for each model. */
export function epochChart(
  title: string,
  epochs: readonly EpochMetrics[],
  value: (epoch: EpochMetrics) => number | null,
  unit: 'share' | 'nats',
): Markup | null {
  const methods = [...new Set(epochs.map(({ method }) => method))];
  const lines = methods.map((method) => ({
    method,
    values: epochs.filter((one) => one.method === method).map(value),
  }));
  const known = lines.flatMap(({ values }) => values.filter((one) => one !== null && Number.isFinite(one)));
  const longest = Math.max(0, ...lines.map(({ values }) => values.length));
  if (known.length < 2 || longest < 2) return null;
  const top = unit === 'share' ? 1 : Math.max(0.1, ...(known as number[]));
  const path = (values: (number | null)[]) =>
    values
      .map((one, i) =>
        one === null || !Number.isFinite(one) ? null : `${x(i / (longest - 1))},${y(Math.min(1, one / top))}`,
      )
      .filter((point) => point !== null)
      .join(' ');
  const drawn = lines.map(
    ({ method, values }) => html`<polyline class="line ${method}" points="${path(values)}" />`,
  );
  const ticks = [0, 0.5, 1].map((at) => ({
    at,
    text: unit === 'share' ? `${at * 100} %` : Number((at * top).toPrecision(2)).toString(),
  }));
  const below = [
    label(0, '1'),
    label(1, String(longest)),
    label(0.5, 'Epoch, over all stages of the model', 2),
  ];
  return frame(`${title}, by epoch`, ticks, below, drawn);
}

/** What the lines' colours mean. */
export function legend(methods: readonly MethodName[], titles: Record<MethodName, string>): Markup {
  return html`<p class="legend">
    ${methods.map(
      (method) =>
        html`<span
          ><svg class="key" viewBox="0 0 24 8" aria-hidden="true">
            <line class="line ${method}" x1="0" x2="24" y1="4" y2="4" /></svg
          >${titles[method]}</span
        >`,
    )}
  </p>`;
}
