import type { Random } from '../random.ts';
import type { Distance } from './distance.ts';

/** Red, green, blue, 0..255. */
export type Colour = readonly [number, number, number];

/** Where a shape's own coordinates (unit: its radius) lie in the image. */
export interface Placement {
  /** Centre in pixels. */
  x: number;
  y: number;
  /** Pixels per unit, along the shape's own axes. */
  scaleX: number;
  scaleY: number;
  /** Radians, clockwise. */
  angle: number;
}

/** A square colour image of floating-point values that shapes are painted on. */
export class Canvas {
  readonly size: number;
  readonly values: Float32Array;

  constructor(size: number) {
    this.size = size;
    this.values = new Float32Array(size * size * 3);
  }

  /** Fills with a linear change from one colour to another. @param angle direction in radians */
  gradient(from: Colour, to: Colour, angle: number): void {
    const { size, values } = this;
    const gx = Math.cos(angle) / size;
    const gy = Math.sin(angle) / size;
    let at = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, at += 3) {
        const t = 0.5 + (x - size / 2) * gx + (y - size / 2) * gy;
        for (let c = 0; c < 3; c++) values[at + c] = from[c]! + (to[c]! - from[c]!) * t;
      }
    }
  }

  /**
   * Paints a shape with anti-aliased edges.
   * @param reach radius around the centre, in the shape's units, beyond which it does not extend
   */
  paint(shape: Distance, place: Placement, colour: Colour, opacity: number, reach: number): void {
    const { size, values } = this;
    const cos = Math.cos(place.angle);
    const sin = Math.sin(place.angle);
    const scale = Math.min(place.scaleX, place.scaleY);
    const far = reach * Math.max(place.scaleX, place.scaleY) + 1;
    const left = Math.max(0, Math.floor(place.x - far));
    const right = Math.min(size, Math.ceil(place.x + far));
    const top = Math.max(0, Math.floor(place.y - far));
    const bottom = Math.min(size, Math.ceil(place.y + far));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const dx = x + 0.5 - place.x;
        const dy = y + 0.5 - place.y;
        const distance = shape((cos * dx + sin * dy) / place.scaleX, (cos * dy - sin * dx) / place.scaleY);
        const cover = Math.max(0, Math.min(1, 0.5 - distance * scale)) * opacity;
        if (cover === 0) continue;
        const at = (y * size + x) * 3;
        for (let c = 0; c < 3; c++) values[at + c]! += cover * (colour[c]! - values[at + c]!);
      }
    }
  }

  /** Multiplies by a gain that changes linearly over the image. @param change total change of the gain */
  light(gain: number, change: number, angle: number): void {
    const { size, values } = this;
    const gx = (change * Math.cos(angle)) / size;
    const gy = (change * Math.sin(angle)) / size;
    let at = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, at += 3) {
        const factor = gain + (x - size / 2) * gx + (y - size / 2) * gy;
        for (let c = 0; c < 3; c++) values[at + c]! *= factor;
      }
    }
  }

  /** Smooths along both axes with the weights (k, 1 - 2k, k). @param k 0 to 1/3 */
  blur(k: number): void {
    const { size, values } = this;
    const row = 3 * size;
    this.#smooth(k, 3, size, row, values);
    this.#smooth(k, row, size, 3, values);
  }

  #smooth(k: number, step: number, size: number, across: number, values: Float32Array): void {
    for (let line = 0; line < size; line++) {
      for (let c = 0; c < 3; c++) {
        const start = line * across + c;
        let before = values[start]!;
        let here = before;
        for (let i = 0; i < size; i++) {
          const at = start + i * step;
          const after = i + 1 < size ? values[at + step]! : here;
          values[at] = here + k * (before - 2 * here + after);
          before = here;
          here = after;
        }
      }
    }
  }

  /** Whole numbers 0..255 after adding noise of the given standard deviation (triangular: quick to draw). */
  pixels(noise: number, random: Random): Uint8Array {
    const { values } = this;
    const out = new Uint8Array(values.length);
    // The sum of two uniform 16-bit numbers, centred, has the standard deviation 65536 / sqrt(6).
    const scale = (noise * Math.sqrt(6)) / 65536;
    for (let i = 0; i < out.length; i++) {
      const bits = random.uint32();
      const offset = (bits & 0xffff) + (bits >>> 16) - 65535;
      out[i] = Math.max(0, Math.min(255, Math.round(values[i]! + scale * offset)));
    }
    return out;
  }
}
