// Each alert and severity in each disturbance: it neither resolves nor fires again without a cause, and it resolves with one.
import { describe, expect, it } from 'vitest';
import { accountAlerts, alertCases, type ExporterState, exporterSeries, type TestExporter } from './alert-cases.ts';
import { type Expectation, promtool, testRules } from './rule-test.ts';

const address = 'exporter:10043';
const running: ExporterState = { phase: 'running' };
/** Minute at which all alerts fire: the longest of them waits for an hour. */
const settled = 80;
/** Longer than anything that the rules look back. */
const hours = 360;
/** Minutes between two evaluations, as few of them as show each disturbance. */
const usualStep = 2;

/** One exporter: the last state of which the minute has come. */
function exporterOf(states: Readonly<Record<number, Partial<ExporterState>>>, options: Partial<TestExporter> = {}) {
  const starts = Object.keys(states).map(Number);
  return {
    address,
    stateAt: (minute: number): ExporterState => {
      const start = starts.findLast((one) => one <= minute);
      return { ...running, ...(start === undefined ? {} : states[start]) };
    },
    ...options,
  };
}

type Alerts = readonly { id: string; alert: string }[];

const onInstances: Alerts = alertCases.flatMap(({ id, alerts }) => alerts.map((alert) => ({ id, alert })));
const onAccounts: Alerts = accountAlerts.map((alert) => ({ id: '', alert }));
const all: Alerts = [...onInstances, ...onAccounts];

/** Those on facts, checks and accounts. @param besides further alerts that are left out */
const aboutData = (besides = '') =>
  `ALERTS{alertstate="firing", alertname!~"CloudDB(Exporter.*|Discovery.*|InstanceVanished|NothingWatched${besides})"}`;

/** @param value what the expression has for each of the alerts */
function samplesOf(alerts: Alerts, value: number): Expectation['samples'] {
  return alerts.map(({ id, alert }) => {
    const [name = '', severity = ''] = alert.split(' ');
    return { labels: `{alertname="${name}", severity="${severity}"${id && `, instance_id="${id}"`}}`, value };
  });
}

/** Exactly these alerts fire at a minute, each once. */
const firing = (minute: number, alerts: Alerts): Expectation => ({
  expr: `count by (alertname, severity, instance_id) (${aboutData()})`,
  minute,
  samples: samplesOf(alerts, 1),
});

/** They fire at each evaluation from when all of them fire to a minute. */
const throughout = (minute: number, alerts: Alerts, step: number, besides?: string): Expectation => ({
  expr: `sum by (alertname, severity, instance_id) (count_over_time(${aboutData(besides)}[${(minute - settled) * 60 - 30}s]))`,
  minute,
  samples: samplesOf(alerts, (minute - settled) / step),
});

const holds = (minute: number, step: number) => [throughout(minute, all, step), firing(minute, all)];

/** Disturbances that change nothing of what is known, and the minute at which everything still fires. */
const harmless: Record<string, { exporters: TestExporter[]; until: number; step?: number }> = {
  'nothing happens': { exporters: [exporterOf({})], until: 150 },
  'a scrape is missed': { exporters: [exporterOf({ 100: { phase: 'down' }, 102: {} })], until: 130 },
  'a scrape is missed, and the exporter has no series about itself': {
    exporters: [exporterOf({ 100: { phase: 'down' }, 102: {} }, { bare: true })],
    until: 130,
  },
  'the exporter restarts between two scrapes': {
    exporters: [exporterOf({ 100: { phase: 'starting', startedAt: 100 }, 106: { startedAt: 100 } })],
    until: 150,
  },
  'it restarts, and has no series about itself': {
    exporters: [exporterOf({ 100: { phase: 'starting' }, 106: {} }, { bare: true })],
    until: 150,
  },
  'it restarts, and its checks have results one after the other': {
    exporters: [
      exporterOf({
        100: { phase: 'down' },
        102: { phase: 'starting', startedAt: 100 },
        104: { startedAt: 100, checks: ['wire'], sweeping: true },
        106: { startedAt: 100 },
      }),
    ],
    until: 150,
  },
  'it is down for hours': {
    exporters: [
      exporterOf({
        100: { phase: 'down' },
        [100 + hours]: { phase: 'starting', startedAt: 100 + hours },
        [108 + hours]: { startedAt: 100 + hours },
      }),
    ],
    until: 152 + hours,
    step: 4,
  },
  'its target does not exist for hours': {
    exporters: [
      exporterOf({
        100: { phase: 'gone' },
        [100 + hours]: { phase: 'starting', startedAt: 100 + hours },
        [108 + hours]: { startedAt: 100 + hours },
      }),
    ],
    until: 152 + hours,
    step: 4,
  },
  'its pod is replaced by one with another address': {
    exporters: [
      exporterOf({ 100: { phase: 'gone' } }),
      exporterOf(
        { 0: { phase: 'gone' }, 104: { phase: 'starting', startedAt: 102 }, 108: { startedAt: 102 } },
        { address: 'other:10043' },
      ),
    ],
    until: 150,
  },
  'its new pod starts before the old one stops': {
    exporters: [
      exporterOf({ 104: { phase: 'gone' } }),
      exporterOf(
        { 0: { phase: 'gone' }, 100: { phase: 'starting', startedAt: 100 }, 106: { startedAt: 100 } },
        { address: 'other:10043' },
      ),
    ],
    until: 150,
  },
  'one of two exporters with the same configuration is down': {
    exporters: [exporterOf({ 100: { phase: 'down' }, 120: {} }), exporterOf({}, { address: 'other:10043' })],
    until: 150,
  },
  'Prometheus evaluates nothing for 20 minutes, and the exporter restarts meanwhile': {
    exporters: [exporterOf({ 100: { phase: 'starting', startedAt: 99 }, 120: { startedAt: 99 } })],
    until: 160,
    step: 20,
  },
};

