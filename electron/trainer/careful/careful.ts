import { setImmediate } from 'node:timers/promises';
import { isBeyondDoubt, worthChecking } from '../../../shared/abl/careful/clarity.ts';
import { decideGroup } from '../../../shared/abl/careful/decision.ts';
import { discriminantSeeds } from '../../../shared/abl/careful/discriminant.ts';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import { isPattern } from '../../../shared/abl/careful/pattern.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { THRESHOLDS } from '../../../shared/abl/careful/thresholds.ts';
import { concludeCareful, type CarefulConclusion } from '../../../shared/abl/careful/verdict.ts';
import { reestimate, responsesTo, type Pause, type Responses } from '../../../shared/abl/inspection.ts';
import type { Settings } from '../../../shared/abl/settings.ts';
import type { StagePlan } from '../../../shared/abl/stages.ts';
import type { MarkOrders } from '../../../shared/contract/marks.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Engine, Model } from '../../../shared/contract/engine.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { amplify, louderProbes } from './amplified.ts';
import { PixelWorkBeside } from './beside.ts';
import { checkInTurns } from './check-turns.ts';
import { groupsByContent } from './content.ts';
import { completed, isSame, joined } from './alignment.ts';
import {
  contradictedGroup,
  groupsApart,
  groupsOfClass,
  isKnown,
  isKnownBetter,
  isSomething,
  isVagueView,
  vagueParts,
  withFurther,
  withoutOwn,
  type Search,
} from './class-groups.ts';
import { figuresOf, type Group } from './expansion.ts';
import { imagesOf, membersOf, without } from './flagging.ts';
import { knownOf, partOf } from './group-figures.ts';
import { linearDetector } from './pixel-work.ts';
import { isKnownByTrigger, poisonOf } from './poison.ts';
import { chooseProbes, type Probes } from './probes.ts';
import {
  bestOfEachClass,
  rankByFlipGain,
  rankByParts,
  rankByPixels,
  suspicion,
  unknown,
  worthExpanding,
  type Ranking,
} from './ranking.ts';
import { nextLook, stageOne, trainThrough } from './stages.ts';
import { groupsOfStamps, isIdle, isTelling, unlike } from './stamp-groups.ts';

export interface CarefulInput {
  engine: Engine;
  data: Images;
  /** Number of classes. */
  classes: number;
  /** Data-set indices of the training examples in use, rising. */
  examples: Int32Array;
  /** The check augments as these say; all else is fixed by the method. */
  settings: Settings;
  seed: number;
  /** Images known to be clean, labelled with the same class indices, beside the training set; if there are any. */
  trusted?: Images | null;
  /** What an analyst has marked; if anything. */
  marks?: MarkOrders;
}

export interface CarefulHooks {
  /** Called between two short pieces of work; may throw to end the run. */
  pause?: Pause;
  /** What is being done, in plain words. */
  onPhase?(phase: CarefulPhase): void;
  /** Trains a model through a stage; the default runs it in one go. */
  train?(model: Model, plan: StagePlan): Promise<void>;
  /**
   * Does a part of the work, or gives back what it found in an earlier sitting. Results are plain data, typed arrays,
   * sets and maps.
   */
  remember?<T>(part: string, work: () => Promise<T>): Promise<T>;
}

export type CarefulPhase = 'stage-one' | 'ranking' | 'expansion' | 'check';

export interface CarefulResult {
  conclusion: CarefulConclusion;
  /** Data-set indices of the examples to leave out, rising; empty unless the verdict is "poisoned". */
  removed: Int32Array;
  /** The examples that remain, rising. */
  kept: Int32Array;
  /** All groups, in the order of `conclusion.groups`. */
  groups: Group[];
  /** Evaluation-mode losses at stage 1's last look, by data-set index. */
  losses: Float32Array;
  rankings: Ranking[];
}

/**
 * The careful method up to the decision: what in this training set is poison, found without knowledge of the
 * trigger, the target or any clean image. The caller then trains on `kept`. See docs/method.md.
 */
