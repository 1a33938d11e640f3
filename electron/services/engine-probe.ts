/**
 * A process of its own that starts an engine, trains it a little and reports: an engine that crashes takes only
 * this process with it, and the library path is set before it starts. Argument: the engine wanted.
 */
import { ExpectedError, type ErrorValue } from '../../shared/contract/errors.ts';
import type { EnginePreference } from '../engine/index.ts';
import { speedTest, type ProbeReport } from './speed-test.ts';

export type ProbeMessage = { report: ProbeReport } | { error: ErrorValue };

function send(message: ProbeMessage): void {
  process.send!(message, undefined, undefined, () => process.exit(0));
}

speedTest(process.argv[2] as EnginePreference).then(
  (report) => send({ report }),
  (error: unknown) => {
    if (!(error instanceof ExpectedError)) throw error;
    send({ error: error.toValue() });
  },
);
