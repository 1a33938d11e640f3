import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'brave-browser',
  'vivaldi-stable',
];

/** Whether there is a screen that a window could be shown on. */
export function hasDisplay(
  environment: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/** The program of a browser of the Chromium family, or null. THERIAC_BROWSER names one that is elsewhere. */
export function findChromium(
  environment: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): string | null {
  const given = environment.THERIAC_BROWSER;
  const candidates = given ? [given] : usualPlaces(environment, platform);
  return candidates.find(isProgram) ?? null;
}

function usualPlaces(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'];
    return apps.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
  }
  if (platform === 'win32') {
    const roots = [environment.PROGRAMFILES, environment['PROGRAMFILES(X86)'], environment.LOCALAPPDATA];
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return roots.flatMap((root) => (root ? programs.map((program) => join(root, program)) : []));
  }
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens the page in a window of its own, without tabs or address bar.
 * @param profile folder of the browser's own data; one that is not the user's, so that the process lives as long
 * as the window
 */
export function openAppWindow(program: string, address: string, profile: string): ChildProcess {
  const flags = [
    `--app=${address}`,
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--window-size=1360,900',
    // Chromium refuses to start its sandbox for root, as in a container.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  return spawn(program, flags, { stdio: 'ignore', detached: process.platform !== 'win32' });
}
