import { createRequire } from 'node:module';

/** A tensor that lives in the addon; must be deleted. */
export interface TensorHandle {
  id: number;
  shape: number[];
  dtype: number;
}

/** The part of the tfjs-node addon that is used here. */
export interface Binding {
  TF_Version: string;
  /** Shares the array's memory until the tensor is deleted: do not change it meanwhile. */
  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** Feeds and fetches are comma-joined 'node:output' names. Blocks until done. */
  runSavedModel(id: number, inputs: number[], feeds: string, fetches: string): TensorHandle[];
}

/** Loads the addon, and with it libtensorflow, into this process. @throws Error of the dynamic loader */
export function loadBinding(addonPath: string): Binding {
  return createRequire(import.meta.url)(addonPath) as Binding;
}
