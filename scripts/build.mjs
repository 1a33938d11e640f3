/** `npm run build`: builds what is stale of the screens and of the desktop application into dist/. */
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './common/build.mjs';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureNode24 } from './common/node24.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
const wanted = process.argv.slice(2).filter((name) => name === 'renderer' || name === 'desktop');
await ensureBuilt(...(wanted.length > 0 ? wanted : ['renderer', 'desktop']));
