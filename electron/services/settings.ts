import { z } from 'zod';
import { PRESETS, presetSettings, type PresetName } from '../../shared/abl/presets.ts';
import { settingsSchema, type Settings } from '../../shared/abl/settings.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { NETWORKS, networkByName } from '../../shared/networks/zoo.ts';

/** What a person may want to know about one setting. */
export interface SettingHelp {
  key: keyof Settings;
  help: string;
  /** The allowed values in words: "0.0001 to 0.9", "yes or no". */
  allowed: string;
}

interface Described {
  type: string;
  description?: string;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

const described = (z.toJSONSchema(settingsSchema) as unknown as { properties: Record<string, Described> })
  .properties;

/** Every setting with its meaning and range, in the order of the schema. */
export function settingsHelp(): SettingHelp[] {
  return Object.entries(described).map(([key, one]) => ({
    key: key as keyof Settings,
    help: one.description ?? '',
    allowed: allowedValues(one),
  }));
}

export function presetNames(): PresetName[] {
  return PRESETS.map((preset) => preset.name);
}

/**
 * A preset's settings with some of them overridden.
 * @param overrides texts by key, as typed
 * @throws ExpectedError 'usage' that names the key, its meaning and what is allowed
 */
export function resolveSettings(
  preset: string,
  overrides: Readonly<Record<string, string>> = {},
  network?: string,
): Settings {
  const known = presetNames().find((name) => name === preset);
  if (!known) {
    throw new ExpectedError(
      'usage',
      `There is no preset "${preset}".`,
      `Presets: ${presetNames().join(', ')}.`,
    );
  }
  const values: Record<string, unknown> = { ...presetSettings(known) };
  const texts = network === undefined ? overrides : { ...overrides, network };
  for (const [key, text] of Object.entries(texts)) values[key] = parseSetting(key, text);
  // Whether there is such a network does not depend on the images, which may not be known yet.
  networkByName(String(values.network), { height: 32, width: 32, channels: 3, classes: 10 });
  return values as Settings;
}

function parseSetting(key: string, text: string): unknown {
  if (!Object.hasOwn(described, key)) {
    const close = similar(key);
    throw new ExpectedError(
      'usage',
      `There is no setting "${key}".`,
      close.length > 0
        ? `Did you mean ${close.join(' or ')}?`
        : `Settings: ${Object.keys(described).join(', ')}.`,
    );
  }
  const one = described[key]!;
  const checked = settingsSchema.shape[key as keyof Settings].safeParse(convert(one, text.trim()));
  if (checked.success) return checked.data;
  throw new ExpectedError(
    'usage',
    `The setting ${key} cannot be "${text}". ${one.description}. Allowed: ${allowedValues(one)}.`,
  );
}

function convert(one: Described, text: string): unknown {
  if (one.type === 'boolean') {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    return /^(false|no|off|0)$/i.test(text) ? false : text;
  }
  if (one.type === 'string') return text;
  return text === '' ? text : Number(text);
}

function allowedValues(one: Described): string {
  if (one.type === 'boolean') return 'yes or no';
  if (one.enum) return one.enum.join(', ');
  if (one.pattern) return NETWORKS;
  if (one.type === 'string') return 'a data set';
  const from = one.exclusiveMinimum === undefined ? `${one.minimum}` : `above ${one.exclusiveMinimum}`;
  return `${one.type === 'integer' ? 'whole numbers from ' : ''}${from} to ${one.maximum}`;
}

/** Keys that hold the same letters in part, whatever the case. */
function similar(key: string): string[] {
  const plain = key.toLowerCase().replace(/[^a-z]/g, '');
  if (plain.length < 3) return [];
  return Object.keys(described).filter((other) => {
    const name = other.toLowerCase();
    return name === plain || name.includes(plain) || plain.includes(name);
  });
}
