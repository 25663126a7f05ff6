// The exporter below a path: behind reverse proxies that keep the path and that remove it, and called directly.
import { hashSync } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificates } from '../support/client-auth.ts';
import { createFolder } from '../support/exporter-process.ts';
import { ask, basic } from '../support/https.ts';
import { startInProcess } from '../support/in-process.ts';
import { type ReverseProxy, startReverseProxy } from '../support/reverse-proxy.ts';

const started: (() => unknown)[] = [];
let folder: Awaited<ReturnType<typeof createFolder>>;
let config: string;
beforeAll(async () => {
  folder = await createFolder();
  config = await folder.write(
    'config.yaml',
    `
accounts: { tencent: { provider: tencent_postgres, secret_id_env: NOT_SET_ID, secret_key_env: NOT_SET_KEY } }
instances: [{ id: postgres-x, region: ap-guangzhou, labels: { team: payments } }]
`,
  );
});
afterEach(async () => {
  for (const stop of started.splice(0).toReversed()) await stop();
});
afterAll(() => folder.remove());

/** An exporter that calls nobody, for want of a credential, so it is ready soon. */
async function start(...flags: string[]) {
  const exporter = await startInProcess({ config, flags });
  started.push(exporter.stop);
  return exporter;
}

async function publish(...options: Parameters<typeof startReverseProxy>): Promise<ReverseProxy> {
  const proxy = await startReverseProxy(...options);
  started.push(proxy.close);
  return proxy;
}

/** Follows each link of a page to the exporter. @returns their addresses without the query */
async function followLinks(page: string, headers = {}): Promise<Record<string, number>> {
  const response = await fetch(page, { headers });
  const html = await response.text();
  const links = [...html.matchAll(/\b(?:href|src|action)="([^"]*)"/g)].map(([, link = '']) => link);
  const statuses = new Map<string, number>();
  for (const link of links) {
    const url = new URL(link.replaceAll('&amp;', '&'), response.url);
    if (url.origin !== new URL(page).origin) continue;
    await expect.poll(async () => (await fetch(url, { headers })).status, { message: url.href }).toBe(200);
    url.search = '';
    statuses.set(url.href, 200);
  }
  return Object.fromEntries(statuses);
}

/** What followLinks finds where everything works. */
const works = (base: string, metrics = 'metrics') => ({
  [`${base}/`]: 200,
  [`${base}/instance`]: 200,
  [`${base}/${metrics}`]: 200,
  [`${base}/sd`]: 200,
  [`${base}/-/ready`]: 200,
  [`${base}/-/healthy`]: 200,
});

describe('behind a proxy', () => {
  it.each([
    ['removes the path', ['--web.external-url=https://x.example/clouddb/', '--web.route-prefix=/'], ''],
    ['removes the path, and the exporter does not know it', [], ''],
    ['keeps the path', ['--web.external-url=https://x.example/clouddb/'], '/clouddb'],
    ['keeps the path, given as the prefix alone', ['--web.route-prefix=clouddb/'], '/clouddb'],
    ['replaces the path', ['--web.external-url=http://x.example/clouddb', '--web.route-prefix=/in/ner'], '/in/ner'],
  ])('that %s, every link of the status page works', async (_, flags, replacement) => {
    const exporter = await start(...flags);
    const proxy = await publish(exporter.url, '/clouddb', { replacement });
    expect(await followLinks(`${proxy.url}/clouddb/`)).toEqual(works(`${proxy.url}/clouddb`));
  });

  it('that keeps the path, the path without its slash leads to the page', async () => {
    const exporter = await start('--web.external-url=https://x.example/a/b');
    const proxy = await publish(exporter.url, '/a/b');
    expect(await followLinks(`${proxy.url}/a/b`)).toEqual(works(`${proxy.url}/a/b`));
  });

  it('that removes the path, links work from the path without its slash', async () => {
    const exporter = await start('--web.external-url=https://x.example/clouddb', '--web.route-prefix=/');
    const proxy = await publish(exporter.url, '/clouddb', { replacement: '/' });
    const html = await (await fetch(`${proxy.url}/clouddb`)).text();
    expect(html).toContain('href="/clouddb/metrics"');
  });

  it('every link works with TLS, a password and another path of the metrics', async () => {
    const { ca, server } = createCertificates();
    await folder.write('cert.pem', server.cert);
    await folder.write('key.pem', server.key);
    const web = `
tls_server_config: { cert_file: cert.pem, key_file: key.pem }
basic_auth_users: { ann: "${hashSync('right', 4)}" }
`;
    const exporter = await start(
      `--web.config.file=${await folder.write('web.yaml', web)}`,
      '--web.route-prefix=/clouddb',
      '--web.telemetry-path=/encryption/metrics',
    );
    const proxy = await publish(exporter.secureUrl, '/clouddb', { ca });
    const ann = basic('ann', 'right');
    expect(await followLinks(`${proxy.url}/clouddb/`, ann)).toEqual(
      works(`${proxy.url}/clouddb`, 'encryption/metrics'),
    );
  });
});

