/**
 * Verdicts on data sets whose truth was known, by tests/bench/careful/results.jsonl: the "report" cases, on which no
 * threshold was chosen, and the "families" of other attacks. Confidences come from these; a test compares them with that file.
 */
export const OBSERVED = {
  clean: { poisoned: 0, uncertain: 0, 'no-evidence': 54 },
  poisoned: { poisoned: 143, wrong: 0, uncertain: 0, 'no-evidence': 9 },
};
