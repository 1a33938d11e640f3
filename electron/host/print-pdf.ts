import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { PdfPrinter } from '../services/reports.ts';
import { findChromium } from './serve/app-window.ts';

/** Milliseconds after which a browser that prints nothing is given up. */
const PATIENCE = 120_000;

/** Prints with an installed Chromium, Chrome or Edge, without a window; null where there is none. */
export function chromiumPrinter(): PdfPrinter | null {
  const program = findChromium();
  return program ? (html) => print(program, html) : null;
}

async function print(program: string, html: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'theriac-print-'));
  try {
    const page = join(folder, 'report.html');
    const pdf = join(folder, 'report.pdf');
    await writeFile(page, html);
    const said = await run(program, [
      '--headless=new',
      `--print-to-pdf=${pdf}`,
      '--no-pdf-header-footer',
      '--export-tagged-pdf',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Chromium refuses to start its sandbox for root, as in a container; the page runs no scripts.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      pathToFileURL(page).href,
    ]);
    return await readFile(pdf).catch((error: unknown) => {
      throw new ExpectedError(
        'run-failed',
        `${program} did not print the report: ${said.trim().slice(-500) || 'it said nothing'}.`,
        'Export the report as HTML and print it from a browser.',
        { cause: error },
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** @returns what it said on standard error */
function run(program: string, args: string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: PATIENCE });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', fail);
    child.once('close', () => done(text));
  });
}
