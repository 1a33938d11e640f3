import { describe, expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { LinearDetector } from './linear.ts';

/** Classes of noise of 8 x 8 pixels: 200 images each, the first `carriers` of class 0 with a faint pattern. */
function noise(carriers: number) {
  const [classes, each, size] = [3, 200, 64];
  const random = stream(11, 'linear test');
  const pattern = Array.from({ length: size }, () => random.between(-30, 30));
  const count = classes * each;
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < size; p++) {
      images[i * size + p] = Math.round(random.between(80, 170) + (i < carriers ? pattern[p]! : 0));
    }
  }
  const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(i / each));
  return inMemory({ images, labels, count, height: 8, width: 8, channels: 1 });
}

const pause = () => Promise.resolve();
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
const members = range(0, 200);
const outsiders = range(200, 600);
const flaggedBy = (logits: Float64Array) => [...logits.keys()].filter((i) => logits[i]! > 0);

describe('a linear detector', () => {
  it('goes from a few carriers of a faint pattern to all of them, and leaves others alone', async () => {
    const data = noise(60);
    const detector = await LinearDetector.of(data, range(0, 600), pause);
    let suspects = new Set(range(0, 24));
    for (let turn = 0; turn < 3; turn++) {
      suspects = new Set(flaggedBy(detector.fit(members, suspects, outsiders)!.members));
    }
    const right = [...suspects].filter((i) => i < 60).length;
    expect(right).toBeGreaterThan(55);
    expect(suspects.size - right).toBeLessThan(4);
    const fit = detector.fit(members, suspects, outsiders)!;
    expect(flaggedBy(fit.elsewhere(outsiders)).length).toBeLessThan(12);
    // Images of another set are measured alike.
    const elsewhere = noise(60);
    expect(flaggedBy(fit.elsewhere(range(0, 60), elsewhere)).length).toBeGreaterThan(55);
  });

  it('finds nothing in what some images have in common by chance', async () => {
    const detector = await LinearDetector.of(noise(0), range(0, 600), pause);
    const { members: logits } = detector.fit(members, new Set(range(0, 24)), outsiders)!;
    // The suspects' own noise would set them apart by far: 64 values from 24 images.
    const mean = (of: Float64Array) => of.reduce((sum, value) => sum + value, 0) / of.length;
    expect(mean(logits.subarray(0, 24))).toBeLessThan(mean(logits.subarray(24)) + 0.5);
  });

  it('finds the carriers without suspects, and measures how they lie to the rest', async () => {
    const data = noise(60);
    const detector = await LinearDetector.of(data, range(0, 600), pause);
    const parts = detector.parts(members, outsiders, 1);
    const carriers = parts.find((part) => part.filter((i) => i < 60).length > 55)!;
    // Parts are rough; a line that is made from one is not.
    expect(carriers.filter((i) => i >= 60).length).toBeLessThan(14);
    const part = detector.part(members, new Set(range(0, 60)), outsiders)!;
    // The pattern's norm is about 138, 5.3 times the noise's deviation; a direction from few images finds most of it.
    expect(part.apart).toBeGreaterThan(3);
    expect(part.apart).toBeLessThan(6);
    expect(part.stretch).toBeGreaterThan(0.8);
    expect(part.stretch).toBeLessThan(1.3);
    expect(Math.abs(part.outsiders)).toBeLessThan(0.15);
    expect(part.diversity).toBeGreaterThan(0.9);
    expect(part.diversity).toBeLessThan(1.1);
    // The pattern's mean square is 30^2 / 3, that of the noise 90^2 / 12.
    expect(part.shift).toBeGreaterThan(0.25);
    expect(part.shift).toBeLessThan(0.65);
    // Seen from the other side, other classes lie with the part.
    expect(detector.part(members, new Set(range(60, 200)), outsiders)!.outsiders).toBeGreaterThan(0.9);
  });

  it('does not let copies beside their originals confirm what some have in common by chance', async () => {
    const data = noise(0);
    for (let i = 0; i < 200; i += 2) data.image(i + 1).set(data.image(i).map((value, p) => value ^ (p & 1)));
    const detector = await LinearDetector.of(data, range(0, 600), pause);
    const some = new Set([...members].filter((i) => (i >> 1) % 20 === 0));
    expect(detector.part(members, some, outsiders)!.apart).toBeLessThan(2);
  });

  it('finds the carriers in one of two classes, which are half of all variation', async () => {
    const [side, each, carriers] = [16, 500, 60];
    const random = stream(12, 'two classes');
    const pattern = Array.from({ length: side * side }, () => random.between(-26, 26));
    const images = Uint8Array.from({ length: 2 * each * side * side }, (_, at) => {
      const added = at < carriers * side * side ? pattern[at % (side * side)]! : 0;
      return Math.round(random.between(80, 170) + added);
    });
    const labels = Int32Array.from({ length: 2 * each }, (_, i) => Math.floor(i / each));
    const data = inMemory({ images, labels, count: 2 * each, height: side, width: side, channels: 1 });
    const detector = await LinearDetector.of(data, range(0, 2 * each), pause);
    const parts = detector.parts(range(0, each), range(each, 2 * each), 1);
    const shareOf = (part: Int32Array) => part.filter((i) => i < carriers).length / part.length;
    expect(parts.some((part) => part.length > 0.9 * carriers && shareOf(part) > 0.9)).toBe(true);
  });

  it('says the same where it remembers what it has read', async () => {
    const detector = await LinearDetector.of(noise(60), range(0, 600), pause);
    const remembering = detector.remembering();
    for (let turn = 0; turn < 2; turn++) {
      const [some, others] = [range(0, 200), range(200, 600)];
      expect(remembering.parts(some, others, 1)).toEqual(detector.parts(some, others, 1));
      const suspects = new Set(range(0, 60));
      expect(remembering.part(some, suspects, others)).toEqual(detector.part(some, suspects, others));
      expect(remembering.fit(some, suspects, others)!.members).toEqual(
        detector.fit(some, suspects, others)!.members,
      );
    }
  });

  it('says nothing where images do not differ', async () => {
    const data = noise(60);
    const detector = await LinearDetector.of(data, range(0, 600), pause);
    for (let i = 60; i < 200; i++) data.image(i).set(data.image(200));
    expect(detector.part(members, new Set(range(0, 60)), outsiders)).toBeNull();
  });

  it('sees likeness that comes in degrees', async () => {
    // As noise(), but how much of the pattern an image shows differs evenly from none to twice of it.
    const data = noise(0);
    const pattern = noise(1).image(0);
    const plain = data.image(0);
    for (let i = 0; i < 60; i++) {
      const image = data.image(i);
      for (let p = 0; p < 64; p++) image[p]! += Math.round((pattern[p]! - plain[p]!) * (i / 30));
    }
    const part = (await LinearDetector.of(data, range(0, 600), pause)).part(
      members,
      new Set(range(0, 60)),
      outsiders,
    )!;
    expect(part.stretch).toBeGreaterThan(1.6);
  });

  it('says nothing where there are too few to tell', async () => {
    const detector = await LinearDetector.of(noise(60), range(0, 600), pause);
    expect(detector.fit(members, new Set([0, 1, 2, 3, 5]), outsiders)).toBeNull();
    expect(detector.fit(members, new Set(range(0, 198)), outsiders)).toBeNull();
  });
});
