// Prometheus' own parser reads label values of every kind in both formats: what it stores is what was written.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import { hostileText, instanceWith, numbered } from '../metrics/hostile.ts';
import { readStrictly } from '../metrics/strict-reader.ts';
import '../support/seed.ts';
import { createPeerFolder, findPeer, startPrometheus } from './peer.ts';
import { callPrometheus, queryPrometheus } from './prometheus-api.ts';

const prometheus = findPeer('prometheus');
const promtool = findPeer('promtool');
const formats = ['text', 'openmetrics'] as const;
type Format = (typeof formats)[number];

/** Also what UTF-8 cannot express, and what is longer than the configuration allows. */
const text = fc.oneof(
  { arbitrary: hostileText, weight: 8 },
  { arbitrary: fc.string({ unit: fc.constantFrom('\uD83D', '\uDD11', '\0', '\r', '\u0085', '"', '\\') }), weight: 2 },
  { arbitrary: fc.constantFrom('"', '\\', '漢', '🔑', 'x').map((unit) => unit.repeat(1000)), weight: 1 },
);
const instances = fc.sample(instanceWith(text), 150).map((known, index) => numbered(known, index));

const cleanup: (() => unknown)[] = [];
const bodies = {} as Record<Format, { contentType: string; bytes: Buffer }>;
let api = '';

describe.skipIf(prometheus.missing || promtool.missing)('hostile label values', () => {
  beforeAll(async () => {
    for (const format of formats) {
      const input = {
        format,
        nowMs: Date.now(),
        instances,
        engineOf: (account: string) => account,
        ownLabels: ['constructor', 'team'],
      };
      const exposition = await renderExposition(input);
      bodies[format] = { contentType: exposition.contentType, bytes: await expositionBytes(exposition) };
    }
    const target = await serveBodies();
    const folder = await createPeerFolder();
    cleanup.push(folder.remove);
    const server = await startPrometheus(prometheus.path, folder, JSON.stringify(configuration(target)));
    cleanup.push(server.stop);
    api = `${server.url}/api/v1`;
    await vi.waitFor(allScraped, { timeout: 30_000, interval: 100 });
  });

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it.each(formats)('are stored as they are written, as %s', async (format) => {
    const stored = await storedSeries(format);
    const written = writtenSeries(format);
    expect(written.length).toBeGreaterThan(instances.length * 3);
    expect(new Set(written).size).toBe(written.length);
    expect(stored.toSorted()).toEqual(written.toSorted());
  });

  it('are read by promtool', () => {
    const input = bodies.text.bytes;
    const { status, stdout, stderr } = spawnSync(promtool.path, ['check', 'metrics'], { input, encoding: 'utf8' });
    // The name that users asked for beside the timestamp; 1 would be an error of the parser.
    const complaint = 'clouddb_cert_valid_days_remaining use base unit "seconds" instead of "days"\n';
    expect({ status, output: stdout + stderr }).toEqual({ status: 3, output: complaint });
  });
});

/** @returns `HOST:PORT` of a server with one body at the path of each format */
async function serveBodies(): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const { contentType, bytes } = bodies[url.slice(1) as Format];
    response.writeHead(200, { 'Content-Type': contentType }).end(bytes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => server.close().closeAllConnections());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function configuration(target: string): unknown {
  return {
    global: { scrape_interval: '2s', scrape_timeout: '2s' },
    scrape_configs: formats.map((format) => ({
      job_name: format,
      metrics_path: `/${format}`,
      static_configs: [{ targets: [target] }],
    })),
  };
}

const query = (expression: string) => queryPrometheus(api, expression);

async function allScraped(): Promise<void> {
  const scraped = await query('max_over_time(up[1m]) == 1');
  if (scraped.length === formats.length) return;
  const { activeTargets } = await callPrometheus<{ activeTargets: { lastError: string }[] }>(
    api,
    'targets?state=active',
  );
  throw new Error(`not scraped: ${activeTargets.map(({ lastError }) => lastError).join()}`);
}

/** The series of the exposition, without the labels that Prometheus adds. */
async function storedSeries(format: Format): Promise<string[]> {
  // Also when a later scrape took too long.
  const stored = await query(`last_over_time({job="${format}",__name__=~"clouddb_.*"}[1m])`);
  return stored.map(({ metric: { __name__: name = '', job: _job, instance: _instance, ...labels }, value }) =>
    comparable(name, Object.entries(labels), Number(value[1])),
  );
}

function writtenSeries(format: Format): string[] {
  const families = readStrictly(bodies[format].bytes.toString(), format);
  return families.flatMap(({ samples }) => samples.map((sample) => comparable(...sample)));
}

/** To Prometheus an empty label is one that is not there. */
function comparable(name: string, labels: [string, string][], value: number): string {
  const present = labels.filter(([, text]) => text !== '').toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, present, value]);
}
