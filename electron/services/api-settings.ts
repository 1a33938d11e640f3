import { readFileSync, renameSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { UserSettings } from '../../shared/contract/api.ts';
import { userSettingsSchema } from '../../shared/contract/schemas.ts';
import { asStorageError } from '../history/storage-errors.ts';

const FORMAT = 1;
const NAME = 'settings.json';

const DEFAULTS: UserSettings = { theme: 'system', engine: 'auto', threads: 0, imageMemory: 0, notify: true };

const fileSchema = z.strictObject({ format: z.literal(FORMAT), settings: userSettingsSchema });

/**
 * What the user chose, in `settings.json` of the data folder. A file that cannot be understood is put aside
 * under another name and the defaults are used: a slip in it must not keep the program from starting.
 */
export class UserSettingsFile {
  readonly #file: string;
  #settings: UserSettings;
  #writing: Promise<void> = Promise.resolve();
  /** What happened while reading, in plain words; null = nothing. */
  readonly notice: string | null;

  constructor(folder: string) {
    this.#file = join(folder, NAME);
    const { settings, notice } = readSettings(this.#file);
    this.#settings = settings;
    this.notice = notice;
  }

  get(): UserSettings {
    return { ...this.#settings };
  }

  /** Writes the whole file or nothing. @throws ExpectedError 'storage' */
  async change(change: Partial<UserSettings>): Promise<UserSettings> {
    this.#settings = { ...this.#settings, ...change };
    await this.save();
    return this.get();
  }

  /** Writes the settings as they are, after those writes that are under way. */
  async save(): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, settings: this.#settings }, null, 2);
    const writing = this.#writing.then(() => writeWhole(this.#file, text));
    this.#writing = writing.catch(() => undefined);
    await writing;
  }
}

function readSettings(file: string): { settings: UserSettings; notice: string | null } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { settings: { ...DEFAULTS }, notice: null };
    const reason = error instanceof Error ? error.message : String(error);
    return {
      settings: { ...DEFAULTS },
      notice: `The settings could not be read (${reason}); the defaults are used.`,
    };
  }
  const parsed = fileSchema.safeParse(withDefaults(asJson(text)));
  if (parsed.success) return { settings: parsed.data.settings, notice: null };
  const aside = `${file}.damaged-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`;
  let where: string;
  try {
    renameSync(file, aside);
    where = `It was kept as ${aside}`;
  } catch {
    where = 'It was left where it is';
  }
  return {
    settings: { ...DEFAULTS },
    notice: `The settings file ${file} is damaged or from another version. ${where}; the defaults are used.`,
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Settings that came later than the file are as if they had not been touched. */
function withDefaults(value: unknown): unknown {
  const settings: unknown = (value as { settings?: unknown } | null)?.settings;
  if (typeof settings !== 'object' || settings === null) return value;
  return { ...(value as object), settings: { ...DEFAULTS, ...settings } };
}

async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw asStorageError(error, `the settings file ${file}`);
  }
}
