import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { launch } from './browser.ts';
import { Client } from './client.ts';
import { Host } from './host.ts';
import { drawClassFolder } from './scene.ts';
import { Shared } from './shared.ts';

/** A host with a data folder of its own, a client of it, and a class folder that can be imported. */
export interface Stage {
  host: Host;
  client: Client;
  source: string;
}

export function sharedBrowser(program: string | null): Shared<Browser> {
  return new Shared(
    () => launch(program!),
    (browser) => browser.close(),
  );
}

/** @param perClass drawn examples in each of three classes @param prepare what is to be there, e.g. experiments */
export function sharedStage<T extends object>(
  perClass: number,
  prepare: (stage: Stage) => Promise<T>,
): Shared<Stage & T> {
  return new Shared(
    async () => {
      const [source, host] = await Promise.all([drawClassFolder(perClass), Host.start()]);
      const stage = { source, host, client: await Client.connect(host) };
      return { ...stage, ...((await prepare(stage)) as T) };
    },
    async ({ client, host, source }) => {
      client.close();
      await host.stop();
      await rm(source, { recursive: true, force: true });
    },
  );
}
