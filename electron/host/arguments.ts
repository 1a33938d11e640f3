import { InvalidArgumentError, Option } from 'commander';
import { METHODS } from '../../shared/contract/trainer.ts';
import type { MethodName } from '../../shared/contract/results.ts';

/** Parsers of option values; commander names the option in its message. */

export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= low && value <= high)) {
      const limit = high === Number.MAX_SAFE_INTEGER ? `from ${low}` : `from ${low} to ${high}`;
      throw new InvalidArgumentError(`It must be a whole number ${limit}.`);
    }
    return value;
  };
}

export function share(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
    return value;
  };
}

/** `key=value`, gathered over repetitions. */
export function keyValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must look like key=value.');
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1) };
}

/** Gathers repetitions. */
export function several(text: string, before: string[] = []): string[] {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return [...before, text];
}

/** 'naive,abl' in the order in which they run. */
export function methodList(text: string): MethodName[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !(METHODS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Methods are ${METHODS.join(', ')}, with commas between.`);
  return METHODS.filter((name) => wanted.includes(name));
}

/** The memory for images, in megabytes. */
export function imageMemory(): Option {
  return new Option(
    '--image-memory <MB>',
    'memory for images; the others are read from the disk during training (default: half of what is free)',
  ).argParser(wholeNumber(1, 16_000_000));
}
