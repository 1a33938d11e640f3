import type { Command } from 'commander';

/**
 * A group's subcommand that runs when none is named. Commander hands it any other word as an argument; here
 * `theriac engine frob` says that there is no command 'frob'.
 */
export function defaultCommand(group: Command, name: string): Command {
  return group
    .command(name, { isDefault: true })
    .allowExcessArguments()
    .hook('preAction', (command) => {
      const [word] = command.args;
      if (word === undefined) return;
      const message =
        group.args[0] === name
          ? `error: too many arguments for '${name}': '${word}'`
          : `error: unknown command '${word}'`;
      group.error(message, { code: 'commander.unknownCommand' });
    });
}
