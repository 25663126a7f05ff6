// The exporter with 10,000 instances whose checks have all finished and are not due again, shared by benchmarks.

import { type Block, type MeasuredExporter, startMeasured } from './exporter.ts';
import { type Api, startApi, writeFleet } from './fleet.ts';
import { newPath } from './folder.ts';
import { type Answers, freePort, poll, scrape } from './requests.ts';

/** The exporter after its first sweep. */
export interface LargeFleet {
  exporter: MeasuredExporter;
  api: Api;
  config: string;
  /** Of `/-/healthy`, from the first moment that the exporter listened until the end of its first sweep. */
  health: Answers;
  /** Of the event loop, in the same time. */
  block: Block;
}

export const instances = 10_000;

let started: LargeFleet | undefined;

/** @param anew ends the one that was started before */
export async function largeFleet({ anew = false } = {}): Promise<LargeFleet> {
  if (anew) await stopLargeFleet();
  started ??= await start();
  return started;
}

export async function stopLargeFleet(): Promise<void> {
  await started?.exporter.stop();
  await started?.api.stop();
  started = undefined;
}

async function start(): Promise<LargeFleet> {
  const api = await startApi();
  const config = newPath('.yaml');
  writeFleet(config, api, { instances });
  const port = await freePort();
  const stopPolling = poll(`http://127.0.0.1:${port}/-/healthy`);
  const exporter = await startMeasured(config, { port });
  const block = await exporter.longestBlockOf(() => scrape(exporter.url));
  return { exporter, api, config, health: await stopPolling(), block };
}
