// CA bundles of an API on the wire: a renewed CA, a damaged bundle, one that is not understood.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { type ParsedSample, scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const region = 'ap-guangzhou';
const pem = (name: string) => readFileSync(new URL(`../ca-bundle/fixtures/${name}.pem`, import.meta.url), 'utf8');

const bundles = {
  renewed: pem('root-earlier') + pem('root'),
  mangled: pem('root').replaceAll('\n', '\\n'),
  damaged: pem('root') + pem('issuing').slice(0, 200),
  other: 'see the console',
  none: '-',
};

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: SimulatedApi;
let exporter: InProcessExporter;
let samples: ParsedSample[];

beforeAll(async () => {
  const keys = { secret_id: secret('id of CA bundles'), secret_key: secret('key of CA bundles') };
  folder = await createFolder();
  api = await startPostgresApi({
    secretId: keys.secret_id,
    secretKey: keys.secret_key,
    instances: Object.entries(bundles).map(([id, caCert]) => ({ id, region, sslEnabled: true, caCert, keys: [] })),
  });
  const config = await folder.write(
    'config.yaml',
    stringify({
      accounts: { a: { provider: 'tencent_postgres', endpoint: api.url, ...keys } },
      instances: Object.keys(bundles).map((id) => ({ id, region })),
    }),
  );
  exporter = await startInProcess({ config });
  await scrape(exporter.url);
  samples = await scrape(exporter.url);
});
afterAll(async () => {
  await exporter.stop();
  await api.close();
  await folder.remove();
});

const ends = (id: string) =>
  valuesOf(samples, 'clouddb_cert_not_after_timestamp_seconds', { instance_id: id, source: 'ca_bundle' });

it('each certificate that can be read has a series, also with another one of the same name', () => {
  expect(Object.keys(bundles).map(ends)).toEqual([
    [3_155_760_000, 3_786_912_000],
    [3_786_912_000],
    [3_786_912_000],
    [],
    [],
  ]);
});

it('what cannot be read is a series of its field, while the check succeeds', () => {
  const unreadable = samples.filter(({ name }) => name === 'clouddb_check_unreadable_field');
  expect(unreadable.map(({ labels }) => [labels['instance_id'], labels['check'], labels['field']])).toEqual([
    ['damaged', 'ssl', 'CACert'],
    ['other', 'ssl', 'CACert'],
  ]);
  expect(new Set(valuesOf(samples, 'clouddb_check_success'))).toEqual(new Set([1]));
});

it('and one warning for each instance, not for each scrape, without the content of the field', () => {
  const warnings = exporter.stderr().match(/^.*not understood.*$/gm) ?? [];
  expect(warnings).toHaveLength(2);
  for (const warning of warnings) expect(warning).toMatch(/level=warn .*fields=CACert/);
  expect(exporter.stderr()).not.toContain('see the console');
});
