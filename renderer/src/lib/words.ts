import type { ExperimentDetail, ExperimentState } from '../../../shared/contract/api.ts';
import type { Mark } from '../../../shared/contract/marks.ts';
import type { MethodName, Moment, StageName, Verdict } from '../../../shared/contract/results.ts';
import type { SplitName } from '../../../shared/contract/dataset.ts';
import { verdictSentence } from '../../../shared/words/verdict.ts';

export { confidenceInWords, sureness, verdictSentence } from '../../../shared/words/verdict.ts';

/** The words for what the contract names: one place, so that every screen says the same. */

export const METHOD_TITLE: Record<MethodName, string> = {
  naive: 'Naive model',
  abl: 'ABL model',
  oracle: 'Oracle model',
};

export const METHOD_HELP: Record<MethodName, string> = {
  naive: 'Trained on all the data, as if it could be trusted.',
  abl: 'Trained with Anti-Backdoor Learning: isolates suspicious examples, then unlearns them.',
  oracle:
    'Trained on the clean examples alone. Possible only where poison is known; the best one could hope for.',
};

export const STAGE_TITLE: Record<StageName, string> = {
  train: 'Training',
  isolate: 'Isolation',
  check: 'Check',
  'fine-tune': 'Fine-tuning',
  unlearn: 'Unlearning',
  joint: 'Joint unlearning',
};

/** A parameter's key as words: 'marginTop', 'margin_top' and 'margin-top' are "Margin top". */
export function keyInWords(key: string): string {
  const words = key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is going on, for somebody who has never heard of the method. */
export function stageInWords(method: MethodName, stage: StageName): string {
  if (method === 'naive') return 'Training the naive model on all the data, as if it could be trusted';
  if (method === 'oracle') return 'Training the oracle model on the clean examples alone';
  const words: Record<StageName, string> = {
    train: 'Training the ABL model anew on the examples that were kept',
    isolate: 'Isolation: finding the examples that are learned suspiciously fast',
    check: 'Check: asking a model that never saw the suspects',
    'fine-tune': 'Fine-tuning on the examples that were kept',
    unlearn: 'Unlearning the isolated examples',
    joint: 'Learning the kept examples while unlearning the isolated ones',
  };
  return words[stage];
}

export const STATE_TITLE: Record<ExperimentState, string> = {
  queued: 'Waiting',
  running: 'Running',
  interrupted: 'Interrupted',
  cancelled: 'Stopped',
  failed: 'Failed',
  done: 'Done',
};

/** By such a tag a sweep finds its runs again; it says nothing to people. */
export function isSweepTag(tag: string): boolean {
  return /^sweep:[0-9a-f]{8}\/\d+$/.test(tag);
}

export const MARK_TITLE: Record<Mark, string> = { clean: 'Clean', poison: 'Poison', unsure: 'Unsure' };

export const MOMENT_TITLE: Record<Moment, string> = {
  'after-isolate': 'after isolation',
  'before-unlearn': 'before unlearning',
  final: 'as trained',
  reestimated: 'after re-estimation',
};

export const SPLIT_TITLE: Record<SplitName, string> = {
  train: 'Training',
  test: 'Test',
  triggered: 'Triggered test',
};

export const VERDICT_TITLE: Record<Verdict['kind'], string> = {
  poisoned: 'Poisoned',
  'no-evidence': 'No evidence of poison',
  uncertain: 'Uncertain',
};

/** The end of a run in one line, with its verdict or what went wrong. */
export function endOfRun(
  one: Pick<ExperimentDetail, 'name' | 'state' | 'fullVerdict' | 'classes' | 'error'>,
): string {
  if (one.state === 'done')
    return `“${one.name}” is done. ${one.fullVerdict ? verdictSentence(one.fullVerdict, one.classes) : ''}`.trim();
  return `“${one.name}” ${one.state === 'failed' ? 'failed' : 'was interrupted'}: ${one.error?.message ?? 'the screen says why.'}`;
}

export const TASK_TITLE = {
  import: 'Import',
  attack: 'Simulated attack',
  preview: 'Preview',
  sample: 'Sample data set',
  engine: 'Engine installation',
  backup: 'Backup',
  restore: 'Restore',
  export: 'Export',
  'open-bundle': 'Opening a bundle',
} as const;
