import type { Verdict } from '../contract/results.ts';

/** The verdict as one sentence that can be read across a room. */
export function verdictSentence(verdict: Verdict, classes: readonly string[]): string {
  const name = verdict.class === null ? null : (classes[verdict.class] ?? null);
  if (verdict.kind === 'poisoned') {
    return name === null
      ? 'This data set is poisoned.'
      : `This data set is poisoned. Its target class is “${name}”.`;
  }
  if (verdict.kind === 'no-evidence') return 'No evidence of poison in this data set.';
  return name === null
    ? 'Uncertain: there is too little to go by.'
    : `Uncertain: something is unusual about class “${name}”.`;
}

/** How sure the verdict is; one without any confidence is an abstention. */
export function sureness({ kind, confidence }: Verdict): string {
  if (kind === 'uncertain' && confidence === 0) {
    return 'Theriac abstains: what it could measure neither shows nor rules out poison';
  }
  return confidenceInWords(confidence);
}

export function confidenceInWords(confidence: number): string {
  if (confidence >= 0.95) return 'Very sure';
  if (confidence >= 0.8) return 'Fairly sure';
  if (confidence >= 0.6) return 'More likely than not';
  return 'Not sure';
}

/** A sentence of the careful method, which speaks of "this class" and "the class", with the name of that class. */
export function withClassName(sentence: string, index: number, classes: readonly string[]): string {
  return sentence.replace(/\b(this|the) class\b/g, () => `“${classes[index] ?? index}”`);
}
