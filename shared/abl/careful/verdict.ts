import type { Verdict } from '../../contract/results.ts';
import { wilson, type Interval } from '../../metrics/interval.ts';
import { confidenceOf, confidenceReason } from './confidence.ts';
import { decideAlone, decideWithRule } from './decision.ts';
import { evidenceOfGroup, evidenceOfRanking, percent, type Evidence } from './evidence.ts';
import { shareOf, type GroupFigures } from './figures.ts';
import { hasOneTrigger, worksOnlyAmplified } from './pattern.ts';
import type { Decided } from './rules/rule.ts';
import { WHY } from './rules/why.ts';
import { CAREFUL } from './settings.ts';
import { THRESHOLDS } from './thresholds.ts';

/** What the examination measured, as plain data. */
export interface CarefulFindings {
  /** Examined classes with the flip gain that their seed sets reach, by falling gain. */
  rankings: { class: number; gain: number }[];
  groups: GroupFigures[];
  /** Training examples in use, and how many of them lie in classes too small to be examined. */
  examples: number;
  unexamined: number;
  /** Accuracy of stage 1's model on the training examples, 0..1, and what guessing the largest class would give. */
  stageOneAccuracy: number;
  guessing: number;
  /** Distinct examples in groups judged to be poison. */
  removed: number;
}

export interface CarefulConclusion {
  verdict: Verdict;
  /** Target classes, rising. */
  classes: number[];
  /** Share of the training examples judged to be poison. */
  poisonShare: number;
  /** 95 % interval of the estimated ASR; null without poison. */
  estimatedAsr: Interval | null;
  groups: ({ figures: GroupFigures } & Decided)[];
  /** Every decision with its figure, in the order in which they were taken. */
  evidence: Evidence[];
}

/** What "no evidence" can mean at best, because some attacks leave no fixed pattern to find. */
const UNCOVERED =
  'Triggers that move, that differ from image to image or that bend the image are found only where their images ' +
  'are learnt early and look like other classes.';

/** Draws the verdict. Whatever is not judged to be poison stays in the training set. */
export function concludeCareful(findings: CarefulFindings): CarefulConclusion {
  const groups = findings.groups.map((figures) => ({ figures, ...decideWithRule(figures) }));
  const evidence = [...evidenceOfRanking(findings.rankings), ...findings.groups.flatMap(evidenceOfGroup)];
  const poison = groups.filter(({ decision }) => decision === 'poison').map(({ figures }) => figures);
  const classes = [...new Set(poison.map((figures) => figures.class))].sort((a, b) => a - b);
  const poisonShare = findings.removed / findings.examples;
  const strongest = poison.toSorted((a, b) => b.gain - a.gain)[0];
  // Without one trigger that all share there is nothing to estimate an ASR with.
  const hasTrigger = strongest && hasOneTrigger(strongest) && !worksOnlyAmplified(strongest);
  const asr = hasTrigger ? wilson(strongest.flipped.hits, strongest.flipped.of) : null;
  return {
    verdict: {
      ...verdictOf(findings, groups, poison, strongest, poisonShare),
      estimatedAsr: asr ? shareOf(strongest!.flipped) : null,
    },
    classes,
    poisonShare,
    estimatedAsr: asr,
    groups,
    evidence,
  };
}

function verdictOf(
  findings: CarefulFindings,
  groups: CarefulConclusion['groups'],
  poison: GroupFigures[],
  strongest: GroupFigures | undefined,
  poisonShare: number,
): Omit<Verdict, 'estimatedAsr'> {
  if (strongest) {
    const reasons = [
      whyOf(strongest),
      `In all, ${percent(poisonShare)} of the training images were left out.`,
      ...evidenceOfGroup(strongest).map(({ sentence }) => sentence),
    ];
    const doubtful = Math.max(...poison.map((figures) => figures.doubtful));
    if (doubtful > THRESHOLDS.clear.doubtful) {
      reasons.push(
        `The detector is in doubt about ${percent(doubtful)} of a class: some of the poison may have stayed.`,
      );
    }
    reasons.push(confidenceReason('poisoned'));
    return { kind: 'poisoned', class: strongest.class, confidence: confidenceOf('poisoned'), reasons };
  }
  const unsure = groups.find(({ decision }) => decision === 'unsure')?.figures;
  if (unsure) {
    const reasons = [
      whyOf(unsure),
      'The figures do not decide it. No image was left out.',
      ...evidenceOfGroup(unsure).map(({ sentence }) => sentence),
    ];
    return { kind: 'uncertain', class: unsure.class, confidence: CAREFUL.confidenceWhenUnsure, reasons };
  }
  const obstacle = obstacleTo(findings);
  if (obstacle)
    return { kind: 'uncertain', class: null, confidence: CAREFUL.confidenceWhenUnsure, reasons: [obstacle] };
  const cleared = groups.find(({ figures, decision }) => decideAlone(figures) !== decision)?.figures;
  // Where all seeds carry a patch that is known, its groups are what was looked at.
  const best = findings.rankings[0]?.gain ?? Math.max(...findings.groups.map(({ gain }) => gain));
  const few = findings.examples < CAREFUL.fewImages;
  return {
    kind: 'no-evidence',
    class: null,
    confidence: few ? CAREFUL.confidenceWhenUnsure : confidenceOf('no-evidence'),
    reasons: [
      `No class shows a fixed trigger whose images a model without them would label differently; ` +
        `the strongest suspicion had a flip gain of ${percent(best)}.`,
      UNCOVERED,
      ...(cleared
        ? evidenceOfGroup(cleared)
            .slice(-1)
            .map(({ sentence }) => sentence)
        : []),
      confidenceReason('no-evidence'),
      ...(few ? [`Among so few images (${findings.examples}) a trigger may not stand out.`] : []),
    ],
  };
}

/** The reasons of the rules that decided, in plain words: of the figures, and then of marks and trusted images if these changed it. */
function whyOf(figures: GroupFigures): string {
  const rules = new Set([decideWithRule({ ...figures, known: null }).rule, decideWithRule(figures).rule]);
  return [...rules].map((rule) => WHY[rule]).join(' ');
}

/** Why finding nothing says little about this data set; null when nothing stands in the way. */
function obstacleTo({
  rankings,
  groups,
  examples,
  unexamined,
  stageOneAccuracy,
  guessing,
}: CarefulFindings): string | null {
  if (rankings.length === 0 && groups.length === 0) {
    return `No class has the ${CAREFUL.smallestClass} different images that are needed to look for a trigger.`;
  }
  if (unexamined / examples > CAREFUL.unexaminedMost) {
    return (
      `${percent(unexamined / examples)} of the images lie in classes with fewer than ` +
      `${CAREFUL.smallestClass} different images, where a trigger cannot be looked for.`
    );
  }
  if (stageOneAccuracy < guessing + CAREFUL.learntLeast) {
    return (
      `The network learnt too little of these images to show a trigger: ${percent(stageOneAccuracy)} right, ` +
      `where guessing gives ${percent(guessing)}.`
    );
  }
  return null;
}
