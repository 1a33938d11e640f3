#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Compiled code is kept between calls, in the system's folder for temporary files: commands start in half the time.
enableCompileCache();
const { main } = await import('./main.ts');
await main();
