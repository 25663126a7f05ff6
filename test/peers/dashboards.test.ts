// Every query of the dashboards, and every example of the reference page, in a real Prometheus that scrapes the demo.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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

const demoInstances = 19;

const prometheus = findPeer('prometheus');

/** Variables that Grafana sets itself, for scrapes each second. */
const ofGrafana = { __rate_interval: '10s', __interval: '1s', __range: '10m' };

/**
 * Queries without data: the accounts of the demo have no temporary credentials, and none of its lists fails. With the second
 * metric in place of the first one they have some.
 */
const withoutData: Record<string, [string, string]> = {
  'Each account B': ['expiration_timestamp_seconds', 'last_refresh_successful'],
  'Instances: discovered and configured E': ['discovery_failure_info', 'discovery_info'],
};

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
        const replaced = withoutData[`${title} ${refId}`];
        if (replaced !== undefined) {
          expect(await ask(expression)).toEqual([]);
          expect(await ask(expression.replace(...replaced))).not.toEqual([]);
        } else {
          // The rate limit of a provider that the demo has no account of: that the query runs is all there is to see.
          const [, limited] = /provider="([^"]+)"/.exec(expression) ?? [];
          const found = await ask(expression);
          if (limited === undefined || (await providersThere()).includes(limited)) expect(found).not.toEqual([]);
        }
      },
    );

    it('gives each line of a graph a unique name', async () => {
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
        const organize = transformations.find(({ id }) => id === 'organize')?.options;
        const [columns, excluded] = [organize?.['renameByName'] ?? {}, organize?.['excludeByName'] ?? {}];
        const labels = new Set<string>();
        for (const { expr } of targets) {
          for (const { metric } of await query(substitute(expr, values))) {
            for (const label of Object.keys(metric)) labels.add(label);
          }
        }
        expect(
          [...labels].filter((label) => !Object.hasOwn(columns, label) && !Object.hasOwn(excluded, label)),
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
      const tiles = board.panels.filter(({ type }) => type === 'stat').map(({ title }) => title);
      const counted = await Promise.all(
        tiles.map(async (title): Promise<[string, number]> => [title, (await numberOf(title))[0] ?? Number.NaN]),
      );
      const { 'Oldest facts': age, ...numbers } = Object.fromEntries<number>(counted);
      expect(age).toBeLessThan(60);
      expect(numbers).toEqual({
        Critical: 10,
        Warnings: 16,
        Unknown: 2,
        Accepted: 2,
        Compliant: 6 / demoInstances,
        Instances: demoInstances,
        'SSL off': 2,
        'Not forced': 1,
        'Plain at rest': 4,
        'Keys off': 1,
        Invalid: 1,
        Failing: 0,
        Expired: 2,
        '< $crit_days days': 1,
        '$crit_days–$warn_days days': 2,
        'CA < $ca_warn_days d': 1,
        'No expiry': 2,
        Plaintext: 5,
        'TLS refused': 1,
        'Old TLS': 1,
        'Not trusted': 2,
        'Other name': 1,
        Drift: 1,
      });
    });

    it('uses the thresholds of the variables', async () => {
      const thresholds = { crit_days: '20', warn_days: '100' };
      expect(await numberOf('< $crit_days days', thresholds)).toEqual([3]);
      // One more expires within 100 days, but is renewed automatically.
      expect(await numberOf('$crit_days–$warn_days days', thresholds)).toEqual([1]);
    });

    it('shows what the variables select', async () => {
      expect(await numberOf('Instances', { team: 'payments' })).toEqual([3]);
      expect(await numberOf('Instances', { team_label: 'env', team: '(dev|staging)' })).toEqual([3]);
      expect(await numberOf('Instances', { region: 'ap-guangzhou' })).toEqual([3]);
      expect(await numberOf('Instances', { provider: 'oceanbase' })).toEqual([8]);
      expect(await numberOf('Instances', { instance: '(orders|catalog)' })).toEqual([2]);
      expect(await numberOf('Instances', { team_label: 'nobody_has_it' })).toEqual([demoInstances]);
      expect((await rowsOf('Each instance', { instance: 'catalog' })).length).toBe(1);
    });

    it('shows 0 if all is known and well, n/a if no check can report it, and no value if nothing is known', async () => {
      expect(await numberOf('SSL off', { team: 'logistics' })).toEqual([0]);
      expect(await numberOf('Keys off', { provider: 'oceanbase' })).toEqual([-1]);
      expect(await numberOf('SSL off', { provider: 'oceanbase', team: 'platform' })).toEqual([]);
      expect(await numberOf('Instances', { team: 'nobody' })).toEqual([]);
    });

    it('lists everything that is open, once, without what is accepted', async () => {
      const rows = await rowsOf('What to do');
      const found = rows.map(({ metric, value }) => {
        const left = Math.round(Number(value[1]));
        return [metric['severity'], metric['finding'], metric['instance_name'], metric['detail'] ?? '', left].join(' ');
      });
      expect(found.filter((row) => !row.includes('certificate_unknown')).toSorted()).toEqual(
        [
          '3 certificate_expired loyalty api -3',
          '3 certificate_expired invoices invoices.db.example.com -2',
          '3 certificate_expiring shipping api 5',
          '3 plaintext_accepted inventory  0',
          '3 plaintext_accepted loyalty  0',
          '3 tls_refused loyalty  0',
          '3 certificate_invalid loyalty  0',
          '3 key_disabled invoices invoices-data 0',
          '3 ssl_disabled catalog  0',
          '3 ssl_disabled reporting  0',
          '2 ca_expiring crm Demo PostgreSQL Legacy CA 150',
          '2 certificate_expiring inventory api 12',
          '2 certificate_expiring sessions sessions.db.example.com 12',
          '2 certificate_drift risk obproxy.example.com 0',
          '2 certificate_invalid invoices  0',
          '2 certificate_invalid notifications  0',
          '2 certificate_invalid shipping  0',
          '2 not_encrypted_at_rest couriers  0',
          '2 not_encrypted_at_rest inventory  0',
          '2 not_encrypted_at_rest reporting  0',
          '2 not_encrypted_at_rest sessions  0',
          '2 plaintext_accepted ledger  0',
          '2 plaintext_accepted reporting  0',
          '2 plaintext_accepted risk  0',
          '2 tls_outdated crm TLSv1.1 0',
          '2 ssl_not_forced risk  0',
          '1 key_disabled ledger ledger-2024 0',
          '1 key_old crm crm-data 0',
          '1 key_old orders orders-data 0',
        ].toSorted(),
      );
      expect(new Set(rows.map(({ metric }) => metric['team']))).toContain('logistics');
    });

    it('lists the tenants and the keys', async () => {
      const rows = await rowsOf('Keys and tenants', { team: '(commerce|data)' });
      const listed = rows.map(({ metric, value }) => `${metric['instance_name']} ${metric['key_alias']} ${value[1]}`);
      expect(listed).toEqual(
        expect.arrayContaining([
          'checkout checkout 1',
          'checkout payments 1',
          'inventory inventory 1',
          'inventory suppliers 0',
          'inventory returns 1',
          'reporting reporting 0',
          'reporting exports 0',
          'orders orders-data 1',
        ]),
      );
    });

    it('lists what is accepted, with its end', async () => {
      const rows = await rowsOf('Accepted findings');
      expect(rows.map(({ metric }) => `${metric['finding']} ${metric['instance_name']}`).toSorted()).toEqual([
        'not_encrypted_at_rest analytics',
        'ssl_disabled analytics',
      ]);
      for (const { value } of rows) expect(Number(value[1])).toBeGreaterThan(30);
    });

    it('has a row for each instance, with what is not known', async () => {
      expect(await rowsOf('Each instance')).toHaveLength(demoInstances);
      const states = async (refId: string): Promise<Record<string, string>> => {
        const expr = panelOf('Each instance').targets?.find((target) => target.refId === refId)?.expr ?? '';
        const rows = await query(substitute(expr, { ...firstValues(board), ...ofGrafana }));
        return Object.fromEntries(rows.map(({ metric, value }) => [metric['instance_name'] ?? '', value[1]]));
      };
      const [ssl, forced, atRest] = [await states('B'), await states('C'), await states('D')];
      expect([ssl['orders'], ssl['catalog'], ssl['notifications']]).toEqual(['1', '0', '-1']);
      expect([forced['checkout'], forced['risk'], forced['reporting'], forced['orders']]).toEqual([
        '1',
        '0',
        '4',
        undefined,
      ]);
      expect([atRest['orders'], atRest['invoices'], atRest['sessions'], atRest['orders-staging']]).toEqual([
        '1',
        '5',
        '0',
        '-1',
      ]);
      expect([atRest['checkout'], atRest['inventory'], atRest['loyalty']]).toEqual(['1', '0', '4']);
    });

    it('reports an automatically renewed certificate only if the renewal is late', async () => {
      const severities = async (chosen: Record<string, string>) =>
        (await rowsOf('What to do', { team: 'payments', ...chosen }))
          .filter(({ metric }) => metric['finding'] === 'certificate_expiring')
          .map(({ metric }) => `${metric['instance_name']} ${metric['severity']}`);
      expect(await severities({ warn_days: '100', crit_days: '90' })).toEqual([]);
      expect(await severities({ warn_days: '100', crit_days: '90', team: 'logistics' })).toEqual(['shipping 3']);
    });

    it('reports a CA by its own thresholds', async () => {
      const severities = async (chosen: Record<string, string>) =>
        (await rowsOf('What to do', { team: 'sales', ...chosen }))
          .filter(({ metric }) => metric['finding'] === 'ca_expiring')
          .map(({ metric }) => metric['severity']);
      expect(await severities({ ca_warn_days: '100000' })).toEqual(['2']);
      expect(await severities({ ca_warn_days: '100000', ca_crit_days: '90000' })).toEqual(['3']);
    });

    it('shows settings that are off, without a time if they were never seen on', async () => {
      const rows = await rowsOf('Off since');
      const off = rows.map(({ metric, value }) => `${metric['what']} ${metric['instance_name']} ${value[1]}`);
      expect(off.toSorted()).toEqual(
        [
          'SSL analytics 0',
          'SSL catalog 0',
          'SSL forced risk 0',
          'SSL reporting 0',
          'encryption at rest analytics 0',
          'encryption at rest couriers 0',
          'encryption at rest inventory 0',
          'encryption at rest invoices 0',
          'encryption at rest reporting 0',
          'encryption at rest sessions 0',
          'key invoices 0',
          'key ledger 0',
        ].toSorted(),
      );
    });

    it('shows when a setting was last seen on', async () => {
      // For a setting that is on, because the demo disables nothing: last seen on is now.
      const expr = (panelOf('Off since').targets?.[0]?.expr ?? '').replaceAll(/== 0\b/g, '== 1');
      const rows = await query(substitute(expr, { ...firstValues(board), ...ofGrafana }));
      expect(rows.map(({ metric }) => `${metric['what']} ${metric['instance_name']}`)).toContain('SSL orders');
      for (const { value } of rows) expect(Math.abs(Number(value[1]) - Date.now())).toBeLessThan(15_000);
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
      'clouddb_discovery_info',
      'clouddb_discovery_success',
      'clouddb_discovery_failure_info',
      'clouddb_discovery_last_success_timestamp_seconds',
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
