// Promises about a scrape and the status page: CPU beside prom-client and client_golang, and how long they block.
import { type Block, type MeasuredExporter, startMeasured } from './support/exporter.ts';
import { atMost, blockedAtMost, type Finding } from './support/finding.ts';
import { type FleetShape, startApi, writeFleet } from './support/fleet.ts';
import { newPath } from './support/folder.ts';
import { largeFleet } from './support/large-fleet.ts';
import { inMs, median } from './support/numbers.ts';
import { startClientGolang, startPromClient } from './support/references.ts';
import { request, saveExposition, scrape } from './support/requests.ts';

const warmUps = 1;
const rounds = 4;

export async function benchScrape(): Promise<Finding[]> {
  const { exporter } = await largeFleet();
  const ratios = await compare('10,000 instances', exporter);
  const blocks = await blocksOf(exporter, () => scrape(exporter.url));
  return [
    ...ratios,
    blockedAtMost('event loop while a scrape is written, never blocked over 25 ms', 25, blocks, 'several scrapes'),
  ];
}

export async function benchStatusPage(): Promise<Finding[]> {
  const { exporter } = await largeFleet();
  const open = () => request(`${exporter.url}/`, { headers: { 'accept-encoding': 'gzip' } });
  const blocks = await blocksOf(exporter, open);
  const pages: number[] = [];
  const scrapes: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    pages.push(await exporter.cpuOf(open));
    scrapes.push(await exporter.cpuOf(() => scrape(exporter.url)));
  }
  return [
    ratioOf('CPU of the status page of 10,000 instances, at most 0.7 x of a compressed scrape', 0.7, pages, scrapes),
    blockedAtMost(
      'event loop while the status page is written, never blocked over 25 ms',
      25,
      blocks,
      'several requests',
    ),
  ];
}

const manyLabels = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`own_label_${i}`, `value-${i}`]));

export function benchManyLabels(): Promise<Finding[]> {
  return benchLabels('300 instances with 200 labels', {
    instances: 300,
    labelsOf: (index) => ({ ...manyLabels, own_label_0: `value-of-${index}` }),
  });
}

export function benchLongValues(): Promise<Finding[]> {
  const long = (text: string) => text.padEnd(200, 'x');
  return benchLabels('2,000 instances with label values of 200 characters', {
    instances: 2000,
    labelsOf: (index) => ({ team: long(`payments-${index}`), env: long('prod'), cost_center: long('1000') }),
  });
}

async function benchLabels(what: string, shape: FleetShape): Promise<Finding[]> {
  const api = await startApi();
  const config = newPath('.yaml');
  writeFleet(config, api, shape);
  const exporter = await startMeasured(config);
  await scrape(exporter.url);
  const findings = await compare(what, exporter);
  await exporter.stop();
  await api.stop();
  return findings;
}

/** The CPU of a compressed scrape beside that of the references for the same series, measured in turns. */
async function compare(what: string, { url, cpuOf }: MeasuredExporter): Promise<Finding[]> {
  const exposition = newPath('.txt');
  await saveExposition(url, exposition);
  const promClient = await startPromClient(exposition);
  const clientGolang = await startClientGolang(exposition);
  const own: number[] = [];
  const prom: number[] = [];
  const go: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    own.push(await cpuOf(() => scrape(url)));
    prom.push(await promClient.cpuMs());
    if ('cpuMs' in clientGolang) go.push(await clientGolang.cpuMs());
  }
  await promClient.stop();
  const scrapeOf = `CPU of a compressed scrape of ${what}`;
  const findings = [ratioOf(`${scrapeOf}, at most 0.25 x of prom-client uncompressed`, 0.25, own, prom)];
  const promise = `${scrapeOf}, at most 1/3 of client_golang compressed`;
  if ('cpuMs' in clientGolang) {
    await clientGolang.stop();
    findings.push(ratioOf(promise, 1 / 3, own, go));
  } else if (process.env['CI'] === 'true') {
    findings.push({ promise, measured: clientGolang.reason, kept: false });
  } else {
    console.log(`skipped ${promise}: ${clientGolang.reason}`);
  }
  return findings;
}

function ratioOf(promise: string, limit: number, own: readonly number[], reference: readonly number[]): Finding {
  const [ownMs, referenceMs] = [median(own.slice(warmUps)), median(reference.slice(warmUps))];
  const ratio = median(own.map((ms, round) => ms / (reference[round] ?? Number.NaN)).slice(warmUps));
  return atMost(promise, limit, ratio, `${ratio.toFixed(3)} x (${inMs(ownMs)}, ${inMs(referenceMs)})`);
}

/** The longest block of each of several requests. */
async function blocksOf({ longestBlockOf }: MeasuredExporter, action: () => Promise<void>): Promise<Block[]> {
  await action();
  const blocks: Block[] = [];
  for (let round = 0; round < rounds; round++) blocks.push(await longestBlockOf(action));
  return blocks;
}
