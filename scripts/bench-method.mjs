/** `npm run bench:method`: the careful method beside other defences. */
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
process.exitCode = await run(process.execPath, [
  join(ROOT, 'tests', 'bench', 'careful', 'compare.ts'),
  ...process.argv.slice(2),
]);
