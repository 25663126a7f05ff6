// `promtool check metrics` on what the program writes: one deliberate complaint and no other, whatever fails.
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { createPki } from '../../src/demo/databases/authority.ts';
import { type OceanBaseInstance, startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { Intercept } from '../../src/demo/simulated-api.ts';
import { type PostgresInstance, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { reasonNames } from '../../src/model/failure.ts';
import { createFolder, runProgram, startExporter } from '../support/exporter-process.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';
import { findPeer, untilReady } from './peer.ts';

const promtool = findPeer('promtool');
const caCert = createPki(Date.now()).createRoot('CA', -100, 1000).pem;

/** The name that users asked for beside the timestamp. */
const daysComplaint = 'clouddb_cert_valid_days_remaining use base unit "seconds" instead of "days"';
const passed = { status: 0, complaints: [] };
const passedButForDays = { status: 3, complaints: [daysComplaint] };

const keyId = secret('key id of promtool');
const keySecret = secret('key of promtool');
const region = 'ap-guangzhou';
const key = { id: 'key-1', alias: 'orders', region, enabled: true, createTime: '2024-05-01 12:00:00' };

const cleanup: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of cleanup.splice(0).toReversed()) await end();
});

describe.skipIf(promtool.missing)('promtool check metrics', () => {
  it('passes the demo but for the days', async () => {
    const exporter = await startExporter({ command: 'demo' });
    cleanup.push(() => exporter.stop());
    await untilReady(exporter);
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    expect(valuesOf(parseExposition(text), 'clouddb_check_success')).toContain(0);
    expect(lint(text)).toEqual(passedButForDays);
  });

  it('passes a fleet whose certificates have no dates', async () => {
    const { status, stdout } = await scrapeOnce({
      tencent: [{ id: 'pg-1', region, sslEnabled: true, keys: [key] }],
      oceanbase: [{ id: 'ob-1', ssl: { enableSSL: 'CLOSE', validPeriod: '' } }],
    });
    expect(status).toBe(0);
    expect(lint(stdout)).toEqual(passed);
  });

  it('passes a fleet with certificates but for the days', async () => {
    const { status, stdout } = await scrapeOnce({
      tencent: [{ id: 'pg-1', region, sslEnabled: true, caCert, keys: [key] }],
      oceanbase: [{ id: 'ob-1', ssl: { enableSSL: 'OPEN', validPeriod: '2036-12-10T04:11:13Z' } }],
    });
    expect(status).toBe(0);
    expect(lint(stdout)).toEqual(passedButForDays);
  });

  it('passes an empty fleet', async () => {
    const { stdout } = await scrapeOnce({ tencent: [], oceanbase: [] });
    expect(lint(stdout)).toEqual(passed);
  });

  it('passes a scrape that no API has answered yet', async () => {
    const config = await writeConfig({
      tencent: [{ id: 'pg-1', region, sslEnabled: true, keys: [] }],
      oceanbase: [{ id: 'ob-1', ssl: {} }],
      intercept: () => true,
    });
    const exporter = await startExporter({ config });
    cleanup.push(() => exporter.stop());
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.6' };
    const text = await (await fetch(`${exporter.url}/metrics`, { headers })).text();
    expect(valuesOf(parseExposition(text), 'clouddb_exporter_sweep_pending_checks')).toEqual([4]);
    expect(lint(text)).toEqual(passed);
  });

  it('passes but for the days when checks fail for every reason there is', async () => {
    const faulty = Object.entries(faults).map(([id, fault]) => ({ id, region, sslEnabled: true, keys: [], ...fault }));
    const { status, stdout } = await scrapeOnce({
      tencent: [{ id: 'pg-good', region, sslEnabled: true, caCert, keys: [key] }, ...faulty],
      oceanbase: [{ id: 'ob-1', ssl: {}, error: { status: 500, errorCode: 'InternalError', errorMessage: 'failed' } }],
      intercept: misbehave,
      locked: true,
    });
    const samples = parseExposition(stdout);
    const met = reasonNames.filter((reason) =>
      valuesOf(samples, 'clouddb_check_failures_total', { reason }).some((count) => count > 0),
    );
    expect(status).toBe(3);
    // A fault of the exporter itself is none that a cloud can cause.
    expect(met).toEqual(reasonNames.filter((reason) => reason !== 'internal'));
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'pg-good' })).toEqual([1, 1]);
    expect(lint(stdout)).toEqual(passedButForDays);
  });

  it('passes label values of every kind, which stay what they are', async () => {
    const { status, stdout, stderr } = await scrapeOnce({
      tencent: [
        {
          id: 'pg-1',
          region,
          sslEnabled: true,
          keys: [
            { ...key, id: 'quotes', alias: 'say "hi", {a="b"} # x' },
            { ...key, id: 'backslashes', alias: 'C:\\new\\' },
            { ...key, id: 'lines', alias: 'one\ntwo\r\nthree\u2028four' },
            { ...key, id: 'beyond ASCII', alias: 'clé 密钥 🔑' },
          ],
        },
      ],
      oceanbase: [],
      name: 'line one\nline "two" \\n',
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining('scraped')]);
    const samples = parseExposition(stdout).filter(({ name }) => name === 'clouddb_kms_key_enabled');
    expect(Object.fromEntries(samples.map(({ labels }) => [labels['key_id'], labels['key_alias']]))).toEqual({
      quotes: 'say "hi", {a="b"} # x',
      backslashes: 'C:\\new\\',
      lines: 'onetwothreefour',
      'beyond ASCII': 'clé 密钥 🔑',
    });
    expect(samples[0]?.labels).toMatchObject({
      instance_name: 'line one\nline "two" \\n',
      team: 'line one\nline "two" \\n',
    });
    expect(lint(stdout)).toEqual(passed);
  });
});