describe('with a route prefix', () => {
  it('every path is below it, and nothing outside of it', async () => {
    const { url } = await start('--web.route-prefix=/clouddb', '--web.enable-lifecycle');
    const status = async (method: string, path: string) => (await ask(`${url}${path}`, { method })).status;
    expect(await status('GET', '/clouddb/')).toBe(200);
    for (const path of ['/metrics', '/sd', '/-/healthy', '/-/ready']) {
      expect([path, await status('GET', `/clouddb${path}`), await status('GET', path)]).toEqual([path, 200, 404]);
    }
    expect(await status('POST', '/clouddb/-/reload')).toBe(200);
    expect(await status('POST', '/-/reload')).toBe(404);
    for (const path of ['/clouddbs', '/clouddb/clouddb/', '/CLOUDDB/', '/metrics/clouddb']) {
      expect([path, await status('GET', path)]).toEqual([path, 404]);
    }
    expect((await ask(`${url}/nothing`)).body).toContain('/clouddb/metrics');
  });

  it.each(['/', '/?x=1', '/clouddb', '/clouddb?x=1'])('%s redirects to the page', async (path) => {
    const { url } = await start('--web.route-prefix=/clouddb');
    const answer = await ask(`${url}${path}`);
    expect(answer.status).toBe(302);
    expect(answer.headers['location']).toBe(`/clouddb/${new URL(path, url).search}`);
    expect((await ask(`${url}${path}`, { method: 'POST' })).status).toBe(405);
  });

  it('is the page without its slash where a proxy has another prefix for browsers', async () => {
    const { url } = await start('--web.route-prefix=/other', '--web.external-url=https://a.example/clouddb/');
    const { status, body } = await ask(`${url}/other`);
    expect([status, body]).toEqual([200, expect.stringContaining('href="/clouddb/metrics"')]);
  });

  it.each(['/a.b', '/a+b', '/a(b)', '/a{b}', '/a:b', '/a*', '/a!', '/~ann', '/a%20b', '/@a,b;c=d&e'])(
    'its characters mean nothing else: %s',
    async (prefix) => {
      const { url } = await start(`--web.route-prefix=${prefix}`);
      expect(await followLinks(`${url}${prefix}`)).toEqual(works(new URL(prefix, url).href));
      expect((await ask(`${url}/axb/-/healthy`)).status).toBe(404);
    },
  );

  it('the probe listener serves its paths with and without it', async () => {
    const exporter = await start('--web.route-prefix=/clouddb', '--web.probe-listen-address=127.0.0.1:0');
    await exporter.logged('serving probes');
    const [, at] = /serving probes.* at=(\S+)/.exec(exporter.stderr()) ?? [];
    for (const path of ['/-/healthy', '/clouddb/-/healthy']) {
      expect((await ask(`http://${at}${path}`)).status).toBe(200);
    }
    expect((await ask(`http://${at}/clouddb/metrics`)).status).toBe(404);
  });

  it('the demo prints the addresses below it', async () => {
    const flags = ['--web.route-prefix=/clouddb', '--web.telemetry-path=/m'];
    const { url, stdout, stop } = await startInProcess({ command: 'demo', flags });
    started.push(stop);
    expect(stdout()).toContain(`${url}/clouddb/\n`);
    expect(stdout()).toContain(`${url}/clouddb/m\n`);
  });
});
