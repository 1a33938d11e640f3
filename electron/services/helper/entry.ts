/** The helper process: does one kind of work at a time for its host, and ends when the host goes away. */
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { attackDataset } from '../../datasets/attack.ts';
import { importSource } from '../../datasets/import.ts';
import { createSample } from '../../datasets/sample.ts';
import { attackPairs } from './attack-pairs.ts';
import { previewSource } from './preview.ts';
import type { FromHelper, ToHelper, Work, WorkProgress, WorkRequest } from './protocol.ts';

interface Hooks {
  onProgress(progress: WorkProgress): void;
  signal: AbortSignal;
}

// What computes is loaded when it is needed: a preview must not wait for an engine.
const work: { [N in keyof Work]: (request: never, hooks: Hooks) => Promise<ReturnType<Work[N]>> } = {
  preview: (request: WorkRequest<'preview'>, hooks) => previewSource(request, hooks),
  import: (options: WorkRequest<'import'>, hooks) => importSource(options, hooks),
  sample: (options: WorkRequest<'sample'>, hooks) => createSample(options, hooks),
  attack: ({ folder, options }: WorkRequest<'attack'>, hooks) => attackDataset(folder, options, hooks),
  attackPreview: (wanted: WorkRequest<'attackPreview'>, hooks) => attackPairs(wanted, hooks),
  answers: async ({ models, pixels, engine }: WorkRequest<'answers'>) => {
    const { answersForPixels } = await import('./answers.ts');
    return answersForPixels(models, pixels, engine);
  },
  answersForFile: async ({ models, path, engine }: WorkRequest<'answersForFile'>) => {
    const { answersForFile } = await import('./answers.ts');
    return answersForFile(models, path, engine);
  },
  saliency: async ({ models, pixels, engine }: WorkRequest<'saliency'>) => {
    const { saliencyOf } = await import('./saliency.ts');
    return saliencyOf(models, pixels, engine);
  },
  picture: async ({ model, bytes, engine }: WorkRequest<'picture'>) => {
    const { preparePicture } = await import('./answers.ts');
    return preparePicture(model, bytes, engine);
  },
  speedTest: async (engine: WorkRequest<'speedTest'>) => (await import('../speed-test.ts')).speedTest(engine),
  installEngine: async (from: WorkRequest<'installEngine'>, hooks) => {
    const { installRuntime } = await import('../../engine/runtime/index.ts');
    await installRuntime({
      ...(from === null ? {} : { from }),
      onProgress: ({ done, total, note }) => hooks.onProgress({ done, total, note }),
      signal: hooks.signal,
    });
    return null;
  },
};

/** Milliseconds between two progress messages of one piece of work. */
const PROGRESS_EVERY = 100;

const cancels = new Map<number, AbortController>();

process.on('message', (message: ToHelper) => {
  if (message.type === 'cancel') cancels.get(message.id)?.abort();
  else void perform(message);
});
process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C is the host's to act upon.
process.on('SIGINT', () => {});

async function perform({ id, work: name, request }: Extract<ToHelper, { type: 'do' }>): Promise<void> {
  const cancel = new AbortController();
  cancels.set(id, cancel);
  let told = 0;
  const onProgress = ({ done, total, note }: WorkProgress) => {
    const now = performance.now();
    if (now - told < PROGRESS_EVERY && done < total) return;
    told = now;
    send({ type: 'progress', id, done, total, note });
  };
  try {
    const value = await work[name](request as never, { onProgress, signal: cancel.signal });
    send({ type: 'done', id, value });
  } catch (error) {
    if (error instanceof ExpectedError) send({ type: 'failed', id, error: error.toValue() });
    else
      send({
        type: 'broken',
        id,
        stack: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
  } finally {
    cancels.delete(id);
  }
}

function send(message: FromHelper): void {
  if (process.connected) process.send?.(message, () => undefined);
}
