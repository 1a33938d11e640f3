import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from '../../../shared/networks/types.ts';
import type { Binding } from './binding.ts';
import { UINT8 } from './graph.ts';

/**
 * A network whose weights are constants of its graph. It can only answer, and does so for a single image in about half
 * the time: TensorFlow folds batch norm into the convolutions and lays out their weights once, not at each call.
 */
export class FrozenModel {
  readonly #binding: Binding;
  readonly #network: Network;
  readonly #session: number;

  /** @param graph a SavedModel with the input `images` (uint8) and the output `logits` */
  constructor(binding: Binding, network: Network, graph: Uint8Array) {
    this.#binding = binding;
    this.#network = network;
    // The binding loads graphs from a folder only; the file is needed no longer once it is loaded.
    const folder = mkdtempSync(join(tmpdir(), 'theriac-frozen-'));
    try {
      writeFileSync(join(folder, 'saved_model.pb'), graph);
      this.#session = binding.loadSavedModel(folder, 'serve');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** @param images B x height x width x channels. @returns B x classes */
  async logits(images: Uint8Array): Promise<Float32Array> {
    const { height, width, channels } = this.#network;
    const shape = [images.length / (height * width * channels), height, width, channels];
    const input = this.#binding.createTensor(shape, UINT8, images);
    try {
      const [output] = this.#binding.runSavedModel(this.#session, [input], 'images:0', 'logits:0');
      const logits = this.#binding.tensorDataSync(output!.id) as Float32Array;
      this.#binding.deleteTensor(output!.id);
      return logits;
    } finally {
      this.#binding.deleteTensor(input);
    }
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#session);
  }
}