export async function examineCarefully(
  input: CarefulInput,
  hooks: CarefulHooks = {},
): Promise<CarefulResult> {
  const { engine, data, classes, examples, settings, seed } = input;
  const pause = hooks.pause ?? (async () => void (await setImmediate()));
  const train = hooks.train ?? ((model: Model, plan: StagePlan) => trainThrough(model, plan, input, pause));
  const remember = <T>(part: string, work: () => Promise<T>) =>
    hooks.remember ? hooks.remember(part, work) : work();
  const network = inspectionNetwork(data, classes);

  let groups: Group[] = [];
  let responses: Responses = { losses: new Float32Array(0), predicted: new Int32Array(0) };
  let byLoss: Ranking[] = [];
  let rankings: Ranking[];
  let probes: Probes;
  let detector: LinearDetector | null = null;
  const linear = async () => (detector ??= await linearDetector(input, pause));
  const pixelWork = new PixelWorkBeside(input, pause, linear);
  let stamped: Group[] = [];
  let checked: Group[];
  const model = await engine.compile(network, seed);
  try {
    let carriers = new Set<number>();
    // Once a trigger is known beyond doubt, what is like one in degrees is not worth much time.
    const isEnough = () => groups.some((group) => isBeyondDoubt(figuresOf(group)));
    const probesOf = (count: number) => chooseProbes(model, data, examples, count, seed, pause);
    const search = async (): Promise<Search> => ({
      model,
      probes: await probesOf(CAREFUL.probeImages),
      responses,
      linear: await linear(),
      carriers,
      doubts: isEnough() ? 0 : CAREFUL.firstDoubts,
      pause,
    });
    /** What several classes carry is not looked for once more in each. */
    const carry = (found: Group[]) =>
      found.forEach(({ found: how, flagged }) => {
        if (how === 'everywhere') flagged.forEach((index) => carriers.add(index));
      });
    const searchIn = async (part: string, seeds: [Ranking, Ranking | null]) => {
      const from = await search();
      return remember(part, () => groupsOfClass(input, from, seeds));
    };
    // What came of the leading classes of some looks, which may be worth expanding in the end too.
    const expanded = new Map<Ranking, Group[]>();
    for (let look = 0; look < CAREFUL.looks; look++) {
      const found = await remember(`seen ${look}`, async () => {
        hooks.onPhase?.('stage-one');
        if (look === 0) pixelWork.begin();
        await train(
          model,
          look === 0 ? stageOne(settings, examples) : nextLook(settings, examples, look, seed),
        );
        await reestimate(model, data, examples, CAREFUL.statisticsImages, seed, pause);
        hooks.onPhase?.('ranking');
        responses = await responsesTo(model, data, examples, pause);
        const stamps = await pixelWork.stamps();
        const ofStamps =
          stamps.length > 0 ? await groupsOfStamps({ ...input, ...(await search()) }, stamps) : [];
        // What is known exactly needs no second search; what else there is in its class does.
        const among = without(examples, imagesOf(ofStamps.filter(isTelling)));
        const few = await probesOf(CAREFUL.rankingProbes);
        const probing = { model, data, probes: few, pause };
        const seen = await rankByFlipGain(probing, responses.losses, { ...input, among });
        return { ...responses, seen, ofStamps, tensors: await model.read(true) };
      });
      await model.write(found.tensors);
      responses = { losses: found.losses, predicted: found.predicted };
      stamped = found.ofStamps;
      const before = carriers;
      carriers = imagesOf(stamped.filter(isTelling));
      // What a stamp kept from the search is looked at again if the stamp has fallen.
      const regained = new Set([...before].filter((i) => !carriers.has(i)).map((i) => data.labels[i]!));
      for (const known of expanded.keys()) if (regained.has(known.ranked.class)) expanded.delete(known);
      byLoss = bestOfEachClass(unknown([...byLoss, ...found.seen], carriers));
      if (stamped.some((group) => isBeyondDoubt(figuresOf(group)))) break;
      const [leading] = byLoss;
      const isLast = look === CAREFUL.looks - 1;
      const enough = isLast ? CAREFUL.expandSurely : CAREFUL.surelyLearnt;
      if (!leading || leading.reconstruction.gain < enough) continue;
      if ([...expanded.keys()].some(({ ranked }) => ranked.class === leading.ranked.class)) continue;
      hooks.onPhase?.('expansion');
      const early = await searchIn(`early ${look}`, [leading, null]);
      expanded.set(leading, early);
      const unstamped = unlike(early, stamped);
      if (!unstamped.some((group) => isBeyondDoubt(figuresOf(group)))) continue;
      groups.push(...unstamped);
      break;
    }
    const searched = new Set(groups.map((group) => group.class));
    groups.unshift(...stamped);
    hooks.onPhase?.('ranking');
    const few = await probesOf(CAREFUL.rankingProbes);
    const pixels = async () => {
      const unsearched = { ...input, examples: without(examples, carriers), predicted: responses.predicted };
      const seeds =
        carriers.size > 0
          ? discriminantSeeds(data, unsearched.examples, classes, seed)
          : await pixelWork.seeds();
      return rankByPixels({ model, data, probes: few, pause }, seeds, unsearched);
    };
    if (isEnough() || carriers.size > 0) pixelWork.skipSeeds();
    const byPixels = isEnough() ? [] : await remember('pixels', pixels);
    rankings = bestOfEachClass([...byLoss, ...byPixels]);
    hooks.onPhase?.('expansion');
    probes = await probesOf(CAREFUL.probeImages);
    for (const ranking of worthExpanding(rankings)) {
      const { class: target } = ranking.ranked;
      if (searched.has(target) || (isEnough() && suspicion(ranking) < CAREFUL.expandFurther)) continue;
      const [second = null] = [...byLoss, ...byPixels].filter(
        (other) =>
          other !== ranking && other.ranked.class === target && suspicion(other) >= CAREFUL.patientFrom,
      );
      const found = expanded.get(ranking) ?? (await searchIn(`class ${target}`, [ranking, second]));
      groups.push(...unlike(found, stamped));
      searched.add(target);
      carry(found);
    }
    const byParts = await remember('parts', async () => {
      const from = { linear: await linear(), carriers, pause };
      const parts = await vagueParts(input, from, groups, (label) => pixelWork.apart(label));
      const { predicted } = responses;
      return rankByParts({ model, data, probes: few, pause }, parts, { ...input, predicted });
    });
    for (const ranking of byParts) {
      const { class: target } = ranking.ranked;
      const known = groups.filter((group) => group.class === target && worthChecking(figuresOf(group)));
      const from = { ...(await search()), carriers: new Set([...carriers, ...imagesOf(known)]) };
      const second = byPixels.find((other) => other.ranked.class === target) ?? null;
      const further = await remember(`part of ${target}`, () =>
        groupsOfClass(input, from, [ranking, second]),
      );
      groups = withFurther(groups, further, input);
      carry(further);
      searched.add(target);
    }
    for (const ranking of byPixels) {
      const { class: target } = ranking.ranked;
      if (searched.has(target) || ranking.contradiction < CAREFUL.contradictedFrom) continue;
      const from = await search();
      const group = await remember(`pixels of ${target}`, () => contradictedGroup(input, from, ranking));
      if (group) groups.push(...unlike([group], stamped));
    }
    const from = await search();
    for (const found of await remember('apart', () =>
      groupsApart(input, from, (label) => pixelWork.apart(label)),
    )) {
      const isTwin = (group: Group) => group.class === found.class && isSame(group, found);
      const same = groups.findIndex((group) => isTwin(group) || isVagueView(group, found));
      if (same < 0) groups.push(found);
      else if (!worthChecking(figuresOf(groups[same]!))) groups[same] = found;
      else if (isIdle(groups[same]!) && groups[same]!.stamp)
        groups[same] = completed(groups[same]!, found, membersOf(found.class, input));
      else if (isKnownBetter(groups[same]!, found))
        groups[same] = { ...joined(groups[same]!, found), outside: found.outside };
    }
    groups = withoutOwn(groups, input);
    const known = groups.filter(isKnown);
    const isShared = (group: Group) =>
      group.found === 'everywhere' && (!stamped.includes(group) || isTelling(group));
    // How classes look works, too, but comes in degrees.
    const isPlain = ({ strong, doubtful }: Group) =>
      strong.gain >= THRESHOLDS.flipGain && doubtful <= THRESHOLDS.doubtful;
    if (!groups.some(isShared) && !known.some(isPlain)) {
      // A stamp that does nothing may be of a few of the poison's images only.
      const skip = new Set(
        known.filter((group) => !group.stamp || isTelling(group)).map((group) => group.class),
      );
      const byContent = await remember('content', () =>
        groupsByContent({ ...input, ...from }, classes, skip, groups),
      );
      // What is found again is known better by its trigger, if that is one.
      const better = groups.filter((group) => worthChecking(figuresOf(group)) && isSomething(group));
      groups.push(...unlike(byContent, better));
    }
    checked = groups.filter((group) => worthChecking(figuresOf(group)));
    let louder: Probes | null = null;
    for (const group of checked) {
      group.part = partOf(group, groups, input, await linear());
      await pause();
      if (!isPattern(figuresOf(group))) continue;
      const asking = { ...input, model, pause };
      group.amplified = await amplify(asking, group, groups, (louder ??= await louderProbes(asking)));
    }
  } finally {
    // Its tables are not needed any more.
    detector = null;
    await pixelWork.end();
    model.dispose();
  }

  const figures = groups.map((group) => ({ ...figuresOf(group), known: knownOf(group, input) }));
  if (checked.length > 0) hooks.onPhase?.('check');
  const asked = checked.map((group) => ({ group, figures: figures[groups.indexOf(group)]! }));
  const agreeing = await checkInTurns(input, asked, { network, probes, train, pause, remember });

  const judged = groups.filter((_, i) => decideGroup(figures[i]!) === 'poison');
  // The same poison found twice is told of once.
  const told = groups
    .map((group, i) => ({ group, own: figures[i]! }))
    .filter(({ group }) => !judged.includes(group) || !isKnownByTrigger(group, judged));
  const poison = new Set(
    told
      .filter(({ group }) => judged.includes(group))
      .flatMap(({ group, own }) => [...poisonOf(group, own.check, agreeing.get(group)!)]),
  );
  const gains = rankings.map((r) => ({ class: r.ranked.class, gain: r.reconstruction.gain }));
  return {
    conclusion: concludeCareful({
      rankings: gains,
      groups: told.map(({ own }) => own),
      examples: examples.length,
      ...classSizes(
        data,
        examples,
        [...rankings.map((r) => r.ranked.class), ...groups.map((g) => g.class)],
        classes,
      ),
      stageOneAccuracy: accuracyOf(responses, data, examples),
      removed: poison.size,
    }),
    removed: examples.filter((index) => poison.has(index)),
    kept: examples.filter((index) => !poison.has(index)),
    groups: told.map(({ group }) => group),
    losses: responses.losses,
    rankings,
  };
}

/** Share of the examples that stage 1's model answers with their label. */
function accuracyOf({ predicted }: Responses, { labels }: Images, examples: Int32Array): number {
  return examples.filter((index) => predicted[index] === labels[index]).length / examples.length;
}

/** How much of the data the examined classes do not cover, and what guessing the largest class would get right. */
function classSizes(data: Images, examples: Int32Array, examined: number[], classes: number) {
  const sizes = new Array<number>(classes).fill(0);
  for (const index of examples) sizes[data.labels[index]!]!++;
  const known = new Set(examined);
  const unexamined = sizes.reduce((sum, size, label) => (known.has(label) ? sum : sum + size), 0);
  return { unexamined, guessing: Math.max(...sizes) / examples.length };
}

/** The network that looks for poison, whatever network is trained in the end. */
export function inspectionNetwork({ height, width, channels }: Images, classes: number): Network {
  return networkByName(CAREFUL.network, { height, width, channels, classes });
}
