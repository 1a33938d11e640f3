import { expect, it } from 'vitest';
import { ProgressMeter } from './progress.ts';

/** 50 steps of 64 images a second on a clock of its own. */
function meterAt(stepsBefore: number) {
  let time = 0;
  const meter = new ProgressMeter(1000, stepsBefore, () => time);
  let steps = stepsBefore;
  return {
    step: (ms = 20) => {
      time += ms;
      return meter.step(64, ++steps);
    },
    pause: (ms: number) => {
      time += ms;
      meter.skipPause();
    },
  };
}

it('reports at most ten times a second', () => {
  const { step } = meterAt(0);
  const reports = Array.from({ length: 100 }, () => step()).filter((figures) => figures !== null);
  expect(reports.length).toBeLessThanOrEqual(20);
  expect(reports.length).toBeGreaterThan(15);
});

it('measures speed and time left by this sitting', () => {
  const { step } = meterAt(400);
  expect(step()!.secondsLeft).toBeNull();
  const last = Array.from({ length: 199 }, () => step()).findLast((figures) => figures !== null)!;
  expect(last.imagesPerSecond).toBeCloseTo(3200, 6);
  expect(last.overall).toBeCloseTo(0.6, 2);
  expect(last.secondsLeft).toBeCloseTo(8, 0);
});

it('counts evaluation in the time left, but not in the speed', () => {
  const { step, pause } = meterAt(0);
  for (let i = 0; i < 100; i++) step();
  pause(2000);
  const last = Array.from({ length: 100 }, () => step()).findLast((figures) => figures !== null)!;
  expect(last.imagesPerSecond).toBeCloseTo(3200, 6);
  expect(last.secondsLeft).toBeCloseTo((6 / 200) * 800, 0);
});
