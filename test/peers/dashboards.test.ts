// Every query of the dashboards, and every example of the reference page, in a real Prometheus that scrapes the demo.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { simulatedClouds } from '../../src/demo/index.ts';
import { type Family, instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import {
  dashboard,
  dashboardNames,
  firstValues,
  type Panel,
  queriesOf,
  substitute,
  type Variable,
  variablesIn,
} from '../support/dashboards.ts';
import { startExporter } from '../support/exporter-process.ts';
import { createPeerFolder, findPeer, startPrometheus, untilReady } from './peer.ts';
import { callPrometheus, type Series } from './prometheus-api.ts';

const demoInstances = simulatedClouds.flatMap((cloud) => cloud.instances(0)).length;

const prometheus = findPeer('prometheus');

/** Variables that Grafana sets itself, for scrapes each second. */
const ofGrafana = { __rate_interval: '10s', __interval: '1s', __range: '10m' };

/** Checks of the demo fail from the start or never, so that none has facts that grow old. */
const withoutData = ['Failing checks B'];

const cleanup: (() => unknown)[] = [];
let api = '';

describe.skipIf(prometheus.missing)('in Prometheus', () => {
  beforeAll(async () => {
    const exporter = await startExporter({ command: 'demo' });
    cleanup.push(() => exporter.stop());
    await untilReady(exporter);
    const target = exporter.url.replace('http://', '');
    // Two jobs, as where two exporters watch the same instances: nothing may count twice for it.
    const configuration = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: ['first', 'second'].map((job) => ({ job_name: job, static_configs: [{ targets: [target] }] })),
    };
    const folder = await createPeerFolder();
    cleanup.push(folder.remove);
    const server = await startPrometheus(prometheus.path, folder, JSON.stringify(configuration));
    cleanup.push(server.stop);
    api = `${server.url}/api/v1`;
    await vi.waitFor(scrapedOften, { timeout: 30_000, interval: 100 });
  });

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  describe.each(dashboardNames)('%s', (name) => {
    const board = dashboard(name);
    const values = { ...firstValues(board), ...ofGrafana };

    it.each(queriesOf(board).map(({ panel, target }) => [panel.title, target.refId, target] as const))(
      'has data for "%s", query %s',
      async (title, refId, { expr, instant, range, format }) => {
        expect([instant, range]).toEqual(format === 'table' ? [true, false] : [instant, !instant]);
        const expression = substitute(expr, values);
        expect(variablesIn(expression)).toEqual([]);
        const ask = (text: string) => (instant ? query(text) : queryRange(text));
        if (withoutData.includes(`${title} ${refId}`)) {
          expect(await ask(expression)).toEqual([]);
          expect(await ask(expression.replace('== 0', '== 1'))).not.toEqual([]);
        } else {
          // The rate limit of a provider that the demo has no account of: that the query runs is all there is to see.
          const [, limited] = /provider="([^"]+)"/.exec(expression) ?? [];
          const found = await ask(expression);
          if (limited === undefined || (await providersThere()).includes(limited)) expect(found).not.toEqual([]);
        }
      },
    );

    it('gives each line of a graph a name of its own', async () => {
      for (const { type, title, targets = [] } of board.panels) {
        if (type !== 'timeseries' && type !== 'state-timeline') continue;
        const legends: string[] = [];
        for (const { expr, legendFormat = '' } of targets) {
          for (const { metric } of await queryRange(substitute(expr, values))) {
            legends.push(legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''));
          }
        }
        expect(new Set(legends).size, `${title}: ${legends.join(', ')}`).toBe(legends.length);
      }
    });

    it('shows in each table a column of every label that a row has', async () => {
      for (const { type, title, targets = [], transformations = [] } of board.panels) {
        if (type !== 'table') continue;
        const columns = transformations.find(({ id }) => id === 'organize')?.options['renameByName'] ?? {};
        const limits = transformations.find(({ id }) => id === 'configFromData')?.options['configRefId'];
        const labels = new Set<string>();
        for (const { expr, refId } of targets) {
          if (refId === limits) continue;
          for (const { metric } of await query(substitute(expr, values))) {
            for (const label of Object.keys(metric)) labels.add(label);
          }
        }
        // The team of a key is with its instance in the other tables.
        labels.delete('team');
        if (title === 'Encryption at rest by key') {
          for (const label of ['provider', 'account', 'cloud_region', 'instance_id']) labels.delete(label);
        }
        expect(
          [...labels].filter((label) => !Object.hasOwn(columns, label)),
          title,
        ).toEqual([]);
      }
    });

    it.each(board.templating.list.filter(({ type }) => type === 'query').map((found) => [found.name, found] as const))(
      'finds values for the variable %s',
      async (_name, variable: Variable) => {
        const [, series = '', label = ''] =
          /^label_values\((.+), (\S+)\)$/.exec(substitute(variable.query, values)) ?? [];
        const found = await callPrometheus<string[]>(
          api,
          `label/${label}/values?match[]=${encodeURIComponent(series)}`,
        );
        expect(found.length).toBeGreaterThan(0);
      },
    );
  });

  describe('the fleet dashboard', () => {
    const board = dashboard('clouddb-fleet.json');
    const panelOf = (title: string): Panel => {
      const panel = board.panels.find((candidate) => candidate.title === title);
      if (panel === undefined) throw new Error(`no panel ${title}`);
      return panel;
    };

    async function rowsOf(title: string, chosen: Record<string, string> = {}): Promise<Series[]> {
      const expr = panelOf(title).targets?.[0]?.expr ?? '';
      return query(substitute(expr, { ...firstValues(board), ...ofGrafana, ...chosen }));
    }

    const numberOf = async (title: string, chosen: Record<string, string> = {}) =>
      (await rowsOf(title, chosen)).map(({ value }) => Number(value[1]));

    it('counts each instance once though two jobs scrape it', async () => {
      expect(await numberOf('Instances')).toEqual([demoInstances]);
      expect(await numberOf('SSL off')).toEqual([3]);
      expect(await numberOf('SSL not forced')).toEqual([1]);
      expect(await numberOf('Not encrypted at rest')).toEqual([3]);
      expect(await numberOf('Keys disabled')).toEqual([2]);
      expect(await numberOf('Certificates expired')).toEqual([1]);
      expect(await numberOf('Expire within $crit_days days')).toEqual([1]);
      expect(await numberOf('Expire within $warn_days days')).toEqual([1]);
      expect(await numberOf('Reported invalid')).toEqual([1]);
      expect(await numberOf('Checks failing')).toEqual([3]);
    });

    it('uses the thresholds of the variables', async () => {
      const thresholds = { crit_days: '20', warn_days: '100' };
      expect(await numberOf('Expire within $crit_days days', thresholds)).toEqual([2]);
      expect(await numberOf('Expire within $warn_days days', thresholds)).toEqual([1]);
    });

    it('shows what the variables select', async () => {
      expect(await numberOf('Instances', { team: 'payments' })).toEqual([3]);
      expect(await numberOf('Instances', { team_label: 'env', team: '(dev|staging)' })).toEqual([3]);
      expect(await numberOf('Instances', { region: 'ap-guangzhou' })).toEqual([2]);
      expect(await numberOf('Instances', { provider: 'oceanbase' })).toEqual([7]);
      expect(await numberOf('Instances', { team_label: 'nobody_has_it' })).toEqual([demoInstances]);
    });

    it('shows 0 if all is known and well, and no value if nothing is known', async () => {
      expect(await numberOf('SSL off', { team: 'logistics' })).toEqual([0]);
      expect(await numberOf('SSL off', { provider: 'oceanbase', team: 'platform' })).toEqual([]);
      expect(await numberOf('Keys disabled', { provider: 'oceanbase' })).toEqual([]);
    });

    it('counts an instance as compliant if all its known facts are', async () => {
      const shares = async (chosen: Record<string, string>) => numberOf('Compliant', chosen);
      // orders: compliant; orders-staging: unknown; catalog: SSL off; checkout: compliant; inventory: expires in 12 days.
      expect(await shares({ team: 'commerce' })).toEqual([3 / 4]);
      expect(await shares({ team: 'marketing' })).toEqual([0]);
      expect(await shares({ team: 'finance' })).toEqual([0]);
    });

    it('lists everything that needs action, the fewest days left first', async () => {
      const rows = await rowsOf('Needs action');
      const days = rows.map(({ value }) => Number(value[1]));
      expect(days).toEqual(days.toSorted((a, b) => a - b));
      const found = rows.map(({ metric, value }) => {
        const left = Math.round(Number(value[1]));
        return [metric['alert'], metric['severity'], metric['instance_name'], metric['detail'] ?? '', left].join(' ');
      });
      expect(found.filter((row) => !row.startsWith('CloudDBCACertificate')).toSorted()).toEqual(
        [
          'CloudDBCertificateExpired critical loyalty server -3',
          'CloudDBCertificateExpiring critical shipping  5',
          'CloudDBCertificateExpiring warning inventory  12',
          'CloudDBCertificateInvalid critical loyalty  0',
          'CloudDBCheckFailing warning notifications ssl 0',
          'CloudDBCheckFailing warning orders-staging kms 0',
          'CloudDBCheckFailing warning orders-staging ssl 0',
          'CloudDBKMSKeyDisabled critical invoices invoices-data 0',
          'CloudDBKMSKeyDisabled critical ledger ledger-2024 0',
          'CloudDBKMSKeyOld info crm crm-data 0',
          'CloudDBKMSKeyOld info orders orders-data 0',
          'CloudDBNotEncryptedAtRest warning analytics  0',
          'CloudDBNotEncryptedAtRest warning invoices  0',
          'CloudDBNotEncryptedAtRest warning sessions  0',
          'CloudDBSSLDisabled critical analytics  0',
          'CloudDBSSLDisabled critical catalog  0',
          'CloudDBSSLDisabled critical reporting  0',
          'CloudDBSSLNotForced warning risk  0',
        ].toSorted(),
      );
      expect(new Set(rows.map(({ metric }) => metric['team']))).toContain('logistics');
    });

    it('warns of an automatically renewed certificate only if the renewal is late', async () => {
      const severities = async (chosen: Record<string, string>) =>
        (await rowsOf('Needs action', { team: 'payments', ...chosen }))
          .filter(({ metric }) => metric['alert'] === 'CloudDBCertificateExpiring')
          .map(({ metric }) => `${metric['instance_name']} ${metric['severity']}`);
      expect(await severities({ warn_days: '100' })).toEqual([]);
      expect(await severities({ warn_days: '100', crit_days: '90' })).toEqual(['risk warning']);
    });

    it('warns of a CA by the thresholds of its own', async () => {
      const severities = async (chosen: Record<string, string>) =>
        (await rowsOf('Needs action', { team: 'sales', ...chosen }))
          .filter(({ metric }) => metric['alert'] === 'CloudDBCACertificateExpiring')
          .map(({ metric }) => metric['severity']);
      expect(await severities({ ca_warn_days: '100000' })).toEqual(['warning']);
      expect(await severities({ ca_warn_days: '100000', ca_crit_days: '90000' })).toEqual(['critical']);
    });

    it('shows settings that are off, with the start of monitoring if never seen on', async () => {
      const rows = await rowsOf('Off since');
      const off = rows.map(({ metric }) => `${metric['what']} ${metric['instance_name']}`).toSorted();
      expect(off).toEqual(
        [
          'SSL analytics',
          'SSL catalog',
          'SSL forced risk',
          'SSL reporting',
          'certificate renewed by the cloud inventory',
          'certificate renewed by the cloud loyalty',
          'certificate renewed by the cloud shipping',
          'encryption at rest analytics',
          'encryption at rest invoices',
          'encryption at rest sessions',
          'key invoices',
          'key ledger',
        ].toSorted(),
      );
      for (const { metric, value } of rows) {
        expect(metric['before']).toBe('not seen on in the time range');
        expect(Math.abs(Number(value[1]) - Date.now())).toBeLessThan(600_000);
      }
    });

    it('shows when a setting was last seen on', async () => {
      // For a setting that is on, because the demo disables nothing: last seen on is now.
      const expr = (panelOf('Off since').targets?.[0]?.expr ?? '').replaceAll(/== 0\b/g, '== 1');
      const rows = await query(substitute(expr, { ...firstValues(board), ...ofGrafana }));
      expect(rows.map(({ metric }) => `${metric['what']} ${metric['instance_name']}`)).toContain('SSL orders');
      for (const { metric, value } of rows.filter(
        ({ metric }) => metric['what'] !== 'certificate renewed by the cloud',
      )) {
        expect(metric['before']).toBe('on');
        expect(Math.abs(Number(value[1]) - Date.now())).toBeLessThan(15_000);
      }
    });
  });

  describe('the examples of the reference page', () => {
    const families = [instanceFamilies, stateFamilies, lastingFamilies].flatMap((group) =>
      Object.values<Family>(group),
    );

    /** Families whose example has no result in the demo. */
    const quiet = [
      'clouddb_cert_not_before_timestamp_seconds',
      'clouddb_check_unreadable_field',
      'clouddb_check_unsupported',
      'clouddb_kms_key_info',
      'clouddb_check_last_success_timestamp_seconds',
      'clouddb_exporter_api_request_failures_total',
      'clouddb_exporter_config_last_reload_successful',
      'clouddb_exporter_credentials_expiration_timestamp_seconds',
      'clouddb_exporter_credentials_last_refresh_successful',
      'clouddb_exporter_provider_clock_skew_seconds',
      'clouddb_exporter_sweep_pending_checks',
      'clouddb_exporter_total_shards',
      'clouddb_exporter_web_config_last_reload_success_timestamp_seconds',
      'clouddb_exporter_web_config_last_reload_successful',
    ];

    it.each(families.map(({ name, example }) => [name, example]))('%s', async (name, example) => {
      const found = await query(example);
      expect(example).toContain(name);
      // The others have a condition that the demo need not satisfy: the test only runs them.
      if (!quiet.includes(name)) expect(found.length).toBeGreaterThan(0);
    });
  });
});

/** The providers that the scraped exporter has accounts of. */
async function providersThere(): Promise<string[]> {
  const match = encodeURIComponent(stateFamilies.instances.name);
  return callPrometheus<string[]>(api, `label/provider/values?match[]=${match}`);
}

async function post(path: string, body: Record<string, string>): Promise<Series[]> {
  const answer = await fetch(`${api}/${path}`, { method: 'POST', body: new URLSearchParams(body) });
  const { status, data, error } = (await answer.json()) as Record<string, unknown>;
  if (status !== 'success') throw new Error(`${String(error)}\n${body['query']}`);
  return (data as { result: Series[] }).result;
}

async function query(expression: string): Promise<Series[]> {
  return post('query', { query: expression });
}

async function queryRange(expression: string): Promise<Series[]> {
  const now = Date.now() / 1000;
  return post('query_range', { query: expression, start: String(now - 30), end: String(now), step: '1' });
}

/** Often enough for rates, and for what takes a first call to have a value. */
async function scrapedOften(): Promise<void> {
  const counts = await query('count_over_time(clouddb_exporter_sweep_duration_seconds[1m])');
  if (counts.length < 2 || counts.some(({ value }) => Number(value[1]) < 4))
    throw new Error('not scraped often enough');
}
