import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrowserWindow, session } from 'electron';

/** A session of its own: nothing of the application's page, and only the document to be printed. */
const PARTITION = 'print';

/**
 * Prints a self-contained HTML document as PDF, in a window that nobody sees: without scripts, without a preload,
 * and without any request but for the document itself.
 */
export async function printPdf(html: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'theriac-print-'));
  const page = join(folder, 'report.html');
  const address = pathToFileURL(page).href;
  const own = session.fromPartition(PARTITION);
  own.webRequest.onBeforeRequest(({ url }, answer) =>
    answer({ cancel: url !== address && !url.startsWith('data:') }),
  );
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      partition: PARTITION,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      javascript: false,
    },
  });
  try {
    await writeFile(page, html);
    await window.loadURL(address);
    return await window.webContents.printToPDF({
      pageSize: 'A4',
      preferCSSPageSize: true,
      printBackground: true,
      generateTaggedPDF: true,
    });
  } finally {
    window.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}
