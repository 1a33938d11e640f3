import { describe, expect, it } from 'vitest';
import { decideGroup } from '../../../shared/abl/careful/decision.ts';
import type { GroupFigures } from '../../../shared/abl/careful/figures.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import { inMemory } from '../../../shared/images.ts';
import { inspectionNetwork, type CarefulInput } from './careful.ts';
import { checkInTurns, type Asked } from './check-turns.ts';
import type { Group } from './expansion.ts';

const [SIDE, CLASSES, OF_CLASS, MARKED] = [8, 4, 60, 20];
const SIZE = SIDE * SIDE;
const MARK = 255;

/** An image's first value is its class, its second the mark that a third of each class has. */
function markedSet() {
  const count = CLASSES * OF_CLASS;
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  // The rest makes them different images.
  const images = Uint8Array.from({ length: count * SIZE }, (_, p) => (p % SIZE) * Math.floor(p / SIZE));
  labels.forEach((label, i) => {
    images[i * SIZE] = label;
    images[i * SIZE + 1] = i / CLASSES < MARKED ? MARK : 0;
  });
  return inMemory({ images, labels, count, height: SIDE, width: SIDE, channels: 1 });
}

const data = markedSet();
const examples = Int32Array.from({ length: data.count }, (_, i) => i);
const marked = examples.filter((i) => i / CLASSES < MARKED);
const none = { cover: new Float32Array(SIZE), shift: new Float32Array(SIZE) };

interface Said {
  content: number;
  isMarked: boolean;
  turn: number;
  /** By an image's last value: another number for each of a class. */
  nth: number;
}

/** Groups of a kind, about the images of a class. */
function groupOf(label: number, flagged: Int32Array, further: Partial<GroupFigures> = {}): Asked {
  const found = further.found ?? 'everywhere';
  const group = {
    ...{ class: label, found, flagged, scores: new Float32Array(flagged.length).fill(1) },
    ...{ surely: 0.8, strong: { trigger: none } },
  } as unknown as Group;
  const figures = {
    ...{ class: label, found, flagged: flagged.length, gain: 0.1, faintGain: 0.1 },
    ...{ inside: 1 / 3, outside: 1 / 3, doubtful: 0, falseAlarms: 0, contradiction: 0, check: null },
    ...further,
  } as unknown as GroupFigures;
  return { group, figures };
}

const ofClass = (label: number) => marked.filter((i) => data.labels[i] === label);

/**
 * What networks make of a mark differs from run to run, so here it is said.
 * @param answer the class that the model of a turn gives an image
 */
async function asking(answer: (image: Said) => number, asked: Asked[]) {
  const trained: Int32Array[] = [];
  const compile = (_: unknown, seed: number) => {
    const evaluate = async (images: Uint8Array, labels: Int32Array) => ({
      predicted: labels.map((_, i) =>
        answer({
          content: images[i * SIZE]!,
          isMarked: images[i * SIZE + 1] === MARK,
          turn: seed - 1,
          nth: images[(i + 1) * SIZE - 1]! >> 2,
        }),
      ),
    });
    return { evaluate, observe: async () => {}, dispose() {} };
  };
  const parts: string[] = [];
  const input = {
    ...{ engine: { compile } as unknown as Engine, data, classes: CLASSES, examples },
    ...{ settings: presetSettings('quick'), seed: 1 },
  };
  const agreeing = await checkInTurns(input as CarefulInput, asked, {
    network: inspectionNetwork(data, CLASSES),
    probes: { indices: examples.subarray(0, 40), answers: data.labels.slice(0, 40), natural: 1 },
    train: async (_: Model, plan: { examples: Int32Array }) => void trained.push(plan.examples),
    pause: async () => {},
    remember: (part, work) => (parts.push(part), work()),
  });
  const left = trained.map((training) => marked.filter((i) => !training.includes(i)));
  const decisions = asked.map(({ figures }) => decideGroup(figures));
  return { trained, left, parts, decisions, agreeing };
}

