import { readFileSync, writeFileSync } from 'node:fs';
import type { Rectangle } from 'electron';
import { z } from 'zod';

const stateSchema = z.strictObject({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
});

/** Where the window stood when it was last closed. In device-independent pixels. */
export type WindowState = z.infer<typeof stateSchema>;

export const SMALLEST = { width: 960, height: 640 };
const USUAL = { width: 1360, height: 900 };
/** So much of the title bar must be within reach. */
const GRIP = { width: 120, height: 40 };

/**
 * Where to put the window: as it was, if a display is still there to show it, else in the middle.
 * @param remembered whatever was in the file
 * @param displays work areas, the primary one first
 */
export function windowBounds(
  remembered: unknown,
  displays: readonly Rectangle[],
): { bounds: Partial<Rectangle> & { width: number; height: number }; maximized: boolean } {
  const parsed = stateSchema.safeParse(remembered);
  const state = parsed.success ? parsed.data : null;
  const home = state && displays.find((area) => isWithinReach(state, area));
  const area = home ?? displays[0];
  const fit = (wanted: number, smallest: number, room: number) => Math.max(smallest, Math.min(wanted, room));
  const size = {
    width: fit(state?.width ?? USUAL.width, SMALLEST.width, area?.width ?? USUAL.width),
    height: fit(state?.height ?? USUAL.height, SMALLEST.height, area?.height ?? USUAL.height),
  };
  const place = state && home ? { x: state.x, y: state.y } : {};
  return { bounds: { ...place, ...size }, maximized: state?.maximized ?? false };
}

function isWithinReach(state: WindowState, area: Rectangle): boolean {
  const overlap = Math.min(state.x + state.width, area.x + area.width) - Math.max(state.x, area.x);
  const top = state.y >= area.y && state.y + GRIP.height <= area.y + area.height;
  return overlap >= GRIP.width && top;
}

/** @returns what was written, or null when there is nothing that could be read */
export function readWindowState(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Remembering is a courtesy: a failure is not worth a word. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  } catch {
    // The window opens in its usual place next time.
  }
}
