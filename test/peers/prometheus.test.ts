// A real Prometheus scrapes the demo in both formats, and must come to know the same series by either.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startExporter } from '../support/exporter-process.ts';
import { type ParsedSample, scrape } from '../support/exposition.ts';
import { createPeerFolder, findPeer, startPrometheus, untilReady } from './peer.ts';
import { callPrometheus, queryPrometheus } from './prometheus-api.ts';

const prometheus = findPeer('prometheus');
const jobs = ['text', 'openmetrics'] as const;
type Job = (typeof jobs)[number];

/** Stands between Prometheus and the demo; keeps the headers of every scrape. */
interface Relay {
  address: string;
  scrapes: { asked: IncomingHttpHeaders; answered: IncomingHttpHeaders }[];
}

const cleanup: (() => unknown)[] = [];
const relays = {} as Record<Job, Relay>;
let exposition: ParsedSample[] = [];
let api = '';

describe.skipIf(prometheus.missing)('Prometheus', () => {
  beforeAll(async () => {
    const exporter = await startExporter({ command: 'demo' });
    cleanup.push(() => exporter.stop());
    await untilReady(exporter);
    exposition = await scrape(exporter.url);
    // scrape_protocols came with Prometheus 2.49; a header says the same to any version.
    relays.text = await startRelay(exporter.url, { accept: 'text/plain;version=0.0.4' });
    relays.openmetrics = await startRelay(exporter.url, {});

    const folder = await createPeerFolder();
    cleanup.push(folder.remove);
    const server = await startPrometheus(prometheus.path, folder, JSON.stringify(configuration()));
    cleanup.push(server.stop);
    api = `${server.url}/api/v1`;
    await vi.waitFor(scrapedTwice, { timeout: 30_000, interval: 100 });
  });

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it('finds both targets up', async () => {
    const { activeTargets } = await callPrometheus<{ activeTargets: Target[] }>(api, 'targets?state=active');
    const found = activeTargets.map(({ labels, health, lastError }) => ({ job: labels['job'], health, lastError }));
    expect(found).toHaveLength(jobs.length);
    for (const job of jobs) expect(found).toContainEqual({ job, health: 'up', lastError: '' });
  });

  it.each([
    ['text', 'text/plain; version=0.0.4; charset=utf-8'],
    ['openmetrics', 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ] as const)('is answered in the format that the job %s prefers, compressed', (job, contentType) => {
    for (const { answered } of relays[job].scrapes) {
      expect(answered).toMatchObject({ 'content-type': contentType, 'content-encoding': 'gzip' });
      expect(answered.vary).toBe('Accept, Accept-Encoding');
    }
  });

  it('announces its scrape timeout', () => {
    const asked = jobs.flatMap((job) => relays[job].scrapes.map((scrape) => scrape.asked));
    expect(new Set(asked.map((headers) => headers['x-prometheus-scrape-timeout-seconds']))).toEqual(new Set(['1']));
  });

  it('knows the same metric names from both formats', async () => {
    const [text, openmetrics] = await Promise.all(jobs.map((job) => namesOf(job)));
    expect(text).toEqual(openmetrics);
    expect(text).toEqual(
      expect.arrayContaining([
        'clouddb_check_failures_total',
        'clouddb_exporter_api_requests_total',
        'clouddb_exporter_api_request_duration_seconds_bucket',
        'process_cpu_seconds_total',
      ]),
    );
  });

  it.each([
    'clouddb_instance_info',
    'clouddb_ssl_enabled',
    'clouddb_ssl_forced',
    'clouddb_cert_valid',
    'clouddb_cert_not_after_timestamp_seconds',
    'clouddb_at_rest_encryption_enabled',
    'clouddb_kms_keys',
    'clouddb_kms_key_enabled',
    'clouddb_kms_key_created_timestamp_seconds',
    'clouddb_check_success',
  ])('has the series of %s, with their values, from both formats', async (name) => {
    const exposed = exposition.filter((sample) => sample.name === name);
    expect(exposed).not.toEqual([]);
    for (const job of jobs) expect(await seriesOf(job, name)).toEqual(asSeries(exposed));
  });

  it('reads counters as counters in both formats', async () => {
    const metadata = await callPrometheus<Record<string, { type: string }[]>>(api, 'metadata');
    // OpenMetrics names the family without its suffix.
    for (const family of ['clouddb_check_failures', 'clouddb_exporter_api_requests', 'process_cpu_seconds']) {
      expect([family, metadata[family]?.[0]?.type]).toEqual([family, 'counter']);
      expect([family, metadata[`${family}_total`]?.[0]?.type]).toEqual([family, 'counter']);
    }
  });
});

function configuration(): unknown {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: jobs.map((job) => ({ job_name: job, static_configs: [{ targets: [relays[job].address] }] })),
  };
}

/** @param headers replace those of Prometheus */
async function startRelay(target: string, headers: Record<string, string>): Promise<Relay> {
  const scrapes: Relay['scrapes'] = [];
  const server = createServer((incoming, outgoing) => {
    const onward = request(`${target}${incoming.url}`, { headers: { ...incoming.headers, ...headers } });
    onward.once('response', (answer) => {
      scrapes.push({ asked: incoming.headers, answered: answer.headers });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy()).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => server.close().closeAllConnections());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, scrapes };
}

interface Target {
  labels: Record<string, string>;
  health: string;
  lastError: string;
}

const query = (expression: string) => queryPrometheus(api, expression);

async function scrapedTwice(): Promise<void> {
  const counts = await query('count_over_time(clouddb_exporter_build_info[1m])');
  const enough = counts.filter(({ value }) => Number(value[1]) >= 2);
  if (enough.length < jobs.length) throw new Error(`only ${enough.length} jobs have scraped twice`);
}

async function namesOf(job: Job): Promise<string[]> {
  return callPrometheus<string[]>(api, `label/__name__/values?match[]=${encodeURIComponent(`{job="${job}"}`)}`);
}

/** The series of a family, without the labels that Prometheus adds. */
async function seriesOf(job: Job, name: string): Promise<string[]> {
  const found = await query(`${name}{job="${job}"}`);
  return asSeries(
    found.map(({ metric: { __name__: _name, job: _job, instance: _instance, ...labels }, value }) => ({
      labels,
      value: Number(value[1]),
    })),
  );
}

/** Comparable; to Prometheus an empty label is one that is not there. */
function asSeries(samples: readonly Omit<ParsedSample, 'name'>[]): string[] {
  return samples
    .map(({ labels, value }) => {
      const present = Object.entries(labels).filter(([, text]) => text !== '');
      return `${JSON.stringify(Object.fromEntries(present.toSorted(([a], [b]) => (a < b ? -1 : 1))))} ${value}`;
    })
    .toSorted();
}
