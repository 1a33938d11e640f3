import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import { fromShared } from '../../../shared/images.ts';
import type { FromPixelWorker, ForPixelWorker } from './beside.ts';
import { linearDetector, PixelWork } from './pixel-work.ts';

/** The thread that does pixel work: in the order in which it will be asked for, each result once it is there. */
const { images, stopped, ...rest } = workerData as ForPixelWorker;

class Stopped extends Error {}
class Skipped extends Error {}

const pause = async () => {
  await setImmediate();
  if (Atomics.load(stopped, 0) !== 0) throw new Stopped();
};

/** The same for seeds, which may turn out not to be needed. */
const pauseOfSeeds = async () => {
  await pause();
  if (Atomics.load(stopped, 1) !== 0) throw new Skipped();
};

const send = (message: FromPixelWorker) => parentPort!.postMessage(message);

try {
  const input = { data: fromShared(images), ...rest };
  let linear: Promise<LinearDetector> | null = null;
  const work = new PixelWork(input, pause, () => (linear ??= linearDetector(input, pause)));
  send({ part: 'stamps', result: await work.stamps() });
  try {
    send({ part: 'seeds', result: await work.seeds(pauseOfSeeds) });
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
  }
  for (let label = 0; label < rest.classes; label++) {
    send({ part: `apart ${label}`, result: await work.apart(label) });
  }
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
}
