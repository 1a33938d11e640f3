/**
 * The first words of the command line, for a program that must decide what it is before it loads it. A test
 * compares them with the commands that there are.
 */
export const COMMANDS: readonly string[] = [
  'demo',
  'import',
  'datasets',
  'attack',
  'attacks',
  'sweep',
  'sweep-task',
  'run',
  'resume',
  'experiments',
  'suspects',
  'predict',
  'export',
  'import-bundle',
  'engine',
  'backup',
  'restore',
  'serve',
];