describe('a mark that images of all classes carry', () => {
  const everywhere = () => [0, 1, 2, 3].map((label) => groupOf(label, ofClass(label)));

  it('is judged by a model that knows it, where one that does not takes it for another class', async () => {
    const asked = everywhere();
    const { left, parts, decisions, agreeing } = await asking(
      ({ content, isMarked, turn }) => (content === 3 && isMarked && turn === 1 ? 0 : content),
      asked,
    );
    expect(parts).toEqual(['check 1', 'check 2 of 3']);
    expect(left).toEqual([marked, ofClass(3)]);
    expect(decisions).toEqual(Array(CLASSES).fill('innocent'));
    // The first model's answers do not count: it did not know the mark.
    expect(asked[3]!.figures.check!.agreement).toEqual({ hits: MARKED, of: MARKED });
    expect(asked[3]!.figures.check!.knowsMark).toBe(true);
    expect(agreeing.get(asked[3]!.group)!.size).toBe(MARKED);
    expect(asked[0]!.figures.check!.knowsMark).toBe(false);
  });

  it('is poison where that model contradicts as well: the others were covers', async () => {
    const asked = everywhere();
    const { trained, decisions, agreeing } = await asking(
      ({ content, isMarked }) => (content === 3 && isMarked ? 0 : content),
      asked,
    );
    expect(trained).toHaveLength(2);
    expect(decisions).toEqual(['innocent', 'innocent', 'innocent', 'poison']);
    expect(agreeing.get(asked[3]!.group)!.size).toBe(0);
  });

  it('is learnt from no class in which its images have wrong labels', async () => {
    const asked = everywhere();
    const { left, decisions } = await asking(
      ({ content, isMarked }) => (isMarked && content >= 2 ? 0 : content),
      // Class 1 stands for many classes with right labels.
      asked.slice(1).concat([4, 5, 6].map(() => groupOf(1, ofClass(1)))),
    );
    expect(left[1]).toEqual(marked.filter((i) => data.labels[i]! >= 2));
    expect(decisions.slice(0, 3)).toEqual(['innocent', 'poison', 'poison']);
  });

  it('leaves other groups what both models say, about the same controls', async () => {
    // Right for the first model but for a quarter of the images; of class 0, as the marked images are that the second one learns.
    const other = examples.filter((i) => data.labels[i] === 0 && i >= 160 && i < 200);
    const asked = [
      ...everywhere(),
      groupOf(0, other, { found: 'pixels', gain: 0.3, doubtful: 0.05, outside: 0 }),
    ];
    const { left, trained, agreeing } = await asking(({ content, isMarked, turn, nth }) => {
      if (isMarked) return content === 3 ? 0 : content;
      return content === 0 && turn === 1 && nth % 4 === 0 ? 1 : content;
    }, asked);
    expect(left[1]).toEqual(ofClass(3));
    expect(other.every((i) => !trained[1]!.includes(i))).toBe(true);
    const { agreement, control, knowsMark } = asked[4]!.figures.check!;
    expect(agreement.of).toBe(other.length);
    expect(agreement.hits).toBeGreaterThan(0.6 * other.length);
    expect(agreement.hits).toBeLessThan(other.length);
    expect(control.of).toBe(Math.floor((OF_CLASS - MARKED - other.length) / 3));
    expect(control.hits).toBeLessThanOrEqual(control.of);
    expect(knowsMark).toBeFalsy();
    // Those that only one of the models answers with their label are not agreed on.
    expect(agreeing.get(asked[4]!.group)!.size).toBeLessThan(agreement.hits);
  });
});

describe('groups of which none is in doubt', () => {
  const alone = (label: number) =>
    groupOf(label, ofClass(label), { found: 'trigger', outside: 0, gain: 0.9, faintGain: 0.9 });

  it('are asked about once', async () => {
    const { parts, decisions } = await asking(
      ({ content, isMarked }) => (isMarked ? 0 : content),
      [alone(3)],
    );
    expect(parts).toEqual(['check 1']);
    expect(decisions).toEqual(['poison']);
    expect((await asking(({ content }) => content, [])).parts).toEqual([]);
  });

  it('are asked about again, all of them, if one is', async () => {
    // It works on images of other classes, but not faintly, and three in five labels are right.
    const unsure = groupOf(2, ofClass(2), { found: 'trigger', outside: 0, gain: 0.9 });
    const { parts } = await asking(
      ({ content, isMarked, nth }) => (isMarked && (content === 3 || nth % 5 < 2) ? 0 : content),
      [alone(3), unsure],
    );
    expect(parts).toEqual(['check 1', 'check 2 of 0 1']);
  });
});
