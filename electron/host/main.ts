import { CommanderError } from 'commander';
import { ERROR_CODES, ExpectedError } from '../../shared/contract/errors.ts';
import { asStorageError } from '../history/storage-errors.ts';
import { Output } from './output.ts';
import { buildProgram } from './program.ts';

/** Runs the command line and sets the exit code. */
export async function main(): Promise<void> {
  tolerateClosedPipes();
  const json = process.argv.includes('--json');
  const program = buildProgram();
  if (json) silence(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error, json);
  }
}

/** @returns the exit code */
function report(error: unknown, json: boolean): number {
  const out = new Output(json);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Commander has told people already.
    // Help in place of a command has no words of its own.
    const message = error.code === 'commander.help' ? 'No command was given.' : error.message;
    if (json) out.error(new ExpectedError('usage', message.replace(/^error: /, '')));
    return ERROR_CODES.usage;
  }
  const expected = asStorageError(error, 'the data folder');
  if (expected instanceof ExpectedError) {
    out.error(expected);
    return ERROR_CODES[expected.code];
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  out.error(
    new ExpectedError(
      'run-failed',
      `Theriac hit an unexpected error: ${error instanceof Error ? error.message : String(error)}`,
      'This is a bug; please report it with the lines above.',
    ),
  );
  return ERROR_CODES['run-failed'];
}

/** With --json even a usage error is one document on standard output, and only that. */
function silence(command: ReturnType<typeof buildProgram>): void {
  command.configureOutput({ writeErr: () => undefined });
  for (const child of command.commands) silence(child);
}

/** A reader that has seen enough (head, less) closes the pipe: that is no error. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream === process.stdout) process.exit(0);
    });
  }
}