const discovers = { discovers: true };

/** The same of an exporter that finds the instances: after a start it does not know them until a list is complete. */
const harmlessToFound: typeof harmless = {
  'it restarts, and needs ten minutes for its first lists': {
    exporters: [
      exporterOf({ 100: { phase: 'starting', startedAt: 100, listing: true }, 110: { startedAt: 100 } }, discovers),
    ],
    until: 150,
  },
  'it restarts twice, and is not scraped meanwhile': {
    exporters: [
      exporterOf(
        {
          100: { phase: 'starting', startedAt: 100, listing: true },
          104: { phase: 'down' },
          108: { phase: 'starting', startedAt: 107, listing: true },
          112: { startedAt: 107, sweeping: true },
          116: { startedAt: 107 },
        },
        discovers,
      ),
    ],
    until: 150,
  },
  'its pod is replaced by one that needs ten minutes for its first lists': {
    exporters: [
      exporterOf({ 100: { phase: 'gone' } }, discovers),
      exporterOf(
        { 0: { phase: 'gone' }, 104: { phase: 'starting', startedAt: 102, listing: true }, 114: { startedAt: 102 } },
        { ...discovers, address: 'other:10043' },
      ),
    ],
    until: 150,
  },
  'its new pod starts before the old one stops': {
    exporters: [
      exporterOf({ 104: { phase: 'gone' } }, discovers),
      exporterOf(
        { 0: { phase: 'gone' }, 100: { phase: 'starting', startedAt: 100, listing: true }, 110: { startedAt: 100 } },
        { ...discovers, address: 'other:10043' },
      ),
    ],
    until: 150,
  },
  'it restarts, and its lists fail for hours': {
    exporters: [
      exporterOf(
        {
          100: { phase: 'starting', startedAt: 100, listing: true, listFails: true },
          [100 + hours]: { startedAt: 100 },
        },
        discovers,
      ),
    ],
    until: 152 + hours,
    step: 4,
  },
  'its lists fail for hours': {
    exporters: [exporterOf({ 100: { listFails: true, listedAt: 99 } }, discovers)],
    until: 152 + hours,
    step: 4,
  },
};

/** What makes all alerts on instances resolve, and how soon. */
const causes: Record<string, { exporters: TestExporter[]; at: number; left?: Alerts }> = {
  'the instances leave the configuration': {
    exporters: [exporterOf({ 100: { removed: true } })],
    at: 102,
  },
  'they leave the configuration of a new pod': {
    exporters: [
      exporterOf({ 100: { phase: 'gone' } }),
      exporterOf({ 0: { phase: 'gone' }, 106: { removed: true, startedAt: 106 } }, { address: 'other:10043' }),
    ],
    at: 108,
  },
  'they leave the configuration while the exporter is down': {
    exporters: [exporterOf({ 100: { phase: 'down' }, 130: { removed: true, startedAt: 129 } })],
    at: 132,
  },
  'they leave the configuration while the APIs are down': {
    exporters: [
      exporterOf({
        100: { outage: true },
        160: { outage: true, forgotten: true },
        200: { outage: true, removed: true },
      }),
    ],
    at: 202,
  },
  'they were removed before the exporter was down': {
    exporters: [exporterOf({ 100: { removed: true }, 110: { phase: 'down' } })],
    at: 116,
  },
  'the list does not have them any more': { exporters: [exporterOf({ 100: { removed: true } }, discovers)], at: 102 },
  'the first list after a restart does not have them': {
    exporters: [
      exporterOf(
        {
          100: { phase: 'starting', startedAt: 100, listing: true },
          110: { startedAt: 100, removed: true },
        },
        discovers,
      ),
    ],
    at: 112,
  },
  'the first list of a new pod does not have them': {
    exporters: [
      exporterOf({ 100: { phase: 'gone' } }, discovers),
      exporterOf(
        {
          0: { phase: 'gone' },
          104: { phase: 'starting', startedAt: 104, listing: true },
          110: { startedAt: 104, removed: true },
        },
        { ...discovers, address: 'other:10043' },
      ),
    ],
    at: 112,
  },
  'they are not discovered any more after a restart': {
    exporters: [
      exporterOf(
        {
          100: { phase: 'starting', startedAt: 100, listing: true },
          110: { startedAt: 100, removed: true, undiscovered: true },
        },
        discovers,
      ),
    ],
    at: 112,
  },
  'they are fixed': { exporters: [exporterOf({ 100: { fixed: true } })], at: 102 },
  'they are fixed while the exporter is down': {
    exporters: [
      exporterOf({
        100: { phase: 'down' },
        110: { phase: 'starting', startedAt: 110, fixed: true },
        114: { startedAt: 110, fixed: true },
      }),
    ],
    at: 116,
  },
};

