import { COMMANDS } from './command-names.ts';

const NAMED = new RegExp(`(^|[\\s"(])theriac (?=(?:${COMMANDS.join('|')})\\b)`, 'gm');

/**
 * Text that names commands, so that they can be typed where the program was started: in a checkout there is
 * no `theriac`, only npm's script of this name.
 */
export function typeable(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.npm_lifecycle_event !== 'theriac') return text;
  return text.replace(NAMED, '$1npm run -s theriac -- ');
}
