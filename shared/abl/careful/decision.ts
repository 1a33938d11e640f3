import { isJudgedByLabels } from './clarity.ts';
import type { GroupDecision, GroupFigures } from './figures.ts';
import { isPattern } from './pattern.ts';
import { BY_LABELS } from './rules/by-labels.ts';
import { contextOf, type Context } from './rules/context.ts';
import { IN_DOUBT } from './rules/in-doubt.ts';
import { KINDS } from './rules/kinds.ts';
import { KNOWN } from './rules/known.ts';
import { LOST_EFFECT } from './rules/lost-effect.ts';
import { NOT_ASKED } from './rules/not-asked.ts';
import { PATTERNS } from './rules/patterns.ts';
import { firstOf, type Decided, type Rule } from './rules/rule.ts';
import { UNKNOWN_CLASS } from './rules/unknown-class.ts';
import { WHOLE_CLASS } from './rules/whole-class.ts';
import { WRONG_LABELS } from './rules/wrong-labels.ts';

/**
 * Poison is what a model that never saw it contradicts. It finds the labels wrong; or rather wrong, and a trigger
 * that worked before says little to it. Where the labels may well be right (a clean-label attack) it is enough that
 * such a trigger says little to it, if the group stands apart in every respect.
 */
export function decideGroup(figures: GroupFigures): GroupDecision {
  return decideWithRule(figures).decision;
}

/** The decision without what trusted images and marks say. */
export function decideAlone(figures: GroupFigures): GroupDecision {
  return decideByFigures(figures).decision;
}

/** The decision, and which rule made it. */
export function decideWithRule(figures: GroupFigures): Decided {
  const decided = decideByFigures(figures);
  const { known } = figures;
  return (known && firstOf(KNOWN, { known, before: decided.decision })) || decided;
}

function decideByFigures(figures: GroupFigures): Decided {
  const notAsked = firstOf(NOT_ASKED, figures);
  if (notAsked) return notAsked;
  const context = contextOf(figures, figures.check!);
  // The last of these rules says something of every group.
  const decided = firstOf(isJudgedByLabels(figures) ? BY_LABELS : BY_CHECK, context)!;
  if (!isPattern(figures)) return decided;
  return firstOf(PATTERNS, { ...context, before: decided.decision }) ?? decided;
}

/** What a check says to images that share a trigger or content. The first rule that says something decides. */
const BY_CHECK: readonly Rule<Context>[] = [
  ...WHOLE_CLASS,
  ...LOST_EFFECT,
  ...UNKNOWN_CLASS,
  ...KINDS,
  ...WRONG_LABELS,
  ...IN_DOUBT,
];
