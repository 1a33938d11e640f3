import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { MappingField, MappingKey } from '../../../shared/contract/api.ts';

/** Shown where a part is left out. */
export const NONE = '';

/**
 * What is what in a source: which array or column holds images, labels, … Each question has a likely answer that
 * the user can overrule.
 */
export class Mapping {
  readonly #answers: Partial<Record<MappingKey, string>>;
  readonly #used = new Set<string>();
  readonly #lenient: boolean;
  /** What was asked so far, with the answers in force. */
  readonly fields: MappingField[] = [];

  /** @param lenient answers that do not fit are left out: they are for another source */
  constructor(answers: Partial<Record<MappingKey, string>> = {}, lenient = false) {
    this.#answers = answers;
    this.#lenient = lenient;
  }

  /** The same answers for a further source, such as separate test images. */
  further(): Mapping {
    return new Mapping(this.#answers, true);
  }

  /**
   * The user's answer, or else the guess.
   * @param choices all possible answers with their texts; '' = none, where that is possible
   * @param sure whether the guess is beyond doubt: then nobody needs to look
   * @throws ExpectedError 'usage' for an answer that is none of the choices, listing them
   */
  ask(
    key: MappingKey,
    title: string,
    choices: { value: string; text: string }[],
    guess: string,
    sure: boolean,
  ): string {
    const known = this.fields.find((field) => field.key === key);
    if (known) return known.value;
    this.#used.add(key);
    const possible = choices.some(({ value }) => value === this.#answers[key]);
    const given = possible || !this.#lenient ? this.#answers[key] : undefined;
    if (given !== undefined && !possible) {
      const list = choices.map(({ value }) => `"${value}"`).join(', ');
      throw new ExpectedError(
        'usage',
        `The source has no "${given}" for "${key}".`,
        choices.length > 0 ? `Possible: ${list}.` : undefined,
      );
    }
    const value = given ?? guess;
    this.fields.push({ key, title, choices, value, sure: sure || given !== undefined });
    return value;
  }

  /** @throws ExpectedError 'usage' naming an answer to a question that this source does not raise */
  checkUsed(): void {
    const stranger = Object.keys(this.#answers).find((key) => !this.#used.has(key));
    if (stranger === undefined) return;
    const asked = this.fields.map(({ key }) => key).join(', ');
    throw new ExpectedError(
      'usage',
      `This source knows no "${stranger}" that could be mapped.`,
      asked ? `It knows ${asked}.` : 'What is what is clear there.',
    );
  }
}
