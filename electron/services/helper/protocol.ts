import { z } from 'zod';
import type {
  AttackRequestArgs,
  ImportPreview,
  ImportRequest,
  MapOfSaliency,
  Picture,
} from '../../../shared/contract/api.ts';
import type { DatasetManifest } from '../../../shared/contract/dataset.ts';
import type { ErrorValue } from '../../../shared/contract/errors.ts';
import type { MethodName } from '../../../shared/contract/results.ts';
import type { AttackOptions } from '../../datasets/attack.ts';
import type { ImportOptions } from '../../datasets/import.ts';
import type { SampleOptions } from '../../datasets/sample.ts';
import type { EnginePreference } from '../../engine/index.ts';
import type { SpeedReport } from '../speed-test.ts';

/*
 * The wire between a host and its helper process, which does what would block a host, or could crash it:
 * decoding images of a source that is not trusted, drawing and poisoning data sets, evaluating models.
 * The helper never opens the history.
 */

/** A model to ask: its weights file. */
export interface ModelFile {
  method: MethodName;
  file: string;
}

/** Softmax of one model for one image. */
export interface ModelAnswer {
  method: MethodName;
  predicted: number;
  probabilities: number[];
}

export interface AttackPair {
  height: number;
  width: number;
  channels: number;
  clean: Uint8Array;
  triggered: Uint8Array;
  count: number;
}

/** @param into where the data sets are stored: what must be unpacked to be looked at lies there for the moment */
export type PreviewRequest = ImportRequest & { into: string };

/** What a helper can do: name, request, answer. */
export interface Work {
  preview(request: PreviewRequest): ImportPreview;
  import(options: ImportOptions): DatasetManifest;
  sample(options: SampleOptions): DatasetManifest;
  attack(request: { folder: string; options: AttackOptions }): DatasetManifest;
  /** @param surrogates where networks that attacks train are kept */
  attackPreview(request: {
    folder: string;
    request: AttackRequestArgs;
    surrogates: string;
    engine: EnginePreference;
  }): AttackPair;
  /** Pixels as stored: one image of the models' size. */
  answers(request: { models: ModelFile[]; pixels: Uint8Array; engine: EnginePreference }): ModelAnswer[];
  answersForFile(request: { models: ModelFile[]; path: string; engine: EnginePreference }): ModelAnswer[];
  saliency(request: { models: ModelFile[]; pixels: Uint8Array; engine: EnginePreference }): MapOfSaliency[];
  picture(request: { model: ModelFile; bytes: Uint8Array; engine: EnginePreference }): Picture;
  speedTest(engine: EnginePreference): SpeedReport;
  installEngine(from: string | null): null;
}
export type WorkName = keyof Work;
export type WorkRequest<N extends WorkName> = Parameters<Work[N]>[0];
export type WorkAnswer<N extends WorkName> = ReturnType<Work[N]>;

export interface WorkProgress {
  /** Units of `total`; total 0 = unknown. */
  done: number;
  total: number;
  note: string;
}

export type ToHelper =
  { type: 'do'; id: number; work: WorkName; request: unknown } | { type: 'cancel'; id: number };

const errorValue: z.ZodType<ErrorValue> = z.strictObject({
  code: z.enum([
    'usage',
    'bad-input',
    'not-found',
    'busy',
    'storage',
    'history',
    'no-engine',
    'run-failed',
    'cancelled',
  ]),
  message: z.string(),
  remedy: z.string().optional(),
});

export const fromHelperSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('progress'),
    id: z.int(),
    done: z.number(),
    total: z.number(),
    note: z.string(),
  }),
  z.strictObject({ type: z.literal('done'), id: z.int(), value: z.unknown() }),
  z.strictObject({ type: z.literal('failed'), id: z.int(), error: errorValue }),
  /** A bug: the text is for the log. */
  z.strictObject({ type: z.literal('broken'), id: z.int(), stack: z.string() }),
]);
export type FromHelper = z.infer<typeof fromHelperSchema>;
