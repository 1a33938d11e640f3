import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/*
 * Who may talk to the loopback host. Any page that the user has open can send requests to 127.0.0.1, and with
 * DNS rebinding even under a name of its own; other accounts on the machine can connect as well. So: the Host
 * header must name the loopback itself, a WebSocket's Origin must be the page's own, and the token must be known.
 */

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** Whether the Host header names this machine's loopback, under any port (a tunnel may use another). */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host);
}

/** Whether a page's Origin is the host that it talks to. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return (
    isLoopbackHost(host) && origin !== undefined && origin.toLowerCase() === `http://${host!.toLowerCase()}`
  );
}

/** 256 random bits, fit for a URL's fragment and for a WebSocket subprotocol. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares in a time that does not depend on where the texts differ. */
export function sameToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/**
 * A ticket opens the page once, within a minute: it may stand in a command line, which other accounts can read,
 * where the token must not.
 */
export class Tickets {
  readonly #valid = new Map<string, number>();
  readonly #lifetime: number;

  constructor(lifetimeSeconds = 60) {
    this.#lifetime = lifetimeSeconds * 1000;
  }

  issue(): string {
    const ticket = newToken();
    this.#valid.set(ticket, Date.now() + this.#lifetime);
    return ticket;
  }

  /** @returns whether it was valid; it is not any more */
  redeem(ticket: string): boolean {
    const until = this.#valid.get(ticket);
    this.#valid.delete(ticket);
    return until !== undefined && Date.now() < until;
  }
}
