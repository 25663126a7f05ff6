// The status page of an exporter whose names, labels and errors look like HTML.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const secretId = secret('secret id of the status page');
const secretKey = secret('secret key of the status page');
const accessKeyId = secret('access key id of the status page');
const accessKeySecret = secret('access key secret of the status page');

const script = (where: string) => `<script>${where}</script>"'><img src=x onerror=alert(1)>&${where};`;
const region = 'ap-guangzhou';

let folder: Awaited<ReturnType<typeof createFolder>>;
let clouds: SimulatedApi[];
let exporter: InProcessExporter;
let page: string;
let metrics: string;

beforeAll(async () => {
  folder = await createFolder();
  const key = { id: script('key'), alias: script('alias'), region: script('place'), enabled: true, createTime: '' };
  const broken = (id: string, error: string) => ({ id, region, sslEnabled: true, keys: [], error });
  clouds = [
    await startPostgresApi({
      secretId,
      secretKey,
      instances: [
        { id: 'pg', region, sslEnabled: true, keys: [key], caUrl: script('url') },
        broken('pg-broken', script('code')),
        broken('pg-dotted', `InternalError.${script('code')}`),
      ],
    }),
    await startOceanBaseApi({
      accessKeyId,
      accessKeySecret,
      instances: [
        { id: 'ob', ssl: { enableSSL: script('state'), validPeriod: script('period') } },
        { id: 'ob-broken', ssl: {}, error: { status: 400, errorCode: script('code'), errorMessage: script('text') } },
      ],
    }),
  ];
  const config = await folder.write(
    'config.yaml',
    stringify({
      scrape: { retries: 0 },
      accounts: {
        [script('tencent')]: {
          provider: 'tencent_postgres',
          endpoint: clouds[0]?.url,
          secret_id: secretId,
          secret_key: secretKey,
        },
        [script('oceanbase')]: {
          provider: 'oceanbase',
          endpoint: clouds[1]?.url,
          access_key_id: accessKeyId,
          access_key_secret: accessKeySecret,
        },
      },
      instances: [
        ...['pg', 'pg-broken', 'pg-dotted'].map((id) => ({ account: script('tencent'), id, region })),
        ...['ob', 'ob-broken'].map((id) => ({ account: script('oceanbase'), id, region: script('region') })),
      ].map((instance) => ({ ...instance, name: script('name'), labels: { team: script('label') } })),
    }),
  );
  exporter = await startInProcess({ config, flags: ['--log.level=debug'] });
  metrics = await (await fetch(`${exporter.url}/metrics`)).text();
  page = await (await fetch(exporter.url)).text();
});

afterAll(async () => {
  await exporter.stop();
  await Promise.all(clouds.map((cloud) => cloud.close()));
  await folder.remove();
});

/** The tags of the page, by name. */
const tags = () => new Set([...page.matchAll(/<\/?([a-z][\w-]*)/gi)].map(([, name]) => name));

describe('the status page', () => {
  it.each(['name', 'tencent', 'oceanbase', 'region'])('shows %s as text', (where) => {
    expect(page).toContain(`&lt;script&gt;${where}&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;`);
  });

  it('has no tag and no attribute that came from outside', () => {
    expect(page).toContain('<table>');
    expect(tags()).not.toContain('script');
    expect(tags()).not.toContain('img');
    expect(page).not.toMatch(/<[^>]*\son\w+=/);
  });

  it('shows no text that an API chose in the place of a code or a state', () => {
    for (const where of ['code', 'text', 'state', 'period', 'url']) expect(page).not.toContain(`script&gt;${where}`);
  });
});

describe('the exposition', () => {
  it('has label values as they are, and stays one that can be read', () => {
    const samples = parseExposition(metrics);
    const labels = samples.find(({ name }) => name === 'clouddb_kms_key_enabled')?.labels;

    expect(labels).toMatchObject({ key_id: script('key'), key_alias: script('alias'), team: script('label') });
    expect(metrics).toMatch(/^(?:# .*\n|\w+(?:\{.*\})? \S+\n|\n)+$/);
  });
});