/** Instances of the Tencent cloud, by what is wrong with them; `misbehave` does the rest. */
const faults: Record<string, Partial<PostgresInstance>> = {
  'pg-hangs': {},
  'pg-cut': {},
  'pg-html': {},
  'pg-down': {},
  'pg-auth': { error: 'AuthFailure.SecretIdNotFound' },
  'pg-permission': { error: 'UnauthorizedOperation' },
  'pg-throttled': { error: 'RequestLimitExceeded' },
  'pg-unknown': { error: 'ResourceNotFound.InstanceNotFoundError' },
  'pg-state': { error: 'OperationDenied.InstanceStatusLimitError' },
  'pg-rejected': { error: 'InvalidParameter' },
  'pg-unsupported': { error: 'UnsupportedOperation' },
};

const misbehave: Intercept = ({ instanceId, response }) => {
  if (instanceId === 'pg-cut') response.destroy();
  else if (instanceId === 'pg-html') response.end('<html>captive portal</html>');
  else if (instanceId === 'pg-down') response.writeHead(503).end();
  else return instanceId === 'pg-hangs';
  return true;
};

interface Fleet {
  tencent: PostgresInstance[];
  oceanbase: OceanBaseInstance[];
  intercept?: Intercept;
  /** Adds an account that has no credential. */
  locked?: boolean;
  /** Name of each instance, and its label `team`. */
  name?: string;
}

/** Starts both clouds with a fleet. @returns the path of a configuration that watches it */
async function writeConfig({ tencent, oceanbase, intercept, locked = false, name }: Fleet): Promise<string> {
  const folder = await createFolder();
  cleanup.push(folder.remove);
  const hook = intercept === undefined ? {} : { intercept };
  const cloud = await startPostgresApi({ secretId: keyId, secretKey: keySecret, instances: tencent, ...hook });
  cleanup.push(() => cloud.close());
  const api = await startOceanBaseApi({
    accessKeyId: keyId,
    accessKeySecret: keySecret,
    instances: oceanbase,
    ...hook,
  });
  cleanup.push(() => api.close());
  const named = name === undefined ? {} : { name, labels: { team: name } };
  const postgres = { provider: 'tencent_postgres', endpoint: cloud.url };
  const config = {
    scrape: { request_timeout: '500ms', retries: 0 },
    accounts: {
      postgres: { ...postgres, secret_id: keyId, secret_key: keySecret },
      ocean: { provider: 'oceanbase', endpoint: api.url, access_key_id: keyId, access_key_secret: keySecret },
      locked: postgres,
    },
    instances: [
      ...tencent.map(({ id }) => ({ account: 'postgres', id, region, ...named })),
      ...oceanbase.map(({ id }) => ({ account: 'ocean', id, ...named })),
      ...(locked ? [{ account: 'locked', id: 'pg-locked', region }] : []),
    ],
  };
  return folder.write('config.yaml', JSON.stringify(config));
}

async function scrapeOnce(fleet: Fleet): ReturnType<typeof runProgram> {
  return runProgram(['scrape', `--config.file=${await writeConfig(fleet)}`]);
}

function lint(exposition: string): { status: number | null; complaints: string[] } {
  const { status, stdout, stderr } = spawnSync(promtool.path, ['check', 'metrics'], {
    input: exposition,
    encoding: 'utf8',
  });
  return { status, complaints: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
}
