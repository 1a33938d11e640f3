import { forkTrainer, type TrainerProcess } from '../trainer/process.ts';
import type { HelperProcess } from './helper/client.ts';

/** What starts the application's other processes. */
export interface Processes {
  trainer(environment: Record<string, string>): TrainerProcess;
  helper(environment: Record<string, string>): HelperProcess;
}

let current: Processes = {
  trainer: (environment) => forkTrainer(environment),
  helper: (environment) => forkTrainer(environment, new URL('./helper/entry.ts', import.meta.url)),
};

/** Child processes of Node's, unless the program runs where there is no Node to start (in Electron). */
export function processes(): Processes {
  return current;
}

/** Called once, before anything is started. */
export function useProcesses(others: Processes): void {
  current = others;
}
