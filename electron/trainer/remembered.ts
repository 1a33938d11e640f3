import { createHash } from 'node:crypto';
import { CAREFUL } from '../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../shared/abl/careful/thresholds.ts';

/** What the finished parts of an examination found, by name, as JSON: an interrupted one goes on behind them. */
export interface Remembered {
  /** Of the method's settings: what other settings found is of no use. */
  settings: string;
  parts: Record<string, unknown>;
}

export function nothingRemembered(): Remembered {
  const settings = createHash('sha256')
    .update(JSON.stringify([CAREFUL, THRESHOLDS]))
    .digest('hex');
  return { settings, parts: {} };
}

/** What is still of use of an earlier sitting's memory. */
export function stillValid(earlier: Remembered | null | undefined): Remembered {
  const fresh = nothingRemembered();
  return earlier?.settings === fresh.settings ? earlier : fresh;
}

const ARRAYS = { Float32Array, Int32Array, Uint8Array } as const;
/** Marks an object that stands for what JSON lacks. */
const KIND = '$kind';

/** Plain data with typed arrays, sets, maps and numbers that are not finite, as JSON values. */
export function encode(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { [KIND]: 'number', text: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name;
    if (!(kind in ARRAYS)) throw new TypeError(`cannot encode a ${kind}`);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { [KIND]: kind, base64: bytes.toString('base64') };
  }
  if (value instanceof Set) return { [KIND]: 'set', values: [...value].map(encode) };
  if (value instanceof Map) return { [KIND]: 'map', entries: [...value].map((entry) => entry.map(encode)) };
  if (Array.isArray(value)) return value.map(encode);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, encode(part)]));
}

/** Undoes `encode`. */
export function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const { [KIND]: kind, ...rest } = value as Record<string, unknown>;
  if (kind === undefined) {
    return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, decode(part)]));
  }
  if (kind === 'number') return Number(rest.text);
  if (kind === 'set') return new Set((rest.values as unknown[]).map(decode));
  if (kind === 'map')
    return new Map((rest.entries as [unknown, unknown][]).map(([k, v]) => [decode(k), decode(v)]));
  // A copy: a small Buffer lies somewhere in a pool, where its values need not be aligned.
  const { buffer } = Uint8Array.from(Buffer.from(rest.base64 as string, 'base64'));
  return new ARRAYS[kind as keyof typeof ARRAYS](buffer);
}
