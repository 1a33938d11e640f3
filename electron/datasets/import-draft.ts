import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import type { SplitName } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { UnfinishedImport } from '../../shared/contract/api.ts';
import type { Checked } from './import-options.ts';
import { SPLITS } from './manifest.ts';
import { HOST, isOver } from './temporary.ts';

const PREFIX = '.import-';
const PLAN = 'plan.json';
const DONE = 'done.jsonl';
const KEPT_DAYS = 30;

const count = z.int().min(0);
const indices = z.array(z.tuple([count, z.string()]));

/** What the first pass over a source found, so that it need not be made again. */
const planSchema = z.strictObject({
  format: z.literal(1),
  /** The import as it was asked for. */
  request: z.looseObject({ source: z.string(), name: z.string() }),
  /** Of the source's files, see `source-stamp.ts`. */
  stamp: z.string(),
  /** Images, of which each is inspected and decoded. */
  total: count,
  names: z.array(z.string()),
  sizes: z.array(z.strictObject({ width: count, height: count, count })),
  /** Images that cannot be used, and why. */
  unusable: z.strictObject({ train: indices, test: indices, triggered: indices }),
});
export type Plan = z.infer<typeof planSchema>;

/** One letter for what became of each image, in the order in which they are decoded. */
export const OUTCOMES = { train: 't', test: 'e', triggered: 'g', none: '-', unusable: 'x' } as const;

const doneSchema = z.strictObject({
  pass: z.enum(['train', 'test', 'triggered']),
  outcomes: z.string().regex(/^[teg\-x]*$/),
  /** Of those with an x, in their order. */
  reasons: z.array(z.string()),
});
type Done = z.infer<typeof doneSchema>;

/** Outcomes of one pass. */
export interface Past {
  outcomes: string;
  reasons: string[];
}

/**
 * The folder of an import that can be gone on with. Its name says which import it is (by a hash of what was asked
 * for) and which process works in it: `.import-KEY-PID-HOST`, PID 0 = none. Beside the pixels it holds the plan, and
 * a list of what is done that is written when the pixels are safely on the disk.
 */
export class ImportDraft {
  folder: string;
  readonly #into: string;
  readonly #key: string;
  #ended = false;
  plan: Plan | null = null;
  /** Of the source as it is now. */
  stamp = '';
  past: Record<SplitName, Past> = emptyPast();

  private constructor(into: string, key: string, folder: string) {
    this.#into = into;
    this.#key = key;
    this.folder = folder;
  }

  /**
   * Takes over what an earlier process left of the same import, or begins anew.
   * @param fresh what was left is removed
   * @returns null while another process works on the same import
   */
  static async claim(options: Checked, fresh: boolean): Promise<ImportDraft | null> {
    const { into } = options;
    await fs.mkdir(into, { recursive: true });
    const key = keyOf(options);
    const own = path.join(into, `${PREFIX}${key}-${process.pid}-${HOST}`);
    let taken = false;
    for (const found of await drafts(into)) {
      if (found.key !== key) {
        if (found.idle && Date.now() - found.changed > KEPT_DAYS * 86_400_000) await remove(found.folder);
        continue;
      }
      if (!found.idle) return null;
      if (fresh || taken) await remove(found.folder);
      else {
        // Only one process can rename it.
        taken = await fs.rename(found.folder, own).then(
          () => true,
          () => false,
        );
      }
    }
    if (!taken) await fs.mkdir(own, { recursive: true });
    const draft = new ImportDraft(into, key, own);
    if (taken) await draft.#read();
    return draft;
  }

  /** Forgets what an earlier process did. */
  async clear(): Promise<void> {
    this.plan = null;
    this.past = emptyPast();
    for (const name of await fs.readdir(this.folder)) await remove(path.join(this.folder, name));
  }

  /** Writes down what is to be done. */
  async begin(plan: Plan): Promise<void> {
    this.plan = plan;
    await fs.writeFile(path.join(this.folder, PLAN), JSON.stringify(plan), { flush: true });
  }

  /** Notes what is done; the pixels must be on the disk. */
  async note(done: Done): Promise<void> {
    await fs.appendFile(path.join(this.folder, DONE), `${JSON.stringify(done)}\n`, { flush: true });
    // The folder's own time says to others that it is being worked in.
    await fs.utimes(this.folder, new Date(), new Date());
  }

  /** Before the folder becomes a data set. */
  async finish(): Promise<void> {
    for (const name of [DONE, PLAN]) await fs.rm(path.join(this.folder, name), { force: true });
  }

