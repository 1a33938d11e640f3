import { percentText } from './item.ts';
import type { Spread, SweepRow, SweepTable } from './table.ts';

/** Okabe and Ito's colours, which the colour-blind tell apart; more methods than colours start over. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#f0e442', '#000000'];
const PANEL = { height: 220, gap: 70 };
const MARGIN = { left: 90, right: 16, top: 92, bottom: 96 };
const NARROWEST = 520;
const BAR = 14;
const GROUP_GAP = 18;

/** What a chart is drawn on. */
export interface ChartGround {
  background: string;
  ink: string;
  /** Axis labels, whiskers, and what is missing. */
  faint: string;
  whisker: string;
  grid: string;
}

export const PAPER: ChartGround = {
  background: '#ffffff',
  ink: '#000000',
  faint: '#555555',
  whisker: '#222222',
  grid: '#d0d0d0',
};
export const DARK: ChartGround = {
  background: '#1a1f1e',
  ink: '#e8ebe7',
  faint: '#a6afaa',
  whisker: '#e8ebe7',
  grid: '#3a4341',
};

/**
 * Two panels of grouped bars, ASR above CA: one group per row of the table, one bar per method, whiskers of one
 * standard deviation. A self-contained SVG document.
 */
export function chartSvg(table: SweepTable, ground = PAPER): string {
  const { methods, rows } = table;
  const group = methods.length * BAR + GROUP_GAP;
  const legend = methods.reduce((sum, label) => sum + 30 + label.length * 7, 0);
  const width = Math.max(NARROWEST, MARGIN.left + MARGIN.right + Math.max(rows.length * group, legend));
  /** Groups share the width; each stands in the middle of its part. */
  const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, rows.length);
  const height = MARGIN.top + 2 * PANEL.height + PANEL.gap + MARGIN.bottom;
  const panels = [
    { title: 'Attack success rate (ASR), %: lower is better', top: MARGIN.top, of: 'asr' as const },
    { title: 'Clean accuracy (CA), %', top: MARGIN.top + PANEL.height + PANEL.gap, of: 'ca' as const },
  ];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${ground.ink}">`,
    `<title>${escape(table.name)}</title>`,
    `<desc>${escape(description(table))}</desc>`,
    `<rect width="${width}" height="${height}" fill="${ground.background}"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="15" font-weight="600">${escape(table.name)}</text>`,
    ...legendOf(methods, ground),
    ...panels.flatMap((panel) => panelOf(table, panel, width, step, ground)),
    ...rows.map((row, i) => rowLabel(row, MARGIN.left + (i + 0.5) * step, height)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function legendOf(methods: string[], ground: ChartGround): string[] {
  let x = MARGIN.left;
  return methods.map((label, i) => {
    const at = x;
    x += 30 + label.length * 7;
    return `<g><rect x="${at}" y="34" width="12" height="12" fill="${colour(i, ground)}"/><text x="${at + 17}" y="44">${escape(label)}</text></g>`;
  });
}

function panelOf(
  { rows }: SweepTable,
  { title, top, of }: { title: string; top: number; of: 'asr' | 'ca' },
  width: number,
  step: number,
  ground: ChartGround,
): string[] {
  const y = (share: number) => round(top + PANEL.height * (1 - Math.max(0, Math.min(1, share))));
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${y(share)}" y2="${y(share)}" stroke="${ground.grid}"/>` +
      `<text x="${MARGIN.left - 8}" y="${y(share) + 4}" text-anchor="end" fill="${ground.faint}">${share * 100}</text>`,
  );
  const bars = rows.flatMap((row, i) =>
    row.cells.map((cell, k) => {
      const x = round(MARGIN.left + (i + 0.5) * step + (k - row.cells.length / 2) * BAR);
      return barOf(cell[of], x, y, colour(k, ground), ground);
    }),
  );
  return [`<text x="${MARGIN.left}" y="${top - 8}" font-weight="600">${title}</text>`, ...grid, ...bars];
}

/** A run that is not there has a small cross in place of its bar, so that it cannot be taken for nought. */
function barOf(
  spread: Spread | null,
  x: number,
  y: (share: number) => number,
  fill: string,
  ground: ChartGround,
): string {
  const middle = x + (BAR - 2) / 2;
  if (!spread) {
    return `<text x="${middle}" y="${y(0) - 3}" text-anchor="middle" fill="${ground.faint}">×</text>`;
  }
  const { mean, sd } = spread;
  const bar = `<rect x="${x}" y="${y(mean)}" width="${BAR - 2}" height="${round(y(0) - y(mean))}" fill="${fill}"/>`;
  if (sd === null) return bar;
  const [low, high] = [y(mean - sd), y(mean + sd)];
  return `${bar}<path d="M${middle} ${low}V${high}M${middle - 3} ${low}h6M${middle - 3} ${high}h6" stroke="${ground.whisker}" fill="none"/>`;
}

function rowLabel(row: SweepRow, x: number, height: number): string {
  const y = height - MARGIN.bottom + 14;
  const text = row.rate === null ? row.attack : `${row.attack} ${percentText(row.rate)}`;
  return `<text x="${round(x)}" y="${y}" text-anchor="end" transform="rotate(-35 ${round(x)} ${y})">${escape(text)}</text>`;
}

function description({ rows, methods }: SweepTable): string {
  const say = (spread: Spread | null) => (spread ? `${(spread.mean * 100).toFixed(1)} %` : 'not known');
  return rows
    .map((row) => {
      const figures = row.cells.map((c, i) => `${methods[i]}: ASR ${say(c.asr)}, CA ${say(c.ca)}`);
      return `${row.attack}: ${figures.join('; ')}.`;
    })
    .join(' ');
}

/** The last one is black, which is the ink of paper. */
function colour(index: number, ground: ChartGround): string {
  const chosen = COLOURS[index % COLOURS.length]!;
  return chosen === PAPER.ink ? ground.ink : chosen;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
