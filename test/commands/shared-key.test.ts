// Two accounts with the same key: the cloud counts their calls together.
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

it('accounts with the same key are never throttled, and the key is not shown', async () => {
  const region = 'ap-guangzhou';
  const ids = Array.from({ length: 40 }, (_, index) => `postgres-${index}`);
  const credentials = { secretId: secret('shared id'), secretKey: secret('shared key') };
  const api = await startPostgresApi({
    ...credentials,
    instances: ids.map((id) => ({ id, region, sslEnabled: true, keys: [] })),
    // Above the limit of one account and below that of two, with room for a busy machine.
    limits: { DescribeDBInstanceSSLConfig: 28 },
  });
  const account = {
    provider: 'tencent_postgres',
    endpoint: api.url,
    secret_id: credentials.secretId,
    secret_key: credentials.secretKey,
  };
  const folder = await createFolder();
  const config = await folder.write(
    'config.yaml',
    stringify({
      scrape: { retries: 0 },
      accounts: { one: account, two: { ...account, rate_limits: { DescribeDBInstanceSSLConfig: 25 } } },
      instances: ids.map((id, index) => ({ account: index % 2 === 0 ? 'one' : 'two', id, region, checks: ['ssl'] })),
    }),
  );
  const exporter = await startInProcess({ config });
  const samples = await scrape(exporter.url);
  expect(valuesOf(samples, 'clouddb_ssl_enabled')).toHaveLength(40);
  expect(valuesOf(samples, 'clouddb_check_success')).toEqual(Array(40).fill(1));
  const failures = valuesOf(samples, 'clouddb_exporter_api_request_failures_total', { reason: 'rate_limited' });
  expect(failures.every((value) => value === 0)).toBe(true);
  expect(exporter.stderr()).toContain('accounts with the same key have different rate limits');
  expect(exporter.stderr()).not.toContain(credentials.secretId);
  await exporter.stop();
  await api.close();
  await folder.remove();
});
