import { ExpectedError } from '../contract/errors.ts';
import type { AttackParameter } from './types.ts';

export type ParameterValues = Record<string, number | string | boolean>;

/**
 * All parameters of an attack: the given values, checked, and defaults for the rest. Numbers and truth values may
 * come as text, as they are typed on a command line.
 * @throws ExpectedError 'usage' naming the parameter and what it accepts
 */
export function completeParameters(
  attack: string,
  parameters: AttackParameter[],
  given: ParameterValues,
): ParameterValues {
  const known = new Set(parameters.map(({ name }) => name));
  for (const name of Object.keys(given)) {
    if (known.has(name)) continue;
    const list = parameters.map((p) => p.name).join(', ');
    throw new ExpectedError('usage', `The attack ${attack} has no parameter "${name}".`, `It has: ${list}.`);
  }
  const values: ParameterValues = {};
  for (const parameter of parameters) {
    const value = Object.hasOwn(given, parameter.name)
      ? fromText(given[parameter.name]!, parameter.default)
      : parameter.default;
    const problem = problemWith(parameter, value);
    if (problem) {
      throw new ExpectedError(
        'usage',
        `The parameter "${parameter.name}" of ${attack} ${problem}, not ${String(value)}.`,
      );
    }
    values[parameter.name] = value;
  }
  return values;
}

function fromText(
  value: number | string | boolean,
  example: number | string | boolean,
): number | string | boolean {
  if (typeof value !== 'string') return value;
  if (typeof example === 'number' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  if (typeof example === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function problemWith(parameter: AttackParameter, value: unknown): string | null {
  const type = typeof parameter.default;
  if (typeof value !== type) return type === 'boolean' ? 'must be true or false' : `must be a ${type}`;
  if (typeof value === 'number') {
    const { min = -Infinity, max = Infinity } = parameter;
    if (!(value >= min && value <= max)) return `must lie between ${min} and ${max}`;
    if (parameter.whole && !Number.isInteger(value)) return 'must be a whole number';
    if (parameter.unit === 'pixels' && !Number.isInteger(value)) return 'must be a whole number of pixels';
  }
  if (parameter.choices && !parameter.choices.includes(value as string)) {
    return `must be one of ${parameter.choices.join(', ')}`;
  }
  return null;
}
