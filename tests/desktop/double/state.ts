import { EventEmitter } from 'node:events';
import type { Chromium } from './cdp.ts';

export type RequestRule = (details: { url: string }, answer: (result: { cancel: boolean }) => void) => void;

/** What the parts of the double share within the process under test. */
export const state: {
  chromium: Chromium | null;
  ready: boolean;
  privileged: string[];
  schemes: Map<string, (request: Request) => Promise<Response>>;
  /** The rule of each session for requests; '' is the default one's. */
  beforeRequest: Map<string, RequestRule>;
  handlers: Map<string, (event: unknown, ...args: unknown[]) => unknown>;
  dialogs: { open: string[][]; save: string[]; message: number[] };
} = {
  chromium: null,
  ready: false,
  privileged: [],
  schemes: new Map(),
  beforeRequest: new Map(),
  handlers: new Map(),
  dialogs: { open: [], save: [], message: [] },
};

/** Requests of the test, as `{ name, value }`. */
export const wishes = new EventEmitter();
process.on('message', (message: { name: string; value: unknown }) => {
  wishes.emit(message.name, message.value);
});

/** Tells the test what the application did with Electron. */
export function record(name: string, value: unknown = null): void {
  process.send?.({ name, value });
}

/** Chromium knows nothing of our scheme: in its eyes the application's page has this origin. */
const STAND_IN = 'https://theriac-app.invalid';

export function toChromium(url: string): string {
  return url.replace(/^theriac:\/\/app/, STAND_IN);
}

export function fromChromium(url: string): string {
  return url.startsWith(STAND_IN) ? `theriac://app${url.slice(STAND_IN.length)}` : url;
}
