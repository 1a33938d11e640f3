import { decideGroup, type GroupFigures } from '../../../shared/abl/careful/decision.ts';
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
 * Asks models that were trained without the groups about these, another one where the first leaves a doubt.
 * @returns by group: the images that all models which were asked answer with their label
 */
export async function checkInTurns(
  input: CarefulInput,
  asked: Asked[],
  tools: CheckTools,
): Promise<Map<Group, Set<number>>> {
  const agreeing = new Map<Group, Set<number>>();
  let left = asked;
  let alone: Asked[] = [];
  for (let turn = 1; turn <= CAREFUL.checks && left.length > 0; turn++) {
    const groups = left.map(({ group }) => group);
    const check = () => checkGroups(input, turn, groups, tools);
    const answers = await tools.remember(`check ${turn}`, check);
    for (const [i, one] of left.entries()) {
      const { group, figures } = one;
      const { figures: seen, agreeing: agrees } = answers[i]!;
      const isNew = !figures.check || alone.includes(one);
      figures.check = isNew ? seen : averageOf(figures.check!, seen);
      const before = agreeing.get(group) ?? agrees;
      agreeing.set(group, isNew ? agrees : new Set([...agrees].filter((index) => before.has(index))));
    }
    const all = asked.map(({ figures }) => figures);
    for (const own of all) own.check!.together = togetherOf(own, all);
    alone = asked.filter(({ figures }) => isWrongAlone(figures));
    if (alone.length === 0 && !all.some((own) => decideGroup(own) === 'unsure')) break;
    left = asked.filter(({ figures }) => !isToBeKnown(figures, alone));
  }
  return agreeing;
}

/** Whether images teach the next model what a trigger is that others of these classes carry under right labels. */
function isToBeKnown(figures: GroupFigures, alone: Asked[]): boolean {
  const isOne = alone.some((one) => one.figures !== figures && isOfSameTrigger(one.figures, figures));
  return isOne && decideGroup(figures) === 'innocent';
}

/** Trains a model without the groups and asks it about each. In another turn it is another model. */
async function checkGroups(
  input: CarefulInput,
  turn: number,
  groups: Group[],
  { network, probes, train, pause }: CheckTools,
): Promise<Answers[]> {
  const { engine, data, examples, settings, seed } = input;
  const plan = planCheck(data, examples, groups, seed);
  const check = await engine.compile(network, seed + turn);
  try {
    await train(check, checkStage(settings, plan.training));
    await reestimate(check, data, plan.training, CAREFUL.statisticsImages, seed, pause);
    return await questionGroups(check, input, probes, groups, plan, pause);
  } finally {
    check.dispose();
  }
}
