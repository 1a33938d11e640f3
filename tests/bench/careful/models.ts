import { setImmediate } from 'node:timers/promises';
import type { CarefulInput } from '../../../electron/trainer/careful/careful.ts';
import { trainThrough } from '../../../electron/trainer/careful/stages.ts';
import { pasteOne, type Trigger } from '../../../shared/abl/careful/trigger.ts';
import { withTriggersPasted, type Unlearnable } from '../../../shared/abl/careful/unlearning.ts';
import { answersOn, reestimate } from '../../../shared/abl/inspection.ts';
import { trainStage } from '../../../shared/abl/stages.ts';
import type { Images } from '../../../shared/contract/dataset.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import { imageBytes, inMemory } from '../../../shared/images.ts';
import { evaluateAnswers } from '../../../shared/metrics/answers.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import type { LoadedCase } from './load.ts';

export interface ModelLine {
  images: number;
  poisonLeft: number;
  ca: number | null;
  asr: number | null;
  caReestimated: number | null;
  asrReestimated: number | null;
  /**
   * Accuracy on test images of the target class that carry the reconstructed trigger, re-estimated: where the trigger means nothing it
   * is that without it. Null where none was found.
   */
  targetWithTrigger: number | null;
  cpuSeconds: number;
}

/** The reconstructed trigger. */
interface Found {
  target: number;
  trigger: Trigger;
}

/**
 * The final, the naive and the oracle model of a case: same network, seed, epochs and augmentation, so they
 * differ in nothing but the images. A set of images that two of them share is trained on once.
 */
export class Comparison {
  readonly #input: CarefulInput;
  readonly #case: LoadedCase;
  readonly #clock: () => number;
  readonly #found: Found | null;
  readonly #known = new Map<string, ModelLine>();

  constructor(input: CarefulInput, loaded: LoadedCase, found: Found | null, clock: () => number) {
    this.#found = found;
    this.#input = input;
    this.#case = loaded;
    this.#clock = clock;
  }

  /**
   * @param kept what the method leaves
   * @param triggers that the final model unlearns; `removal` is one that does not
   */
  async all(
    kept: Int32Array,
    triggers: Unlearnable[],
  ): Promise<Record<'careful' | 'removal' | 'naive' | 'oracle', ModelLine>> {
    const { examples, data, seed } = this.#input;
    const pasted = withTriggersPasted(data, kept, triggers, seed);
    return {
      careful: triggers.length > 0 ? await this.#train(kept, pasted) : await this.#trainedOn(kept),
      removal: await this.#trainedOn(kept),
      naive: await this.#trainedOn(examples),
      oracle: await this.#trainedOn(examples.filter((index) => this.#case.truth.poisoned[index] === 0)),
    };
  }

  async #trainedOn(examples: Int32Array): Promise<ModelLine> {
    const key = examples.join();
    const line = this.#known.get(key) ?? (await this.#train(examples));
    this.#known.set(key, line);
    return line;
  }

  /** @param learnt what is trained on, where that is more than some of the examples */
  async #train(
    examples: Int32Array,
    learnt: { data: Images; examples: Int32Array } = { data: this.#input.data, examples },
  ): Promise<ModelLine> {
    const { engine, data, classes, settings, seed } = this.#input;
    const { height, width, channels } = data;
    const pause = async () => void (await setImmediate());
    const model = await engine.compile(
      networkByName(settings.network, { height, width, channels, classes }),
      seed,
    );
    try {
      const start = this.#clock();
      await trainThrough(
        model,
        trainStage(settings, learnt.examples),
        { ...this.#input, data: learnt.data },
        pause,
      );
      const cpuSeconds = this.#clock() - start;
      const { ca, asr } = await this.#evaluate(model);
      await reestimate(model, data, examples, settings.reestimateImages, seed, pause);
      const after = await this.#evaluate(model);
      const targetWithTrigger = await this.#onTarget(model);
      const poisonLeft = examples.reduce((sum, index) => sum + this.#case.truth.poisoned[index]!, 0);
      const reestimated = { caReestimated: after.ca, asrReestimated: after.asr };
      return { images: examples.length, poisonLeft, ca, asr, ...reestimated, targetWithTrigger, cpuSeconds };
    } finally {
      model.dispose();
    }
  }

  async #onTarget(model: Model): Promise<number | null> {
    if (!this.#found) return null;
    const { target, trigger } = this.#found;
    const { test } = this.#case;
    const size = imageBytes(test);
    const indices = [...test.labels.keys()].filter((i) => test.labels[i] === target);
    const images = new Uint8ClampedArray(indices.length * size);
    const from = inMemory(test);
    indices.forEach((index, i) => pasteOne(images, i * size, from.image(index), trigger));
    const labels = new Int32Array(indices.length).fill(target);
    const pasted = { ...test, count: indices.length, images: new Uint8Array(images.buffer), labels };
    const { predicted } = await answersOn(model, inMemory(pasted), async () => void (await setImmediate()));
    return indices.length > 0
      ? predicted.filter((answer) => answer === target).length / indices.length
      : null;
  }

  async #evaluate(model: Model) {
    const { test, triggered, target, classes } = this.#case;
    const pause = async () => void (await setImmediate());
    return evaluateAnswers(
      await answersOn(model, inMemory(test), pause),
      triggered && triggered.count > 0 ? await answersOn(model, inMemory(triggered), pause) : null,
      classes.length,
      target,
    );
  }
}
