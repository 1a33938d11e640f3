/** `npm run build`: the screens, into dist/renderer, if they are not up to date. */
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureNode24 } from './common/node24.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
const { ensureScreens } = await import('./common/screens.mjs');
await ensureScreens();
