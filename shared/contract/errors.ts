/**
 * Expected errors: things that go wrong in a working program (a bad file, a full disk, no engine).
 * Each has a code of a closed list, a message in plain words that names the file and the reason,
 * and, where there is one, a remedy. Anything else that is thrown is a bug.
 */
export const ERROR_CODES = {
  /** The command or call itself is wrong. */
  usage: 2,
  /** The input cannot be used: the message names the file and the reason. */
  'bad-input': 3,
  /** A named data set, experiment or file does not exist. */
  'not-found': 3,
  /** Another process is using what this one needs. */
  busy: 3,
  /** The disk is full, or the folder cannot be written. */
  storage: 3,
  /** The history was written by a newer version, or is damaged. */
  history: 3,
  /** No training engine could be had. */
  'no-engine': 4,
  /** A run failed or its process died. */
  'run-failed': 5,
  /** The user stopped it. */
  cancelled: 130,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What crosses process borders instead of an exception. */
export interface ErrorValue {
  code: ErrorCode;
  message: string;
  remedy?: string;
}

export class ExpectedError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, remedy?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExpectedError';
    this.code = code;
    this.remedy = remedy;
  }

  toValue(): ErrorValue {
    return { code: this.code, message: this.message, ...(this.remedy ? { remedy: this.remedy } : {}) };
  }
}
