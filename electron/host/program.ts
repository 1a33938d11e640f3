import { Command } from 'commander';
import { APP_VERSION } from '../services/version.ts';
import { addAttackCommands } from './commands/attacks.ts';
import { addDatasetCommands } from './commands/datasets.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addExperimentCommands } from './commands/experiments.ts';
import { addExportCommands } from './commands/exports.ts';
import { addMaintenanceCommands } from './commands/maintenance.ts';
import { addRunCommands } from './commands/run.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSweepCommand } from './commands/sweep.ts';
import { typeable } from './hints.ts';

const EXAMPLES = `
Examples:
  theriac demo                                   see the whole job on generated images
  theriac import photos/ --name "Photos"         take in a folder with one subfolder per class
  theriac run photos/                            import if need be, train, compare, give a verdict
  theriac run Photos --preset standard --seed 2
  theriac run Photos --set isolationRate=0.05 --set gamma=0.4
  theriac suspects EXPERIMENT --csv suspects.csv
  theriac resume EXPERIMENT                      after Ctrl-C or a crash
  theriac export EXPERIMENT --what bundle --to run.theriac
  theriac backup theriac.tar

Exit codes: 0 done; 2 wrong usage; 3 the input cannot be used; 4 no engine; 5 the run failed; 130 cancelled.
Nothing leaves this computer; only "engine install" uses the network, to fetch the native engine.`;

/** The whole command line. Parsing throws CommanderError instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command('theriac')
    .description(
      'Trains a clean image classifier from data that somebody may have poisoned (Anti-Backdoor Learning).',
    )
    .version(APP_VERSION, '--version', 'print the version')
    .option('--data <dir>', 'data folder (default: the platform’s application-data folder, or THERIAC_DATA)')
    .option('--json', 'print exactly one JSON document on standard output')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .addHelpText('after', typeable(EXAMPLES));
  addDemoCommand(program);
  addDatasetCommands(program);
  addAttackCommands(program);
  addRunCommands(program);
  addSweepCommand(program);
  addExperimentCommands(program);
  addExportCommands(program);
  addMaintenanceCommands(program);
  addServeCommand(program);
  for (const command of everyCommand(program)) command.exitOverride();
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
