import { wilson } from '../../../shared/metrics/interval.ts';

/** Verdicts of one kind on one half of the cases. */
export interface Point {
  label: string;
  kind: 'poisoned' | 'no-evidence';
  /** Confidence from the other cases, 0..1. */
  stated: number;
  right: number;
  of: number;
}

const [SIDE, LEFT, TOP] = [320, 60, 20];
const COLOUR = { poisoned: '#b3261e', 'no-evidence': '#1f6f43' };

/** Stated confidence against the share of right verdicts with its 95 % interval, as SVG. */
export function reliabilityDiagram(points: Point[]): string {
  const x = (share: number) => (LEFT + share * SIDE).toFixed(1);
  const y = (share: number) => (TOP + (1 - share) * SIDE).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<path d="M${x(0)} ${y(share)}H${x(1)}M${x(share)} ${y(0)}V${y(1)}" stroke="#ddd"/>`,
    `<text x="${LEFT - 8}" y="${y(share)}" text-anchor="end" dominant-baseline="middle">${100 * share} %</text>`,
    `<text x="${x(share)}" y="${TOP + SIDE + 18}" text-anchor="middle">${100 * share} %</text>`,
  ]);
  const marks = points.map(({ label, kind, stated, right, of }) => {
    const { low, high } = wilson(right, of);
    const name = `${kind === 'poisoned' ? 'poisoned' : 'no evidence'}, ${label}: ${right} of ${of} right`;
    return (
      `<g fill="${COLOUR[kind]}" stroke="${COLOUR[kind]}"><title>${name}</title>` +
      `<path d="M${x(stated)} ${y(low)}V${y(high)}" stroke-width="1.5"/>` +
      `<circle cx="${x(stated)}" cy="${y(right / of)}" r="4"/></g>`
    );
  });
  const key = points.map(({ label, kind, stated, right, of }, i) => {
    const text = `${kind === 'poisoned' ? '“poisoned”' : '“no evidence”'}, ${label}: stated ${stated.toFixed(2)}, ${right} of ${of} right`;
    const at = TOP + 12 + 20 * i;
    return `<circle cx="${LEFT + SIDE + 24}" cy="${at - 4}" r="4" fill="${COLOUR[kind]}"/><text x="${LEFT + SIDE + 36}" y="${at}">${text}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="390" viewBox="0 0 760 390" font-family="sans-serif" font-size="12" fill="#222">`,
    '<title>Reliability of the careful method’s verdicts</title>',
    '<rect width="760" height="390" fill="#fff"/>',
    ...ticks,
    `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#888" stroke-dasharray="4 4"/>`,
    ...marks,
    ...key,
    `<text x="${x(0.5)}" y="${TOP + SIDE + 42}" text-anchor="middle">stated confidence</text>`,
    `<text transform="translate(14 ${y(0.5)}) rotate(-90)" text-anchor="middle">right</text>`,
    '</svg>\n',
  ].join('\n');
}
