import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CACHE } from './paths.mjs';
import { fail, say } from './say.mjs';

/** Runs `work` while no other start of these scripts in the same checkout does such work. */
export async function withSetupLock(work) {
  const path = join(CACHE, 'setup.lock');
  for (let waited = false; !tryLock(path); waited = true) {
    if (!waited) say('waiting for another process that is setting up this folder');
    await delay(250);
  }
  const release = () => rmSync(path, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryLock(path) {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') fail(`${CACHE} cannot be written: ${error.message}`);
  }
  if (!isAlive(path)) rmSync(path, { force: true });
  return false;
}

function isAlive(path) {
  let pid;
  try {
    pid = Number(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
  // Between making the file and writing into it the other process is certainly alive.
  if (!(pid > 0)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
