import { discriminantSeeds } from '../../../shared/abl/careful/discriminant.ts';
import { LinearDetector } from '../../../shared/abl/careful/linear.ts';
import type { RankedClass } from '../../../shared/abl/careful/seeds.ts';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { stampsIn, type Stamp } from '../../../shared/abl/careful/stamps.ts';
import type { Pause } from '../../../shared/abl/inspection.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import { partsApart, type Apart } from './alignment.ts';
import { membersOf } from './flagging.ts';
import { sample } from './probes.ts';

/** A training set, all examples in use. */
export interface PixelInput {
  data: Images;
  classes: number;
  /** Data-set indices, rising. */
  examples: Int32Array;
  seed: number;
}

/**
 * What the examination asks of the pixels alone, of all examples in use. It takes long and needs no model, so it can be done
 * while one is trained.
 */
export class PixelWork {
  readonly #input: PixelInput;
  readonly #pause: Pause;
  readonly #linear: () => Promise<LinearDetector>;

  /** @param linear the detector of these images */
  constructor(input: PixelInput, pause: Pause, linear: () => Promise<LinearDetector>) {
    this.#input = input;
    this.#pause = pause;
    this.#linear = linear;
  }

  stamps(): Promise<Stamp[]> {
    const { data, classes, examples, seed } = this.#input;
    return stampsIn(data, sample(examples, examples.length, seed, 'stamps'), classes, this.#pause);
  }

  /** The parts of a class that lie apart. */
  async apart(label: number): Promise<Apart[]> {
    const members = membersOf(label, this.#input);
    if (members.length < CAREFUL.smallestClass) return [];
    const linear = await this.#linear();
    return partsApart({ ...this.#input, linear, pause: this.#pause }, label, members);
  }

  async seeds(pause = this.#pause): Promise<RankedClass[]> {
    const { data, classes, examples, seed } = this.#input;
    const found: RankedClass[] = [];
    for (const ranked of discriminantSeeds(data, examples, classes, seed)) {
      if (ranked) found.push(ranked);
      await pause();
    }
    return found;
  }
}

export function linearDetector(
  { data, examples, seed }: Omit<PixelInput, 'classes'>,
  pause: Pause,
): Promise<LinearDetector> {
  return LinearDetector.of(data, sample(examples, examples.length, seed, 'linear'), pause);
}
