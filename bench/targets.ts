// Promises about /probe and /sd of a large fleet: CPU beside requests without content and beside prom-client, and blocks.
import http from 'node:http';
import { atMost, blockedAtMost, type Finding } from './support/finding.ts';
import { newPath } from './support/folder.ts';
import { instances, largeFleet } from './support/large-fleet.ts';
import { counted, inMs, median } from './support/numbers.ts';
import { startMultiTarget } from './support/references.ts';
import { request, saveExposition } from './support/requests.ts';

const probes = 10_000;
/** Requests at a time, each on its own connection, as those of a Prometheus are. */
const connections = 16;
const rounds = 3;

export async function benchTargets(): Promise<Finding[]> {
  const { exporter } = await largeFleet();
  const { url } = exporter;
  const exposition = newPath('.txt');
  await saveExposition(url, exposition, probePath(0));
  const promClient = await startMultiTarget(exposition);
  const own: number[] = [];
  const empty: number[] = [];
  const other: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    own.push(await exporter.cpuOf(() => requestAll((index) => `${url}${probePath(index)}`)));
    empty.push(await exporter.cpuOf(() => requestAll(() => `${url}/-/healthy`)));
    other.push(await promClient.cpuOf(() => requestAll(() => promClient.url)));
  }
  await promClient.stop();
  const blocks = [];
  for (let round = 0; round < rounds; round++) {
    blocks.push(await exporter.longestBlockOf(() => request(`${url}/sd`, { headers: { 'accept-encoding': 'gzip' } })));
  }
  const probing = await exporter.longestBlockOf(() => requestAll((index) => `${url}${probePath(index)}`));
  const what = `CPU of ${counted(probes)} compressed probes of ${counted(instances)} instances`;
  return [
    ratioOf(`${what}, at most 1.5 x of express and prom-client with a registry for each`, 1.5, own, other),
    ratioOf(`${what}, at most 4 x of as many requests for /-/healthy`, 4, own, empty),
    blockedAtMost('event loop while /sd is written, never blocked over 25 ms', 25, blocks, 'several requests'),
    blockedAtMost(`event loop during ${counted(probes)} probes, never blocked over 100 ms`, 100, [probing], 'once'),
  ];
}

/** Each instance, one after the other. */
const probePath = (index: number) =>
  `/probe?target=postgres-${String((index * 7) % instances).padStart(8, '0')}&account=account-0`;

async function requestAll(urlOf: (index: number) => string): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const options = { agent, headers: { 'accept-encoding': 'gzip' } };
  let next = 0;
  async function work(): Promise<void> {
    while (next < probes) await request(urlOf(next++), options);
  }
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
}

/** The first round warms both up. */
function ratioOf(promise: string, limit: number, own: readonly number[], reference: readonly number[]): Finding {
  const [ownMs, referenceMs] = [median(own.slice(1)), median(reference.slice(1))];
  const ratio = median(own.map((ms, round) => ms / (reference[round] ?? Number.NaN)).slice(1));
  return atMost(promise, limit, ratio, `${ratio.toFixed(2)} x (${inMs(ownMs)}, ${inMs(referenceMs)})`);
}
