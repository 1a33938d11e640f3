import type { ExperimentDetail } from '../../../shared/contract/api.ts';
import type { MethodFigures } from '../../../shared/contract/results.ts';
import { backdoorOutcome } from '../../../shared/words/comparison.ts';
import { placeOf } from './place.ts';

/** Something to do after a run, with why. */
export interface NextStep {
  /** For tests and lists. */
  kind:
    | 'suspects'
    | 'use-abl'
    | 'use-naive'
    | 'use-neither'
    | 'measure'
    | 'careful'
    | 'accuracy'
    | 'spread'
    | 'test-set'
    | 'seed';
  text: string;
  link: { href: string; title: string } | null;
}

type Facts = Pick<
  ExperimentDetail,
  | 'id'
  | 'datasetId'
  | 'naive'
  | 'abl'
  | 'evaluations'
  | 'target'
  | 'fullVerdict'
  | 'isolation'
  | 'settings'
  | 'seed'
>;

/** Points of clean accuracy, 0..1, that are worth a remark. */
const NOTABLE_LOSS = 0.05;
/** Below this share of one label the suspects point at no class. */
const SPREAD = 0.6;

/** What follows from an experiment's evidence, the most important first. */
export function nextSteps(one: Facts): NextStep[] {
  const careful = one.settings.isolation === 'careful';
  const kind = one.fullVerdict?.kind ?? null;
  const steps: NextStep[] = [];
  const suspects = placeOf(['experiments', one.id, 'suspects']);
  const runCarefully = (text: string) =>
    steps.push({
      kind: 'careful',
      text,
      link: { href: placeOf(['run'], { data: one.datasetId, preset: 'careful' }), title: 'Run Careful' },
    });
  const look = (text: string) => {
    if ((one.isolation?.count ?? 0) > 0)
      steps.push({ kind: 'suspects', text, link: { href: suspects, title: 'Go through the suspects' } });
  };
  const say = (what: NextStep['kind'], text: string) => steps.push({ kind: what, text, link: null });

  if (kind === 'poisoned') {
    const outcome = backdoorOutcome(one);
    if (outcome === 'broken')
      say(
        'use-abl',
        'Do not use the naive model. The ABL model is without this backdoor, as far as was measured.',
      );
    else if (outcome === 'standing')
      say('use-neither', 'Use neither model: the backdoor still works in both.');
    else if (outcome === 'useless')
      say(
        'use-neither',
        'Use neither model: the ABL model answers most images with the target class, whatever they show.',
      );
    else
      say('measure', 'Do not use the naive model. Whether the ABL model has the backdoor was not measured.');
    if (outcome !== 'broken' && !careful)
      runCarefully('The careful method leaves the poison out and trains anew, which unlearning cannot do.');
    look('A trigger that repeats is easy to see. Save the list, and check where these images came from.');
  } else if (kind === 'no-evidence') {
    say('use-naive', 'Use the naive model: nothing was found that would justify giving up accuracy.');
    if (!careful) runCarefully('Finding nothing is no proof. The careful method looks closer.');
  } else {
    if (one.isolation && one.isolation.count > 0 && one.isolation.concentration < SPREAD)
      say('spread', 'The suspects carry many labels: what was isolated may only be what is easy to learn.');
    if (!careful)
      runCarefully('The signs do not suffice. The careful method takes more of them into account.');
    look('You may see a trigger that the figures do not show.');
  }
  const fell = accuracyLoss(one.naive, one.abl);
  if (fell !== null && fell >= NOTABLE_LOSS) {
    const points = `The ABL model has lost ${Math.round(100 * fell)} points of clean accuracy.`;
    if (kind !== 'poisoned') say('accuracy', `${points} Without proof of poison, keep the naive model.`);
    else if (!careful) say('accuracy', `${points} A careful run, or a lower isolation rate, costs less.`);
  }
  if (one.abl && one.abl.ca === null)
    say('test-set', 'Accuracy could not be measured: import the data set again with a test set.');
  steps.push({
    kind: 'seed',
    text: 'See whether another seed says the same, then compare both in the history.',
    link: { href: placeOf(['run'], { like: one.id, seed: one.seed + 1 }), title: 'Run with another seed' },
  });
  return steps;
}

/** How much clean accuracy the ABL model gave up, 0..1; null where it was not measured. */
function accuracyLoss(naive: MethodFigures | null, abl: MethodFigures | null): number | null {
  const before = naive?.caReestimated ?? naive?.ca ?? null;
  const after = abl?.caReestimated ?? abl?.ca ?? null;
  return before === null || after === null ? null : before - after;
}
