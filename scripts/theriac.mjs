/** `npm run -s theriac -- COMMAND …`: the command line from a checkout. Writes nothing of its own on stdout. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './common/build.mjs';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureEngine } from './common/engine.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { ROOT } from './common/paths.mjs';
import { run } from './common/run.mjs';

/** Commands that train or evaluate; the others start without looking for an engine. */
const COMPUTING = new Set(['demo', 'run', 'resume', 'sweep', 'predict']);

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
const args = process.argv.slice(2);
const help = args.includes('--help') || args.includes('-h');
const otherEngine = args.some(
  (arg, i) =>
    /^(--engine=)?(wasm|cpu|webgpu)$/.test(arg) && (arg.includes('=') || args[i - 1] === '--engine'),
);
if (args.some((arg) => COMPUTING.has(arg)) && !help && !otherEngine) await ensureEngine();
if (args.includes('serve') && !help) await ensureBuilt('renderer');
const command = join(ROOT, 'electron', 'host', 'cli.ts');
// npm starts scripts in the repository; paths in the arguments are meant from where the user is.
const cwd = process.env.npm_lifecycle_event === 'theriac' ? process.env.INIT_CWD : undefined;
process.exitCode = await run(process.execPath, [command, ...args], { cwd: cwd ?? process.cwd() });
