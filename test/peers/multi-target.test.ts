// A real Prometheus finds its targets at /sd and scrapes each through /probe, with three lines and no relabelling.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCertificates } from '../support/client-auth.ts';
import { type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { scrape } from '../support/exposition.ts';
import {
  createPeerFolder,
  findPeer,
  freePort,
  type Peer,
  type PeerFolder,
  startApache,
  startPrometheus,
  untilReady,
} from './peer.ts';
import { callPrometheus, queryPrometheus } from './prometheus-api.ts';

const prometheus = findPeer('prometheus');
const promtool = findPeer('promtool');
const apache = findPeer('apache2');

const cleanup: (() => unknown)[] = [];
let folder: PeerFolder;
let api = '';
let exporter: ExporterProcess;
/** Labels of the instances, as /metrics has them. */
let fleet: Record<string, string>[] = [];
let configuration = '';
/** The exporters, by the job that finds its targets there. */
const exporters: Record<string, ExporterProcess> = {};
/** Start of the URLs that each job scrapes. */
const bases: Record<string, string> = {};

async function startDemo(...flags: string[]): Promise<ExporterProcess> {
  const started = await startExporter({ command: 'demo', flags });
  cleanup.push(() => started.stop());
  return started;
}

/** A job as docs/multi-target.md has it, quicker. */
function job(name: string, sd: string, more: object = {}, ofSd: object = {}): object {
  const interval = { scrape_interval: '2s', scrape_timeout: '2s' };
  return {
    job_name: name,
    ...interval,
    ...more,
    http_sd_configs: [{ url: sd, refresh_interval: '1s', ...ofSd }],
  };
}

/** Apache in front of two exporters: one behind TLS, whose whole URL is known, and one of which the path is known. */
async function startProxy(whole: number, pathOnly: string): Promise<Peer & { secure: number }> {
  const secure = await freePort();
  const { ca, server } = createCertificates();
  await folder.write('ca.pem', ca);
  const cert = await folder.write('cert.pem', server.cert);
  const key = await folder.write('key.pem', server.key);
  const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'socache_shmcb', 'ssl'];
  const directives = `
Listen 127.0.0.1:${secure} https
ProxyPass /path/ ${pathOnly}/
<VirtualHost 127.0.0.1:${secure}>
SSLEngine on
SSLCertificateFile ${cert}
SSLCertificateKeyFile ${key}
ProxyPass /whole/ http://127.0.0.1:${whole}/whole/
</VirtualHost>
`;
  const peer = await startApache(apache.path, folder, modules, directives);
  cleanup.push(peer.stop);
  return { ...peer, secure };
}

const sorted = (names: readonly (string | undefined)[]) =>
  names.map(String).toSorted((one, two) => (one < two ? -1 : 1));
const query = (expression: string) => queryPrometheus(api, expression);

