import { describe, expect, it } from 'vitest';
import { decideGroup, type GroupFigures } from '../../../shared/abl/careful/decision.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { inMemory } from '../../../shared/images.ts';
import { inspectionNetwork, type CarefulInput } from './careful.ts';
import { checkInTurns, type Asked } from './check-turns.ts';
import type { Group } from './expansion.ts';

const [SIDE, CLASSES, OF_CLASS, MARKED] = [8, 4, 60, 20];
const MARK = 255;

/** An image's first value is its class, its second the mark that a third of each class has. */
function markedSet() {
  const count = CLASSES * OF_CLASS;
  const size = SIDE * SIDE;
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  // The rest makes them different images.
  const images = Uint8Array.from({ length: count * size }, (_, p) => (p % size) * Math.floor(p / size));
  labels.forEach((label, i) => {
    images[i * size] = label;
    images[i * size + 1] = i / CLASSES < MARKED ? MARK : 0;
  });
  return inMemory({ images, labels, count, height: SIDE, width: SIDE, channels: 1 });
}

/**
 * What networks make of a mark differs from run to run, so here it is said: the first does not know it and takes class 3 with it for
 * class 0. So does the second where `isTarget`.
 */
function scripted(trained: Int32Array[], isTarget: boolean) {
  const compile = (_: unknown, seed: number) => {
    const evaluate = async (images: Uint8Array, labels: Int32Array) => ({
      predicted: labels.map((_, i) => {
        const [content, mark] = [images[i * SIDE * SIDE]!, images[i * SIDE * SIDE + 1]!];
        const isAstray = content === 3 && mark === MARK && (seed === 2 || isTarget);
        return isAstray ? 0 : content;
      }),
    });
    return {
      evaluate,
      observe: async () => {},
      read: async () => new Map(),
      write: async () => {},
      dispose() {},
    };
  };
  const train = async (_: Model, { examples }: { examples: Int32Array }) => void trained.push(examples);
  return { engine: { compile } as unknown as Engine, train };
}

describe('a mark that images of all classes carry', () => {
  const data = markedSet();
  const examples = Int32Array.from({ length: data.count }, (_, i) => i);
  const marked = examples.filter((i) => i / CLASSES < MARKED);
  const none = { cover: new Float32Array(SIDE * SIDE), shift: new Float32Array(SIDE * SIDE) };

  async function asking(isTarget: boolean) {
    const trained: Int32Array[] = [];
    const { engine, train } = scripted(trained, isTarget);
    const asked: Asked[] = Array.from({ length: CLASSES }, (_, label) => {
      const flagged = marked.filter((i) => data.labels[i] === label);
      const group = {
        ...{ class: label, found: 'everywhere', flagged, scores: new Float32Array(flagged.length).fill(1) },
        ...{ surely: 0.8, strong: { trigger: none } },
      } as unknown as Group;
      const figures = {
        ...{ class: label, found: 'everywhere', flagged: flagged.length, gain: 0.1, faintGain: 0.1 },
        ...{ inside: 1 / 3, outside: 1 / 3, doubtful: 0, falseAlarms: 1 / 3, contradiction: 0, check: null },
      } as unknown as GroupFigures;
      return { group, figures };
    });
    const input = { engine, data, classes: CLASSES, examples, settings: presetSettings('quick'), seed: 1 };
    const parts: string[] = [];
    const agreeing = await checkInTurns(input as CarefulInput, asked, {
      network: inspectionNetwork(data, CLASSES),
      probes: { indices: examples.subarray(0, 40), answers: data.labels.slice(0, 40), natural: 1 },
      train,
      pause: async () => {},
      remember: (part, work) => (parts.push(part), work()),
    });
    return { trained, parts, decisions: asked.map(({ figures }) => decideGroup(figures)), agreeing, asked };
  }

  const without = (trained: Int32Array) => marked.filter((i) => !trained.includes(i));

  it('is judged by a model that knows it from the other classes, where one that does not takes it for another class', async () => {
    const { trained, parts, decisions, agreeing, asked } = await asking(false);
    expect(parts).toEqual(['check 1', 'check 2']);
    expect(without(trained[0]!)).toEqual(marked);
    expect(without(trained[1]!)).toEqual(asked[3]!.group.flagged);
    expect(decisions).toEqual(Array(CLASSES).fill('innocent'));
    // The first model's answers do not count: it did not know the mark.
    expect(asked[3]!.figures.check!.agreement).toEqual({ hits: MARKED, of: MARKED });
    expect(agreeing.get(asked[3]!.group)!.size).toBe(MARKED);
    expect(asked[0]!.figures.check!.agreement).toEqual({ hits: MARKED, of: MARKED });
  });

  it('is poison where that model contradicts as well: the others were covers', async () => {
    const { trained, decisions, agreeing, asked } = await asking(true);
    expect(trained).toHaveLength(2);
    expect(decisions).toEqual(['innocent', 'innocent', 'innocent', 'poison']);
    expect(agreeing.get(asked[3]!.group)!.size).toBe(0);
  });
});