const except = (alerts: Alerts, names: RegExp) => alerts.filter(({ alert }) => !names.test(alert));

// Each takes seconds of CPU.
describe.skipIf(promtool.missing)('alerts', { timeout: 300_000 }, () => {
  it.concurrent.each(Object.entries(harmless))('go on when %s', async (_, { exporters, until, step = usualStep }) => {
    expect(await testRules(exporters.flatMap(exporterSeries), holds(until, step), step)).toBe('');
  });

  it.concurrent.each(Object.entries(harmlessToFound))(
    'on found instances go on when %s',
    async (_, { exporters, until, step = usualStep }) => {
      expect(await testRules(exporters.flatMap(exporterSeries), holds(until, step), step)).toBe('');
    },
  );

  it.concurrent.each(Object.entries(causes))('resolve when %s', async (_, { exporters, at, left = [] }) => {
    const series = exporters.flatMap(exporterSeries);
    expect(await testRules(series, [firing(98, all), firing(at, left), firing(at + 30, left)], usualStep)).toBe('');
  });

  it.concurrent('go on while all APIs are down for hours: two accounts are blind, and no check of theirs fires as well', async () => {
    const down = { outage: true };
    const exporter = exporterOf({ 100: down, 160: { ...down, forgotten: true }, 340: {} });
    const facts = except(onInstances, /CheckFailing/);
    const perAccount: Expectation = {
      expr: 'count by (account) (ALERTS{alertname="CloudDBAccountBlind", alertstate="firing"})',
      minute: 300,
      samples: [
        { labels: '{account="dark"}', value: 1 },
        { labels: '{account="south"}', value: 1 },
      ],
    };
    const expectations = [throughout(396, facts, 4, '|CheckFailing|AccountBlind'), perAccount, firing(396, all)];
    expect(await testRules(exporterSeries(exporter), expectations, 4)).toBe('');
  });

  it.concurrent('go on while no database can be reached for hours', async () => {
    const down = { unreachable: true };
    const exporter = exporterOf({ 100: down, 160: { ...down, forgotten: true }, 340: {} });
    const facts = except(all, /CheckFailing/);
    const expectations = [throughout(396, facts, 4, '|CheckFailing'), firing(396, all)];
    expect(await testRules(exporterSeries(exporter), expectations, 4)).toBe('');
  });

  it.concurrent('fire while an API fails again and again: what always fails, and for another reason than the state of the instance', async () => {
    const failing = all.map((one) => (one.id === 'changes' ? { ...one, alert: 'CloudDBCheckFailing warning' } : one));
    const flapping = { address, stateAt: (minute: number) => ({ ...running, outage: minute % 10 < 4 }) };
    const expectations = [throughout(150, failing, usualStep), firing(150, failing)];
    expect(await testRules(exporterSeries(flapping), expectations, usualStep)).toBe('');
    const other = [exporterOf({ 0: { outage: true } }), exporterOf({}, { address: 'other:10043' })];
    expect(await testRules(other.flatMap(exporterSeries), expectations, usualStep)).toBe('');
  });

  it.concurrent.each([
    { check: 'keys', checks: ['wire', 'tls'], gone: /NotEncryptedAtRest|KMSKey/, unknown: [] },
    {
      check: 'tls',
      checks: ['wire', 'keys'],
      gone: /Plaintext|TLS|NotTrusted|Mismatch|Drift/,
      unknown: ['served-one-expires'],
    },
  ])(
    'on the facts of check $check resolve when it is removed from the instances',
    async ({ checks, gone, unknown }) => {
      const series = exporterSeries(exporterOf({ 100: { checks } }));
      const left = except(all, gone).filter(({ id }) => !unknown.some((one) => one === id));
      expect(await testRules(series, [firing(98, all), firing(102, left), firing(130, left)], usualStep)).toBe('');
    },
  );

  it.concurrent('stop while their findings are accepted, also while the exporter is down, and fire from the day after', async () => {
    const end = 150 * 60 - 1;
    const accepted = { acceptedUntil: end };
    const exporter = exporterOf({ 100: accepted, 110: { ...accepted, phase: 'down' }, 130: accepted });
    const expectations = [
      firing(98, all),
      firing(102, onAccounts),
      firing(120, onAccounts),
      firing(148, onAccounts),
      firing(220, all),
    ];
    expect(await testRules(exporterSeries(exporter), expectations, usualStep)).toBe('');
  });
});
