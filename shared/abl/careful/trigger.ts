import type { Images } from '../../contract/dataset.ts';

/**
 * A reconstructed trigger: the change x -> x + strength * (shift - cover * x) of pixel values in 0..1, clipped.
 * cover 1 overwrites a value with `shift` (a patch), cover 0 adds `shift` (a blended pattern).
 */
export interface Trigger {
  /** height x width x channels, 0..1. */
  cover: Float32Array;
  /** height x width x channels, in units of full brightness. */
  shift: Float32Array;
}

/** The bytes of `image` with the trigger pasted, written to `target` at `to`. */
export function pasteOne(
  target: Uint8ClampedArray,
  to: number,
  image: Uint8Array,
  { cover, shift }: Trigger,
  strength = 1,
): void {
  for (let p = 0; p < cover.length; p++) {
    const x = image[p]!;
    // A clamped array rounds half to even and clips to 0..255.
    target[to + p] = x + strength * (shift[p]! * 255 - cover[p]! * x);
  }
}

/** The trigger at a part of its strength. */
export function weakened({ cover, shift }: Trigger, strength: number): Trigger {
  return { cover: cover.map((c) => c * strength), shift: shift.map((s) => s * strength) };
}

/** Root mean square change that the trigger makes to these images, 0..1. */
export function changeBy(trigger: Trigger, data: Images, indices: Int32Array): number {
  const size = trigger.cover.length;
  let sum = 0;
  for (const index of indices) {
    const image = data.image(index);
    for (let p = 0; p < size; p++) {
      const x = image[p]! / 255;
      const changed = x + trigger.shift[p]! - trigger.cover[p]! * x;
      const d = (changed < 0 ? 0 : changed > 1 ? 1 : changed) - x;
      sum += d * d;
    }
  }
  return Math.sqrt(sum / (indices.length * size));
}

/**
 * The trigger, weakened until it changes these images by no more than `limit` (rms), and its change. Without a limit the
 * mean of any class, pasted over everything, turns everything into that class.
 */
export function limited(
  trigger: Trigger,
  limit: number,
  data: Images,
  indices: Int32Array,
): { trigger: Trigger; change: number } {
  let strength = 1;
  let result = trigger;
  let change = changeBy(result, data, indices);
  for (let attempt = 0; attempt < 4 && change > limit * 1.02; attempt++) {
    strength *= limit / change;
    result = weakened(trigger, strength);
    change = changeBy(result, data, indices);
  }
  return { trigger: result, change };
}

/** Root mean square distance between neighbours in a random order: how much two images differ by nature. */
export function naturalDistance(data: Images, indices: Int32Array): number {
  const size = data.height * data.width * data.channels;
  let sum = 0;
  const before = data.image(indices[0]!).slice();
  for (let i = 1; i <= indices.length; i++) {
    const image = data.image(indices[i % indices.length]!);
    for (let p = 0; p < size; p++) {
      const d = (before[p]! - image[p]!) / 255;
      sum += d * d;
    }
    before.set(image);
  }
  return Math.sqrt(sum / (indices.length * size));
}
