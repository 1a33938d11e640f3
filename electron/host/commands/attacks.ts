import type { Command } from 'commander';
import { attacks } from '../../../shared/attacks/registry.ts';
import type { AttackInfo } from '../../../shared/contract/api.ts';
import { listAttacks } from '../../services/api-lists.ts';
import { attackCopy } from '../../services/datasets.ts';
import { keyValue, share, wholeNumber } from '../arguments.ts';
import { withWorkspace } from '../context.ts';
import { withImportProgress } from '../import-progress.ts';
import { Output, type CommonOptions } from '../output.ts';
import { table } from '../table.ts';
import { manifestText } from './datasets.ts';

/** attack, attacks */
export function addAttackCommands(program: Command): void {
  program
    .command('attack')
    .description('Simulate an attack: a poisoned copy of a data set')
    .argument('<dataset>', 'id, name, or beginning of the id')
    .requiredOption('--kind <attack>', `one of ${attacks.map((attack) => attack.name).join(', ')}`)
    .requiredOption('--rate <share>', 'share of the whole training set, e.g. 0.1', share(0.00001, 1))
    .requiredOption('--target <class>', 'target class: its name, or its number')
    .option('--seed <n>', 'decides which images', wholeNumber(0), 1)
    .option('--name <name>', 'name to show')
    .option('--set <key=value>', 'a parameter of the attack, repeatable', keyValue)
    .action(async (dataset: string, _, command: Command) => {
      const options = command.optsWithGlobals<
        CommonOptions & {
          kind: string;
          rate: number;
          target: string;
          seed: number;
          name?: string;
          set?: Record<string, string>;
        }
      >();
      await withWorkspace(options, async (ws, out) => {
        const { kind: attack, rate, target, seed, name, set: parameters = {} } = options;
        const manifest = await withImportProgress(out, (hooks) =>
          attackCopy(ws, dataset, { attack, rate, target, seed, parameters, name }, hooks),
        );
        out.result(
          manifest,
          () => `${manifestText(manifest)}\n\nTrain on it with "theriac run ${manifest.id}".`,
        );
      });
    });

  program
    .command('attacks')
    .description('The attacks, their parameters, defaults and sources')
    .action((_, command: Command) => {
      const out = new Output(command.optsWithGlobals<CommonOptions>().json === true);
      const list = listAttacks();
      out.result(list, () => list.map(attackText).join('\n\n'));
    });
}

function attackText(attack: AttackInfo): string {
  const kind = [
    attack.cleanLabel ? 'Labels stay right: only images of the target class are poisoned.' : '',
    attack.paper
      ? `The paper’s ${attack.paper.name}${attack.paper.approximation ? ', an approximation' : ''}.`
      : '',
    `Success: ${attack.success}`,
    attack.needsNetwork ? 'Trains a network on the images first.' : '',
  ]
    .filter(Boolean)
    .map((line) => `\n  ${line}`)
    .join('');
  const lines = attack.parameters.map((p) => {
    const range = p.choices ? p.choices.join(', ') : p.min !== undefined ? `${p.min} to ${p.max ?? '…'}` : '';
    return [`  --set ${p.name}=${String(p.default)}`, p.unit, range, p.help] as const;
  });
  const parameters =
    lines.length === 0
      ? ''
      : `\n${table([{ title: '' }, { title: '' }, { title: '' }, { title: '' }], lines).replace(/^\n/, '')}`;
  return `${attack.name}: ${attack.title}\n  ${attack.summary}${kind}\n  Source: ${attack.source}${parameters}`;
}