  /** After a failure. Doing what was refused again would not help: that is removed. Harmless when it ended before. */
  async end(error: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const worth = error instanceof ExpectedError && ['cancelled', 'storage'].includes(error.code);
    await (worth ? this.#leave() : remove(this.folder));
  }

  /** Whether the pixels of what is noted are there. @param bytes of one image */
  async isWhole(bytes: number): Promise<boolean> {
    const all = SPLITS.map((split) => this.past[split].outcomes).join('');
    for (const split of SPLITS) {
      const images = all.split(OUTCOMES[split]).length - 1;
      const state = await fs.stat(path.join(this.folder, `${split}.images`)).catch(() => null);
      if ((state?.size ?? 0) < images * bytes) return false;
    }
    return true;
  }

  /** Leaves it for a later process, if anything was noted, else removes it. */
  async #leave(): Promise<void> {
    const idle = path.join(this.#into, `${PREFIX}${this.#key}-0-${HOST}`);
    const worth = await fs.stat(path.join(this.folder, DONE)).catch(() => null);
    const left =
      worth !== null &&
      (await fs.rename(this.folder, idle).then(
        () => true,
        () => false,
      ));
    if (!left) await remove(this.folder);
  }

  async #read(): Promise<void> {
    const found = await readDraft(this.folder);
    if (!found) return this.clear();
    this.plan = found.plan;
    this.past = found.past;
  }
}

/** The imports that could be gone on with. */
export async function unfinishedImports(into: string): Promise<UnfinishedImport[]> {
  const found: UnfinishedImport[] = [];
  for (const { folder, idle, changed } of await drafts(into)) {
    const draft = idle ? await readDraft(folder) : null;
    if (!draft) continue;
    const { request, total } = draft.plan;
    const done = SPLITS.reduce((sum, split) => sum + draft.past[split].outcomes.length, 0);
    const { name, source } = request;
    found.push({ id: idOf(folder), name, source, done, total, at: new Date(changed).toISOString() });
  }
  return found;
}

/** What was asked for, to ask again. @param id as `unfinishedImports` gave it */
export async function unfinishedRequest(into: string, id: string): Promise<Plan['request'] | null> {
  const found = (await drafts(into)).find(({ folder, idle }) => idle && idOf(folder) === id);
  return (found && (await readDraft(found.folder))?.plan.request) ?? null;
}

/** @param id as `unfinishedImports` gave it */
export async function discardUnfinished(into: string, id: string): Promise<void> {
  const found = (await drafts(into)).find(({ folder, idle }) => idle && idOf(folder) === id);
  if (found) await remove(found.folder);
}

function idOf(folder: string): string {
  return path.basename(folder).slice(PREFIX.length);
}

async function drafts(into: string) {
  const found: { folder: string; key: string; idle: boolean; changed: number }[] = [];
  for (const name of await fs.readdir(into).catch(() => [])) {
    const [, key, pid, host] = /^\.import-([0-9a-f]{16})-(\d+)-([0-9a-f]{8})$/.exec(name) ?? [];
    if (!key || !pid || !host) continue;
    const folder = path.join(into, name);
    const state = await fs.stat(folder).catch(() => null);
    if (!state?.isDirectory()) continue;
    found.push({
      folder,
      key,
      idle: pid === '0' || isOver(pid, host, state.mtimeMs),
      changed: state.mtimeMs,
    });
  }
  return found;
}

async function readDraft(folder: string): Promise<{ plan: Plan; past: Record<SplitName, Past> } | null> {
  try {
    const plan = planSchema.parse(JSON.parse(await fs.readFile(path.join(folder, PLAN), 'utf8')));
    const past = emptyPast();
    const lines = (await fs.readFile(path.join(folder, DONE), 'utf8')).split('\n');
    // A process that was killed may have left half a line, which the last piece would be.
    for (const line of lines.slice(0, -1)) {
      const { pass, outcomes, reasons } = doneSchema.parse(JSON.parse(line));
      past[pass].outcomes += outcomes;
      for (const reason of reasons) past[pass].reasons.push(reason);
    }
    return { plan, past };
  } catch {
    return null;
  }
}

/** The same for the same images in the same order; the name to show is of no matter. */
function keyOf({ source, test, triggered, truth, size, split, limit, seed, mapping }: Checked): string {
  const asked = { source, test, triggered, truth, size, split, limit, seed, mapping };
  const decoder = sharp.versions.vips;
  return createHash('sha256')
    .update(JSON.stringify([1, decoder, asked]))
    .digest('hex')
    .slice(0, 16);
}

function emptyPast(): Record<SplitName, Past> {
  const none = (): Past => ({ outcomes: '', reasons: [] });
  return { train: none(), test: none(), triggered: none() };
}

async function remove(target: string): Promise<void> {
  await fs.rm(target, { recursive: true, force: true });
}
