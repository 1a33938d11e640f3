/** The helper process: does one kind of work at a time for its host, and ends when the host goes away. */
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { attackDataset } from '../../datasets/attack.ts';
import { importSource } from '../../datasets/import.ts';
import { createSample } from '../../datasets/sample.ts';
import { installRuntime } from '../../engine/runtime/index.ts';
import { speedTest } from '../speed-test.ts';
import { answersForFile, answersForPixels } from './answers.ts';
import { attackPairs } from './attack-pairs.ts';
import { previewSource } from './preview.ts';
import type { FromHelper, ToHelper, Work, WorkProgress } from './protocol.ts';

interface Hooks {
  onProgress(progress: WorkProgress): void;
  signal: AbortSignal;
}

const work: { [N in keyof Work]: (request: never, hooks: Hooks) => Promise<ReturnType<Work[N]>> } = {
  preview: (request: Parameters<Work['preview']>[0], hooks) => previewSource(request, hooks),
  import: (options: Parameters<Work['import']>[0], hooks) => importSource(options, hooks),
  sample: (options: Parameters<Work['sample']>[0], hooks) => createSample(options, hooks),
  attack: ({ folder, options }: Parameters<Work['attack']>[0], hooks) =>
    attackDataset(folder, options, hooks),
  attackPreview: ({ folder, request }: Parameters<Work['attackPreview']>[0]) => attackPairs(folder, request),
  answers: ({ models, pixels, engine }: Parameters<Work['answers']>[0]) =>
    answersForPixels(models, pixels, engine),
  answersForFile: ({ models, path, engine }: Parameters<Work['answersForFile']>[0]) =>
    answersForFile(models, path, engine),
  speedTest: (engine: Parameters<Work['speedTest']>[0]) => speedTest(engine),
  installEngine: async (from: Parameters<Work['installEngine']>[0], hooks) => {
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
