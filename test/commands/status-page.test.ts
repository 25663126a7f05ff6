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
let instancePage: string;
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
  instancePage = await (await fetch(`${exporter.url}/instance?id=pg`)).text();
});

afterAll(async () => {
  await exporter.stop();
  await Promise.all(clouds.map((cloud) => cloud.close()));
  await folder.remove();
});

/** The tags of a page, by name. */
const tags = (html: string) => new Set([...html.matchAll(/<\/?([a-z][\w-]*)/gi)].map(([, name]) => name));

describe('the status page', () => {
  it.each(['name', 'tencent', 'oceanbase', 'region'])('shows %s as text', (where) => {
    expect(page).toContain(`&lt;script&gt;${where}&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;`);
  });

  it('has no tag and no attribute that came from outside', () => {
    for (const html of [page, instancePage]) {
      expect(tags(html)).toContain('table');
      expect(tags(html)).not.toContain('script');
      expect(tags(html)).not.toContain('img');
      expect(html).not.toMatch(/<[^>]*\son\w+=/);
    }
  });

  it('shows no text that an API chose in the place of a code or a state', () => {
    for (const where of ['code', 'text', 'state', 'period', 'url']) expect(page).not.toContain(`script&gt;${where}`);
  });
});

describe('the page of an instance', () => {
  it('shows what the API chose as text, and no secret', () => {
    for (const where of ['key', 'alias', 'place', 'label', 'name', 'tencent']) {
      expect(instancePage).toContain(`&lt;script&gt;${where}&lt;/script&gt;`);
    }
  });

  it.each([
    ['/instance', 400],
    ['/instance?id=', 400],
    ['/instance?id=pg&id=pg', 400],
    ['/instance?id=nothing', 404],
    ['/instance?id=%ff%00&account=__proto__', 404],
    [`/instance?id=pg&account=${encodeURIComponent(script('tencent'))}&region=${region}`, 200],
    ['/instance/?id=pg', 404],
    ['/?page=1e9&severity[]=x&severity[$ne]=y&label=__proto__:x&q=%E0%A4%A', 200],
    ['/?page=0&page=-1&refresh=1e400', 200],
    [`/?${'label=a:b&'.repeat(1000)}`, 200],
    ['/?' + 'q='.padEnd(12_000, 'x'), 200],
  ])('%.80s is answered %i, as a bounded page', async (path, status) => {
    const response = await fetch(`${exporter.url}${path}`);
    expect(response.status).toBe(status);
    expect((await response.text()).length).toBeLessThan(60_000);
  });

  it('has the headers of the status page, which alone reloads', async () => {
    const [home, instance] = await Promise.all([fetch(exporter.url), fetch(`${exporter.url}/instance?id=pg`)]);
    expect(home.headers.get('refresh')).toBe('60');
    expect((await fetch(`${exporter.url}/?refresh=off`)).headers.get('refresh')).toBeNull();
    expect(instance.headers.get('refresh')).toBeNull();
    for (const { headers } of [home, instance]) {
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
      );
    }
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
