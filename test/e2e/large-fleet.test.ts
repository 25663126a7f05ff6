// Ten thousand instances with 20,000 checks in the queue: the program stays alive to its probes while it starts, sweeps,
// reloads and writes.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type ExporterProcess, runProgram, startExporter } from '../support/exporter-process.ts';
import { type ParsedSample, parseExposition, valuesOf } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';

const count = 10_000;
/** The default timeout of a Kubernetes probe. A benchmark holds the program to a tenth of it. */
const probeTimeoutMs = 1000;

const keyId = secret('key id of the large fleet');
const key = secret('key of the large fleet');

let folder: Awaited<ReturnType<typeof createFolder>>;
let exporter: ExporterProcess;
let file: string;
const api = createServer();

const line = (i: number, name: string) =>
  `  - { id: postgres-${i}, region: ap-tokyo, name: ${name}-${i}, labels: { team: t${i % 50}, env: prod } }`;

/** With the documented rate limits, which keep most checks in the queue. @param first the first instance */
function configOf(name: string, first = ''): string {
  const { port } = api.address() as AddressInfo;
  return `
scrape: { refresh_interval: 1h }
accounts:
  big: { provider: tencent_postgres, endpoint: http://127.0.0.1:${port}, secret_id: ${keyId}, secret_key: ${key} }
instances:
${[first, ...Array.from({ length: count }, (_, i) => line(i, name))].filter((text) => text !== '').join('\n')}
`;
}

/** A scrape that waits one second for the checks. */
async function scrapeOf(encoding: string): Promise<ParsedSample[]> {
  const headers = { 'Accept-Encoding': encoding, 'X-Prometheus-Scrape-Timeout-Seconds': '1.5' };
  const response = await fetch(`${exporter.url}/metrics`, { headers });
  expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
  return parseExposition(await response.text());
}

/** Scrapes until it shows what a test waits for: reading a large file takes longer than such a scrape. */
async function scrapedUntil(isShown: (samples: ParsedSample[]) => boolean): Promise<ParsedSample[]> {
  for (;;) {
    const samples = await scrapeOf('gzip');
    if (isShown(samples)) return samples;
  }
}

// As a kubelet does: three failures in a row restart the pod. In a thread of its own, because the test is busy with what
// it reads.
const prober = `
  const { parentPort, workerData: url } = require('node:worker_threads');
  const { setTimeout: delay } = require('node:timers/promises');
  const isHealthy = () => fetch(url, { signal: AbortSignal.timeout(${probeTimeoutMs}) }).then(({ ok }) => ok, () => false);
  (async () => {
    for (let failures = 0; failures < 3; await delay(50)) failures = (await isHealthy()) ? 0 : failures + 1;
    parentPort.postMessage('failed');
  })();
`;

/** Calls the probe again and again until `work` is done. @throws when it fails as often as a restart takes */
async function probedDuring<T>(work: Promise<T>): Promise<T> {
  const thread = new Worker(prober, { eval: true, workerData: `${exporter.url}/-/healthy` });
  const failed = once(thread, 'message').then(() => Promise.reject<T>(new Error('the probe failed three times')));
  try {
    return await Promise.race([work, failed]);
  } finally {
    await thread.terminate();
  }
}

beforeAll(async () => {
  const answers: Record<string, string> = {
    DescribeDBInstanceSSLConfig: JSON.stringify({ Response: { SSLEnabled: true } }),
    DescribeEncryptionKeys: JSON.stringify({ Response: { EncryptionKeys: [] } }),
  };
  api.on('request', (request, response) => {
    request.resume();
    response.end(answers[String(request.headers['x-tc-action'])]);
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  folder = await createFolder();
  file = await folder.write('config.yaml', configOf('orders'));
  exporter = await startExporter({ config: file });
});
afterAll(async () => {
  await exporter.stop();
  api.close();
  await folder.remove();
});

describe('ten thousand instances', () => {
  it('leave the probe answered from the start, while their checks are queued', async () => {
    const samples = await probedDuring(scrapeOf('identity'));
    const [pending = 0] = valuesOf(samples, 'clouddb_exporter_sweep_pending_checks');
    expect(pending).toBeGreaterThan(count);
    expect(valuesOf(samples, 'clouddb_kms_keys').length).toBeGreaterThan(0);
    expect(exporter.stderr()).not.toMatch(/level=(?:warn|error)/);
  });

  it('are all in a scrape, compressed or not, and counted on the status page', async () => {
    const [first, second] = await probedDuring(Promise.all([scrapeOf('gzip'), scrapeOf('identity')]));
    for (const samples of [first, second]) {
      expect(valuesOf(samples, 'clouddb_instance_info', { env: 'prod' })).toHaveLength(count);
    }
    const page = await probedDuring(fetch(exporter.url).then((response) => response.text()));
    expect(page).toContain(`1–100 of ${count}`);
  });

  it('do not keep others waiting when twenty clients do not read what they asked for', async () => {
    const { port } = new URL(exporter.url);
    const silent = Array.from({ length: 20 }, () => connect(Number(port), '127.0.0.1').pause());
    for (const socket of silent) socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(valuesOf(await probedDuring(scrapeOf('gzip')), 'clouddb_instance_info')).toHaveLength(count);
    for (const socket of silent) socket.destroy();
  });

  it('are replaced when the file changes; an invalid file is reported by its line, and changes nothing', async () => {
    const renamed = { instance_name: 'renamed-9999' };
    await writeFile(file, configOf('renamed'));
    await probedDuring(scrapedUntil((samples) => valuesOf(samples, 'clouddb_instance_info', renamed)[0] === 1));

    await writeFile(file, configOf('wrong', '  - { id: postgres-x, region: nowhere }'));
    const reloads = 'clouddb_exporter_config_last_reload_successful';
    const samples = await probedDuring(scrapedUntil((scraped) => valuesOf(scraped, reloads)[0] === 0));
    expect(valuesOf(samples, 'clouddb_instance_info', renamed)).toEqual([1]);
    expect(exporter.stderr()).toContain(`${file}:6:31: instances[0].region: must be a region of tencent_postgres`);
    const { status, stderr } = await runProgram(['check-config', `--config.file=${file}`]);
    expect([status, stderr.split('\n')[1]]).toEqual([1, `${file}: 1 problem`]);
  });
});
