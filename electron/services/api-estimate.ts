import { CAREFUL } from '../../shared/abl/careful/settings.ts';
import { isolationCount } from '../../shared/abl/isolation.ts';
import type { Settings } from '../../shared/abl/settings.ts';
import type { StartRequest, TimeEstimate } from '../../shared/contract/api.ts';
import type { DatasetManifest } from '../../shared/contract/dataset.ts';
import type { MethodName } from '../../shared/contract/results.ts';
import { layerShapes } from '../../shared/networks/shapes.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import type { ApiContext } from './api-context.ts';
import type { StoredSpeed } from './api-engine.ts';
import { runRequest } from './api-experiments.ts';
import { resolveSettings } from './settings.ts';
import { SPEED_TEST_SIZE } from './speed-test.ts';

/** What evaluation, checkpoints and the start of the engine add to training, as a factor. */
const OVERHEAD = 1.15;
/** A network does not compute all its layers equally fast, so a guess from another network is rounded up. */
const OTHER_NETWORK = 1.3;

/**
 * How long a run will take here: from a finished run of the same network, else from the speed test, else unknown.
 * @throws ExpectedError when the request itself cannot be run
 */
export function estimate(
  context: ApiContext,
  request: StartRequest,
  speed: StoredSpeed | null,
): TimeEstimate {
  const { manifest } = context.dataset(request.datasetId);
  const settings = resolveSettings(request.preset, runRequest(request).set);
  return estimateRun(context, manifest, { ...request, settings }, speed);
}

/** What one run computes. */
export interface EstimatedRun {
  settings: Settings;
  methods: readonly MethodName[];
  engine: StartRequest['engine'];
}

/** The same for settings that are complete, on a data set or one of its size. */
export function estimateRun(
  context: ApiContext,
  manifest: DatasetManifest,
  { settings, methods, engine }: EstimatedRun,
  speed: StoredSpeed | null,
): TimeEstimate {
  const images = plannedImages(settings, methods, manifest.counts.train);
  const like = context.catalogue
    .finishedRuns(settings.network)
    .find((run) => sameSize(run.manifest, manifest) && engineFits(engine, run.engine));
  if (like) {
    const trained = plannedImages(like.settings, like.methods, like.manifest.counts.train);
    return {
      seconds: (like.seconds / trained) * images,
      basis: `Measured on this computer in the run "${like.name}".`,
    };
  }
  if (speed && engineFits(engine, speed.engine)) {
    const cost = operations(settings.network, manifest) / operations(speed.network, SPEED_TEST_SIZE);
    const other = settings.network === speed.network ? 1 : OTHER_NETWORK;
    const seconds = (images / speed.imagesPerSecond) * cost * other * OVERHEAD;
    return {
      seconds,
      basis: `A rough guess from the speed test (${Math.round(speed.imagesPerSecond)} images/s).`,
    };
  }
  return {
    seconds: null,
    basis: 'The speed of this computer is not known yet: run the speed test on the Engine page.',
  };
}

/** Training images that pass through the network in all stages of all methods. */
export function plannedImages(s: Settings, methods: readonly MethodName[], available: number): number {
  const count = s.trainLimit > 0 ? Math.min(s.trainLimit, available) : available;
  const isolated = isolationCount(count, s.isolationRate);
  const single = methods.filter((method) => method !== 'abl').length * s.naiveEpochs * count;
  if (!methods.includes('abl')) return single;
  if (s.isolation === 'careful') {
    // Its own models are small; the ABL model's training repeats the naive model's at most.
    return (
      single +
      (CAREFUL.stageOneEpochs +
        (CAREFUL.looks - 1) * CAREFUL.epochsBetweenLooks +
        CAREFUL.checkEpochs +
        s.naiveEpochs) *
        count
    );
  }
  const separate = s.unlearning === 'separate' ? s.unlearnSteps * s.batchSize : 0;
  // The isolated examples join each step of the joint stage.
  const joint = s.unlearning === 'joint' ? s.jointEpochs * count : 0;
  return single + s.isolationEpochs * count + s.fineTuneEpochs * (count - isolated) + separate + joint;
}

/** Multiplications of one image's forward pass; a training step needs the same multiple of it in every network. */
function operations(
  name: string,
  size: { height: number; width: number; channels: number; classes: number | string[] },
): number {
  const classes = typeof size.classes === 'number' ? size.classes : size.classes.length;
  const { height, width, channels } = size;
  const network = networkByName(name, { height, width, channels, classes });
  const shapes = layerShapes(network);
  let total = 0;
  for (const layer of network.layers) {
    const shape = shapes.get(layer.name)!;
    if (layer.kind === 'conv') {
      total +=
        shape.height * shape.width * layer.filters * layer.kernel ** 2 * shapes.get(layer.input)!.channels;
    } else if (layer.kind === 'dense') {
      total += layer.units * shapes.get(layer.input)!.channels;
    }
  }
  return total;
}

function sameSize(a: DatasetManifest, b: DatasetManifest): boolean {
  return a.height === b.height && a.width === b.width && a.channels === b.channels;
}

function engineFits(wanted: StartRequest['engine'], measured: string): boolean {
  return wanted === 'auto' || wanted === measured;
}
