import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/**
 * The Electron program, or null. Its npm package carries none: from version 42 on, asking it for the path would start
 * a download, so only the disk is looked at. ELECTRON_OVERRIDE_DIST_PATH names a folder elsewhere.
 */
export function electronProgram() {
  const folder = electronFolder();
  return folder && join(folder, programName());
}

/** The folder of an unpacked Electron, or null. */
export function electronFolder() {
  const folders = [process.env.ELECTRON_OVERRIDE_DIST_PATH, join(ROOT, 'node_modules', 'electron', 'dist')];
  return folders.find((folder) => folder && existsSync(join(folder, programName()))) ?? null;
}

function programName() {
  try {
    return readFileSync(join(ROOT, 'node_modules', 'electron', 'path.txt'), 'utf8').trim();
  } catch {
    const names = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };
    return names[process.platform] ?? 'electron';
  }
}
