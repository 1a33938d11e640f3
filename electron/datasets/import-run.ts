import type { SplitName, Truth } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { classQuotas, shuffled, SplitAssignment } from './assignment.ts';
import { type Size, type SkipLog, sortClasses, UnusableFile } from './formats/source.ts';
import { type ImportDraft, OUTCOMES } from './import-draft.ts';
import type { Checked, ImportHooks } from './import-options.ts';
import { rowOf } from './import-truth.ts';
import { inOrder } from './in-order.ts';
import {
  attempt,
  type Candidate,
  type Opened,
  type Progress,
  RESUMED,
  type Usable,
  WINDOW,
} from './inspect.ts';
import { Journal } from './journal.ts';
import { MAX_SKIPPED_LISTED, SPLITS } from './manifest.ts';
import type { QualityCheck } from './quality.ts';
import type { NewDataset } from './writer.ts';

/** The second pass: decodes what is wanted and appends it to the new data set. */
export class ImportRun {
  readonly #options: Checked;
  readonly #opened: Opened;
  readonly #usable: Usable;
  readonly #size: Size;
  readonly #skips: SkipLog;
  readonly #quality: QualityCheck;
  readonly #progress: Progress;
  readonly #hooks: ImportHooks;
  readonly #journal: Journal | null;
  #grey = true;
  readonly #stored: Record<SplitName, Candidate[]> = { train: [], test: [], triggered: [] };

  constructor(
    options: Checked,
    opened: Opened,
    usable: Usable,
    size: Size,
    skips: SkipLog,
    quality: QualityCheck,
    progress: Progress,
    hooks: ImportHooks,
    draft: ImportDraft | null = null,
  ) {
    this.#options = options;
    this.#opened = opened;
    this.#usable = usable;
    this.#size = size;
    this.#skips = skips;
    this.#quality = quality;
    this.#progress = progress;
    this.#hooks = hooks;
    this.#journal = draft && new Journal(draft, hooks.noteEvery);
  }

