import { decideGroup } from '../../../shared/abl/careful/decision.ts';
import type { GroupFigures } from '../../../shared/abl/careful/figures.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { isOfSameTrigger, isWrongAlone, togetherOf } from '../../../shared/abl/careful/together.ts';
import { reestimate, type Pause } from '../../../shared/abl/inspection.ts';
import type { StagePlan } from '../../../shared/abl/stages.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import type { Network } from '../../../shared/networks/types.ts';
import type { CarefulInput } from './careful.ts';
import { averageOf, planCheck, questionGroups, type Answers } from './check.ts';
import type { Group } from './expansion.ts';
import type { Probes } from './probes.ts';
import { checkStage } from './stages.ts';

/** A group that is worth the check, with its figures, which take in the answers. */
export interface Asked {
  group: Group;
  figures: GroupFigures;
}

export interface CheckTools {
  network: Network;
  probes: Probes;
  train(model: Model, plan: StagePlan): Promise<void>;
  pause: Pause;
  remember<T>(part: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Asks models that were trained without the groups about these, another one where the first leaves a doubt. Where labels are wrong in one
 * class alone of those that carry a trigger, the other one learns this from the others, and its answers alone count.
 * @returns by group: the images that all models whose answers count answer with their label
 */
export async function checkInTurns(
  input: CarefulInput,
  asked: Asked[],
  tools: CheckTools,
): Promise<Map<Group, Set<number>>> {
  const agreeing = new Map<Group, Set<number>>();
  const all = asked.map(({ figures }) => figures);
  let left = asked;
  let alone: GroupFigures[] = [];
  const isOfMark = (figures: GroupFigures) => alone.some((one) => isOfSameTrigger(one, figures));
  for (let turn = 1; turn <= CAREFUL.checks && left.length > 0; turn++) {
    const about = turn === 1 ? '' : ` of ${left.map((one) => asked.indexOf(one)).join(' ')}`;
    const check = () => checkGroups(input, turn, left, asked, tools);
    const answers = await tools.remember(`check ${turn}${about}`, check);
    for (const [i, { group, figures }] of left.entries()) {
      const { figures: seen, agreeing: agrees } = answers[i]!;
      const knowsMark = isOfMark(figures);
      const earlier = knowsMark ? null : figures.check;
      figures.check = earlier ? averageOf(earlier, seen) : { ...seen, knowsMark };
      const before = (earlier && agreeing.get(group)) ?? agrees;
      agreeing.set(group, new Set([...agrees].filter((index) => before.has(index))));
    }
    for (const own of all) own.check!.together = togetherOf(own, all);
    alone = all.filter(isWrongAlone);
    if (alone.length === 0 && !all.some((own) => decideGroup(own) === 'unsure')) break;
    // The others teach the next model what it looks like. From a few classes alone it would learn that a mark means these.
    left = asked.filter(({ figures }) => !(isOfMark(figures) && decideGroup(figures) === 'innocent'));
  }
  return agreeing;
}

/** Trains a model without the groups and asks it about each. In another turn it is another model. */
async function checkGroups(
  input: CarefulInput,
  turn: number,
  left: Asked[],
  asked: Asked[],
  { network, probes, train, pause }: CheckTools,
): Promise<Answers[]> {
  const { engine, data, examples, settings, seed } = input;
  const [groups, all] = [left, asked].map((some) => some.map(({ group }) => group)) as [Group[], Group[]];
  const plan = planCheck(data, examples, groups, seed, all);
  const check = await engine.compile(network, seed + turn);
  try {
    await train(check, checkStage(settings, plan.training));
    await reestimate(check, data, plan.training, CAREFUL.statisticsImages, seed, pause);
    return await questionGroups(check, input, probes, groups, plan, pause);
  } finally {
    check.dispose();
  }
}
