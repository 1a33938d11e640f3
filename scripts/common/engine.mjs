import { say } from './say.mjs';

/**
 * Installs the native engine if it is missing or damaged. Where that fails, says why and lets the caller go on: the
 * slower engine needs no installation. THERIAC_NO_INSTALL=1 skips the installation.
 */
export async function ensureEngine() {
  const { runtimeStatus } = await import('../../electron/engine/runtime/status.ts');
  const status = await runtimeStatus();
  if (status.state === 'ready') return;
  if (process.env.THERIAC_NO_INSTALL === '1') {
    say(`${status.reason} Going on with the slower WASM engine (THERIAC_NO_INSTALL=1).`);
    return;
  }
  if (status.state === 'damaged') say(`${status.reason} Installing it again.`);
  const runtime = await import('../../electron/engine/runtime/index.ts');
  const [best, ...others] = await runtime.variantsForThisMachine();
  // A card that cannot be used is no reason to do without the processor's engine.
  for (const variant of best === 'cuda' ? [best, ...others] : [best]) {
    if (await tryInstall(runtime, variant)) return;
  }
  say('Going on with the slower WASM engine.');
}

async function tryInstall(runtime, variant) {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const bar = progressBar(runtime.formatBytes);
  try {
    if (variant) {
      const { download, installed } = runtime.SIZES[variant];
      say(
        `installing the native engine, TensorFlow for ${variant === 'cuda' ? 'NVIDIA cards' : 'the processor'}: about ` +
          `${runtime.formatBytes(download)} to download, ${runtime.formatBytes(installed)} on disk, once`,
      );
    }
    const started = Date.now();
    const status = await runtime.installRuntime({ variant, signal: stop.signal, onProgress: bar.show });
    bar.end();
    say(`native engine ready in ${Math.round((Date.now() - started) / 1000)} s: ${status.dir}`);
    return true;
  } catch (error) {
    bar.end();
    if (error.name !== 'ExpectedError') throw error;
    say(error.message);
    if (error.code === 'cancelled') process.exit(130);
    if (error.remedy) say(error.remedy);
    return false;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** A line that is redrawn on a terminal; elsewhere a line at each new step and every ten seconds. */
function progressBar(formatBytes) {
  let last = '';
  let at = 0;
  let open = false;
  return {
    show({ done, total, note }) {
      const share = total > 0 ? ` ${Math.floor((100 * done) / total)} % of ${formatBytes(total)}` : '';
      if (process.stderr.isTTY) {
        process.stderr.write(`\r\x1b[Ktheriac: ${note}${share}`);
        open = true;
      } else if (note !== last || Date.now() - at > 10_000) {
        say(note + share);
        at = Date.now();
      }
      last = note;
    },
    end() {
      if (open) process.stderr.write('\r\x1b[K');
      open = false;
    },
  };
}
