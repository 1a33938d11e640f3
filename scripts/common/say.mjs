/** One plain line on stderr; stdout belongs to the commands. */
export function say(text) {
  process.stderr.write(`theriac: ${text}\n`);
}

/** Ends the process with one line that says why. */
export function fail(text, code = 1) {
  say(text);
  process.exit(code);
}

/** Runs `work`; every 15 seconds says that it is still going on, where no terminal shows a spinner. */
export async function withHeartbeat(what, work) {
  const started = Date.now();
  const timer = setInterval(() => {
    if (!process.stderr.isTTY) say(`still ${what} (${Math.round((Date.now() - started) / 1000)} s)`);
  }, 15_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
