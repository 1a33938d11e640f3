/** `npm run fuzz`: mutated inputs for every reader of data sets; see tests/fuzz/run.ts. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { ROOT } from './common/paths.mjs';
import { run } from './common/run.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
process.exitCode = await run(process.execPath, [
  join(ROOT, 'tests', 'fuzz', 'run.ts'),
  ...process.argv.slice(2),
]);
