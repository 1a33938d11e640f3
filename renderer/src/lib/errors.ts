import { ExpectedError, type ErrorValue } from '../../../shared/contract/errors.ts';

/** Anything that was thrown, as what the screens show. What is not expected is said to be our mistake. */
export function toErrorValue(error: unknown): ErrorValue {
  if (error instanceof ExpectedError) return error.toValue();
  const what = error instanceof Error ? error.message : String(error);
  return {
    code: 'run-failed',
    message: `Something went wrong inside Theriac: ${what}`,
    remedy:
      'This is a mistake in Theriac, not yours. Copy the details and pass them on to whoever maintains it.',
  };
}

/** What "copy details" puts on the clipboard: enough for a report, nothing about the data but what the message says. */
export function errorDetails(
  error: ErrorValue,
  context: { version: string; where: string; at: Date },
): string {
  return [
    `Theriac ${context.version}`,
    `Time: ${context.at.toISOString()}`,
    `Screen: ${context.where}`,
    `Code: ${error.code}`,
    `Message: ${error.message}`,
    ...(error.remedy ? [`Remedy: ${error.remedy}`] : []),
  ].join('\n');
}