describe.skipIf(prometheus.missing || promtool.missing || apache.missing)('Prometheus', () => {
  beforeAll(async () => {
    folder = await createPeerFolder();
    cleanup.push(folder.remove);
    exporter = await startDemo();
    exporters['direct'] = exporter;
    exporters['prefix'] = await startDemo('--web.route-prefix=/in/ner');
    exporters['path'] = await startDemo('--web.external-url=/path/', '--web.route-prefix=/');
    const port = await freePort();
    const proxy = await startProxy(port, exporters['path'].url);
    const whole = `https://localhost:${proxy.secure}/whole/`;
    exporters['whole'] = await startDemo(`--web.external-url=${whole}`, `--web.listen-address=127.0.0.1:${port}`);
    await untilReady(exporter);
    const samples = await scrape(exporter.url);
    fleet = samples.filter(({ name }) => name === 'clouddb_instance_info').map(({ labels }) => labels);

    Object.assign(bases, {
      direct: exporter.url,
      prefix: `${exporters['prefix'].url}/in/ner`,
      path: `${proxy.url}/path`,
      whole: whole.slice(0, -1),
    });
    const tls = { tls_config: { ca_file: `${folder.path}/ca.pem` } };
    configuration = JSON.stringify({
      scrape_configs: [
        {
          job_name: 'metrics',
          scrape_interval: '2s',
          scrape_timeout: '2s',
          static_configs: [{ targets: [new URL(exporter.url).host] }],
        },
        ...Object.entries(bases).map(([name, base]) =>
          name === 'whole' ? job(name, `${base}/sd`, tls, tls) : job(name, `${base}/sd`),
        ),
      ],
    });
    const server = await startPrometheus(prometheus.path, folder, configuration);
    cleanup.push(server.stop);
    api = `${server.url}/api/v1`;
    await vi.waitFor(scrapedAll, { timeout: 60_000, interval: 200 });
  }, 120_000);

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it.each(['direct', 'prefix', 'path', 'whole'])(
    '%s: every instance is a target of its own, which is up',
    async (name) => {
      const { activeTargets } = await callPrometheus<{ activeTargets: Target[] }>(api, 'targets?state=active');
      const own = activeTargets.filter(({ labels }) => labels['job'] === name);
      expect(sorted(own.map(({ labels }) => labels['instance']))).toEqual(
        sorted(fleet.map((labels) => labels['instance_id'])),
      );
      for (const { labels, scrapeUrl, health, lastError } of own) {
        expect({ health, lastError }).toEqual({ health: 'up', lastError: '' });
        expect(Object.keys(labels).toSorted()).toEqual(['instance', 'job']);
        const url = new URL(scrapeUrl);
        expect(`${url.origin}${url.pathname}`).toBe(`${bases[name]}/probe`);
        expect(url.searchParams.get('target')).toBe(labels['instance']);
      }
      expect(await query(`up{job="${name}"} == 1`)).toHaveLength(fleet.length);
    },
  );

  it.each(['direct', 'prefix', 'path', 'whole'])('%s: no label of a series is renamed', async (name) => {
    expect(await query(`count({job="${name}", __name__=~"clouddb_.*", instance_id!=""})`)).not.toEqual([]);
    const names = await callPrometheus<string[]>(api, `labels?match[]=${encodeURIComponent(`{job="${name}"}`)}`);
    expect(names.filter((label) => /^(?:exported_|__|param)/.test(label) && label !== '__name__')).toEqual([]);
  });

  it('knows the same series of the instances through /probe as through /metrics, and no others', async () => {
    await vi.waitFor(
      async () => {
        const [all, targets] = await Promise.all(['metrics', 'direct'].map(seriesOf));
        expect(all?.length).toBeGreaterThan(fleet.length * 5);
        expect(targets).toEqual(all);
      },
      { timeout: 20_000, interval: 500 },
    );
    expect(
      await query('{job="direct", __name__=~"clouddb_exporter.*|process_.*|nodejs_.*|clouddb_discovery.*"}'),
    ).toEqual([]);
  });

  it('keeps its targets while the exporter is restarting or does not answer', async () => {
    const [group] = await query('count(up{job="prefix"})');
    expect(group?.value[1]).toBe(String(fleet.length));
    await exporters['prefix']?.stop();
    await vi.waitFor(async () => expect(await query('up{job="prefix"} == 0')).toHaveLength(fleet.length), {
      timeout: 20_000,
      interval: 200,
    });
    const { activeTargets } = await callPrometheus<{ activeTargets: Target[] }>(api, 'targets?state=active');
    expect(activeTargets.filter(({ labels }) => labels['job'] === 'prefix')).toHaveLength(fleet.length);
  });

  it('finds no fault in the configuration of this test', async () => {
    const file = await folder.write('checked.yml', configuration);
    const { status, stdout, stderr } = spawnSync(promtool.path, ['check', 'config', file], { encoding: 'utf8' });
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

interface Target {
  labels: Record<string, string>;
  scrapeUrl: string;
  health: string;
  lastError: string;
}

async function scrapedAll(): Promise<void> {
  for (const name of Object.keys(bases)) {
    const up = await query(`up{job="${name}"} == 1`);
    if (up.length < fleet.length) throw new Error(`${name}: ${up.length} of ${fleet.length} targets are up`);
  }
}

/** The series of the instances in a job, without the labels of the target and values that change. */
async function seriesOf(name: string): Promise<string[]> {
  const changing = 'clouddb_cert_valid_days_remaining|clouddb_check_duration_seconds|clouddb_check_last_success_.*';
  const found = await query(`{job="${name}", instance_id!="", __name__!~"${changing}"}`);
  return found
    .map(
      ({ metric: { job: _job, instance: _instance, ...labels }, value: [, value] }) =>
        `${JSON.stringify(labels)} ${value}`,
    )
    .toSorted();
}
