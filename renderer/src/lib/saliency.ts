import type { MapOfSaliency } from '../../../shared/contract/api.ts';

/** Falls of probability below this say nothing. */
const NOTABLE = 0.02;

/** Where in the image an answer rests, for those who do not see the map. */
export function whereInWords({ rows, columns, values }: MapOfSaliency): string {
  const most = Math.max(...values);
  if (!(most >= NOTABLE)) return 'The answer rests on no single place.';
  const at = values.indexOf(most);
  const part = (place: number, of: number, names: [string, string, string]) =>
    names[Math.min(2, Math.floor((3 * (place + 0.5)) / of))]!;
  const vertical = part(Math.floor(at / columns), rows, ['upper', 'middle', 'lower']);
  const horizontal = part(at % columns, columns, ['left', 'centre', 'right']);
  return `The answer rests most on the ${vertical} ${horizontal}: without it, its probability falls by ${Math.round(100 * most)} points.`;
}
