// What signals do to a serving process.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder, startExporter } from '../support/exporter-process.ts';
import { secret } from '../support/secret.ts';

const keyId = secret('key id of the server tests');
const key = secret('key of the server tests');

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: SimulatedApi;
let config: string;

beforeAll(async () => {
  folder = await createFolder();
  const ssl = { enableSSL: 'OPEN', validPeriod: '2040-01-01T00:00:00Z' };
  api = await startOceanBaseApi({
    accessKeyId: keyId,
    accessKeySecret: key,
    instances: ['a', 'hangs'].map((id) => ({ id, ssl })),
    intercept: ({ instanceId }) => instanceId === 'hangs',
  });
  const account = { provider: 'oceanbase', endpoint: api.url, access_key_id: keyId, access_key_secret: key };
  const instances = [{ id: 'a' }, { id: 'hangs' }];
  config = await folder.write(
    'config.yaml',
    stringify({ scrape: { request_timeout: '5m' }, accounts: { ob: account }, instances }),
  );
});
afterAll(async () => {
  await api.close();
  await folder.remove();
});

describe('SIGTERM', () => {
  // Neither the scrape nor the call that hangs ends before the time limit of the test, nor does the silent client.
  it('answers the scrape in progress, cuts a client that sends no more, and exits with status 0', async () => {
    const exporter = await startExporter({ config });
    const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n');
    const answer = fetch(`${exporter.url}/metrics`, { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '300' } });
    while (api.arrivals.length < 3) await fetch(`${exporter.url}/-/healthy`);
    const ended = exporter.stop('SIGTERM');
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^clouddb_ssl_enabled\{.*instance_id="a".*\} 1$/m);
    expect(await ended).toBe(0);
    expect(exporter.stderr()).toMatch(/msg="stopped"\n$/);
    // No warning of Node either.
    expect(exporter.stderr()).toMatch(/^(?:ts=.*\n)+$/);
    socket.destroy();
  });
});

describe('SIGHUP', () => {
  it('reads the configuration again, and the exporter continues', async () => {
    const text = await readFile(config, 'utf8');
    const changing = await folder.write('changing.yaml', text);
    const exporter = await startExporter({ config: changing });
    // An answer shows that it handles signals, which the log line of the listener does not.
    await fetch(`${exporter.url}/-/healthy`);
    await folder.write('changing.yaml', `${text}\n# changed`);
    exporter.process.kill('SIGHUP');
    await exporter.logged('configuration reloaded');
    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);
    expect(await exporter.stop()).toBe(0);
  });
});

describe('SIGINT', () => {
  it('exits with status 0, too', async () => {
    const exporter = await startExporter({ config });
    expect(await exporter.stop('SIGINT')).toBe(0);
    expect(exporter.stderr()).toMatch(/msg="stopped"\n$/);
  });
});
