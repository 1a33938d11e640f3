/** Learning rate of each epoch of a stage: constant, then a tenth of it. */
export interface Schedule {
  rate: number;
  /** Epochs at the full rate. */
  fullEpochs: number;
}

export function constantRate(rate: number): Schedule {
  return { rate, fullEpochs: Infinity };
}

/** @param drop share of the epochs (0..1) after which the rate falls to a tenth; the published code's is 40 of 60. */
export function droppingRate(rate: number, epochs: number, drop: number): Schedule {
  return { rate, fullEpochs: Math.round(epochs * drop) };
}

/** @param epoch counted from 1 */
export function rateAt(schedule: Schedule, epoch: number): number {
  return epoch <= schedule.fullEpochs ? schedule.rate : schedule.rate / 10;
}
