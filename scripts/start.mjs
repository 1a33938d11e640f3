/** `npm start`: sets up what is missing, then shows the whole main job on generated sample data. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureEngine } from './common/engine.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { ROOT } from './common/paths.mjs';
import { run } from './common/run.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
await ensureEngine();
const command = join(ROOT, 'electron', 'host', 'cli.ts');
process.exitCode = await run(process.execPath, [command, 'demo', ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
