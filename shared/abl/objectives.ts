import type { StepInput } from '../contract/engine.ts';

/**
 * The losses that the stages of Anti-Backdoor Learning (Li et al., 2021) minimise. With l_i the cross-entropy
 * of example i and B the number of examples in the batch:
 *
 * - plain:     mean(l)                         naive training, fine-tuning
 * - lga:       mean(sign(l_i - γ) · l_i)       stage 1 as in the paper: each example is held at γ
 * - lga-batch: sign(mean(l) - γ) · mean(l)     stage 1 as the published code computes "LGA"
 * - flooding:  |mean(l) - γ| + γ               the published code's default
 * - ascent:    -mean(l)                        unlearning as in the published code
 * - joint:     mean(l over kept) - λ · mean(l over isolated)   unlearning as in the paper, both in one step;
 *              isolated examples whose loss exceeds the ceiling add nothing
 *
 * The sign is a constant to the gradient. So lga-batch and flooding have the same gradient,
 * sign(mean(l) - γ) · ∇mean(l), and train the same model: they differ only in the value they report.
 */
export type Objective =
  | { kind: 'plain' }
  | { kind: 'lga'; gamma: number }
  | { kind: 'lga-batch'; gamma: number }
  | { kind: 'flooding'; gamma: number }
  | { kind: 'ascent' }
  | { kind: 'joint'; weight: number; ceiling: number | null };

export type ObjectiveFields = Pick<StepInput, 'weights' | 'gamma' | 'gammaBatch' | 'ceiling'>;

/**
 * How an engine's step is told to follow the objective. In a joint batch the kept examples come first.
 * @param descending examples in the batch, without the isolated ones of a joint batch
 * @param isolated isolated examples that follow them; only the joint objective has any
 */
export function objectiveFields(objective: Objective, descending: number, isolated = 0): ObjectiveFields {
  if (isolated > 0 && objective.kind !== 'joint')
    throw new RangeError(`${objective.kind} takes one kind of example`);
  const weights = new Float32Array(descending + isolated).fill(1 / descending);
  const fields: ObjectiveFields = { weights, gamma: null, gammaBatch: null, ceiling: null };
  switch (objective.kind) {
    case 'plain':
      return fields;
    case 'lga':
      return { ...fields, gamma: objective.gamma };
    case 'lga-batch':
    case 'flooding':
      return { ...fields, gammaBatch: objective.gamma };
    case 'ascent':
      weights.fill(-1 / descending);
      return fields;
    case 'joint':
      weights.fill(-objective.weight / isolated, descending);
      return { ...fields, ceiling: objective.ceiling };
  }
}

/** The objective's value on a batch of cross-entropies, in nats; in a joint batch the kept come first. */
export function objectiveValue(objective: Objective, losses: ArrayLike<number>, isolated = 0): number {
  const kept = losses.length - isolated;
  const mean = sumOf(losses, 0, kept) / kept;
  switch (objective.kind) {
    case 'plain':
      return mean;
    case 'lga':
      return sumOf(losses, 0, kept, (loss) => Math.sign(loss - objective.gamma) * loss) / kept;
    case 'lga-batch':
      return Math.sign(mean - objective.gamma) * mean;
    case 'flooding':
      return Math.abs(mean - objective.gamma) + objective.gamma;
    case 'ascent':
      return -mean;
    case 'joint': {
      const ceiling = objective.ceiling ?? Infinity;
      const pushed = sumOf(losses, kept, losses.length, (loss) => Math.min(loss, ceiling));
      return isolated > 0 ? mean - (objective.weight * pushed) / isolated : mean;
    }
  }
}

function sumOf(values: ArrayLike<number>, from: number, to: number, of = (value: number) => value): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += of(values[i]!);
  return sum;
}
