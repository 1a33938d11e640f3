import type { Trigger } from './trigger.ts';

/**
 * What the trigger does to a mid-grey image, as bytes. The change is strengthened until the largest one is full
 * black or white, since triggers that work may be too faint to see.
 */
export function pictureOf({ cover, shift }: Trigger): Uint8Array {
  const change = shift.map((value, p) => value - cover[p]! * 0.5);
  const largest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const strength = largest > 0 ? 0.5 / largest : 0;
  return Uint8Array.from(change, (value) => Math.round(255 * (0.5 + strength * value)));
}

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
