/** Types of `build.mjs` for the tests. */
export function ensureBuilt(...names: ('renderer' | 'desktop')[]): Promise<void>;