  async fill(dataset: NewDataset) {
    const { splits, truth } = this.#opened;
    const splitOff = splits.test === null && this.#options.split > 0;
    this.#checkClasses(this.#trainNames());
    const assignment = this.#assignment(splitOff);
    await this.#decode(
      dataset,
      'train',
      splitOff,
      (candidate) => {
        const poisoned = truth?.rows[candidate.index]?.poisoned ?? false;
        return assignment.next(candidate.label, poisoned);
      },
      (candidate) => assignment.wants(candidate.label),
    );
    for (const split of ['test', 'triggered'] as const) {
      if (splits[split])
        await this.#decode(
          dataset,
          split,
          false,
          () => split,
          () => true,
        );
    }
    return this.#describe(splitOff);
  }

  #trainNames(): Set<string> {
    return new Set(this.#usable.candidates.train.map(({ label }) => this.#usable.names[label]!));
  }

  #assignment(splitOff: boolean): SplitAssignment {
    const { names, candidates } = this.#usable;
    const sizes = names.map(() => 0);
    for (const { label } of candidates.train) sizes[label]!++;
    const { limit } = this.#options;
    if (limit !== undefined && limit < this.#trainNames().size) {
      throw new ExpectedError('usage', `A limit of ${limit} images is less than one for each class.`);
    }
    const quota = limit === undefined ? null : classQuotas(sizes, limit);
    return new SplitAssignment(names.length, splitOff ? this.#options.split : 0, quota);
  }

  async #decode(
    dataset: NewDataset,
    from: SplitName,
    splitOff: boolean,
    assign: (candidate: Candidate) => SplitName | null,
    wanted: (candidate: Candidate) => boolean,
  ): Promise<void> {
    const collection = this.#opened.splits[from]!;
    const candidates = this.#usable.candidates[from];
    const sampling = splitOff || (from === 'train' && this.#options.limit !== undefined);
    const ordered = collection.ordered && !sampling;
    const sequence = ordered ? candidates : shuffled(candidates, this.#options.seed, from);
    const work = async (candidate: Candidate) =>
      wanted(candidate) ? attempt(collection.read(candidate.index, this.#size)) : null;
    const done = await this.#repeat(dataset, from, sequence, assign);
    const rest = done > 0 ? sequence.slice(done) : sequence;
    try {
      for await (const { item, result } of inOrder(rest, work, WINDOW, this.#hooks.signal)) {
        this.#progress.step('Decoding images');
        // Images decoded ahead may be wanted no more when their turn comes; what became of them must not count then.
        if (result === null || !wanted(item)) await this.#journal?.add(dataset, from, OUTCOMES.none);
        else if (result instanceof UnusableFile) {
          this.#opened.skips[from].add(item.id, result.reason);
          await this.#journal?.add(dataset, from, OUTCOMES.unusable, result.reason);
        } else {
          const split = assign(item);
          if (split !== null) {
            this.#see(split, item, result);
            await dataset.append(split, result, [item.label], [item.id]);
          }
          await this.#journal?.add(dataset, from, OUTCOMES[split ?? 'none']);
        }
      }
    } catch (error) {
      if (error instanceof ExpectedError && error.code === 'cancelled') await this.#journal?.write(dataset);
      throw error;
    }
    // A later pass begins with all of this one on the disk.
    await this.#journal?.write(dataset);
  }

  /** Does again what an earlier import did with its pixels. @returns images that are done */
  async #repeat(
    dataset: NewDataset,
    from: SplitName,
    sequence: Candidate[],
    assign: (candidate: Candidate) => SplitName | null,
  ): Promise<number> {
    const past = this.#journal?.past(from);
    if (!past) return 0;
    const { width, height } = this.#size;
    const reasons = past.reasons.values();
    for (const [i, outcome] of [...past.outcomes].entries()) {
      const item = sequence[i]!;
      if (outcome === OUTCOMES.unusable) this.#opened.skips[from].add(item.id, reasons.next().value!);
      if (outcome === OUTCOMES.unusable || outcome === OUTCOMES.none) continue;
      const split = assign(item);
      if (split === null || OUTCOMES[split] !== outcome) throw new RangeError(`image ${i} is not ${outcome}`);
      this.#see(split, item, await dataset.repeat(split, 3 * width * height, item.label, item.id));
    }
    this.#progress.skip(past.outcomes.length, RESUMED);
    const later = SPLITS.slice(SPLITS.indexOf(from) + 1);
    const last = later.every((pass) => this.#journal!.past(pass).outcomes === '');
    if (last && (from === 'train' || past.outcomes !== '')) await dataset.endRepetition();
    return past.outcomes.length;
  }

  #see(split: SplitName, item: Candidate, pixels: Uint8Array): void {
    this.#grey &&= isGrey(pixels);
    this.#quality.addExample(split, item.label, pixels);
    this.#stored[split].push(item);
  }

  /** Refuses what no classifier can be trained on. @param present names of classes with training images */
  #checkClasses(present: Set<string>): void {
    const { source } = this.#options;
    if (present.size < 2) {
      const why = this.#skips.count > 0 ? ` (passed over: ${this.#skips.summary()})` : '';
      const only = [...present].map((name) => `"${name}"`).join('');
      throw new ExpectedError(
        'bad-input',
        present.size === 0
          ? `No usable image in ${source}${why}.`
          : `${source} has only one class, ${only}${why}.`,
        'Training a classifier needs images of at least two classes.',
      );
    }
    for (const split of ['test', 'triggered'] as const) {
      const stranger = this.#usable.candidates[split].find((c) => !present.has(this.#usable.names[c.label]!));
      if (stranger) {
        const name = this.#usable.names[stranger.label]!;
        throw new ExpectedError(
          'bad-input',
          `The ${split === 'test' ? 'test' : 'triggered test'} images have the class "${name}" (${stranger.id}), ` +
            'of which there is no usable training image.',
          'Use the same class names in all splits.',
        );
      }
      const given = this.#opened.splits[split];
      if (given && this.#usable.candidates[split].length === 0) {
        throw new ExpectedError(
          'bad-input',
          `No usable image among the ${split} images: ${this.#skips.summary()}.`,
        );
      }
    }
  }

  async #describe(splitOff: boolean) {
    const { names } = this.#usable;
    const present = new Set(this.#stored.train.map(({ label }) => names[label]!));
    // Decoding may have thinned out what the headers promised.
    this.#usable.candidates.test = this.#stored.test;
    this.#usable.candidates.triggered = this.#stored.triggered;
    this.#checkClasses(present);
    const inOwnOrder = this.#opened.source.classes?.filter((name) => present.has(name));
    const classes = inOwnOrder?.length === present.size ? inOwnOrder : sortClasses(present);
    const relabel = Int32Array.from(names, (name) => classes.indexOf(name));
    const balance = {} as Record<SplitName, number[]>;
    for (const split of SPLITS) {
      balance[split] = classes.map(() => 0);
      for (const { label } of this.#stored[split]) balance[split][relabel[label]!]!++;
    }
    const truth = this.#truth(classes);
    const warnings = this.#warnings(classes, balance);
    for (const warning of warnings) this.#hooks.onWarning?.(warning);
    const hasTest = this.#stored.test.length > 0;
    this.#progress.finish();
    return {
      manifest: {
        name: this.#options.name,
        source: this.#options.source,
        sourceKind: this.#opened.source.kind,
        classes,
        height: this.#size.height,
        width: this.#size.width,
        channels: this.#grey ? 1 : 3,
        testOrigin: !hasTest ? ('none' as const) : splitOff ? ('split' as const) : ('given' as const),
        target: this.#target(truth, balance, relabel),
        attack: null,
        skipped: this.#skips.listed.slice(0, MAX_SKIPPED_LISTED),
        skippedCount: this.#skips.count,
      },
      truth,
      quality: this.#quality.finish(balance, this.#skips.hidden, warnings),
      relabel,
      dropColour: this.#grey,
    };
  }

  #truth(classes: string[]): Truth | null {
    const known = this.#opened.truth;
    if (!known) return null;
    const rows = this.#stored.train.map(({ index, id }) => rowOf(known, index, id));
    const stranger = rows.find((row) => !classes.includes(row.trueLabel));
    if (stranger) {
      throw new ExpectedError(
        'bad-input',
        `${known.file}, line ${stranger.line}: the true label "${stranger.trueLabel}" is not one of the classes.`,
      );
    }
    return {
      poisoned: Uint8Array.from(rows, (row) => (row.poisoned ? 1 : 0)),
      trueLabels: Int32Array.from(rows, (row) => classes.indexOf(row.trueLabel)),
    };
  }

  /**
   * The class that poison leads to, for evaluation: the one label of all known poison, else the one class of the
   * test split that has no triggered images (triggered images are made from the other classes).
   */
  #target(truth: Truth | null, balance: Record<SplitName, number[]>, relabel: Int32Array): number | null {
    const labels = new Set(
      this.#stored.train.filter((_, i) => truth?.poisoned[i]).map(({ label }) => relabel[label]!),
    );
    if (labels.size > 0) return labels.size === 1 ? [...labels][0]! : null;
    if (this.#stored.triggered.length === 0) return null;
    const absent = [...balance.test.keys()].filter((c) => balance.test[c]! > 0 && balance.triggered[c] === 0);
    return absent.length === 1 ? absent[0]! : null;
  }

  #warnings(classes: string[], balance: Record<SplitName, number[]>): string[] {
    const warnings = classes
      .filter((_, i) => balance.train[i] === 1)
      .map((name) => `The class "${name}" has only one training image.`);
    if (this.#stored.test.length === 0) warnings.push('There is no test split: accuracy cannot be measured.');
    return warnings;
  }
}

function isGrey(rgb: Uint8Array): boolean {
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return false;
  }
  return true;
}
