// The exporter's own metrics and state, as an exposition shows them.
import { describe, expect, it } from 'vitest';
import type { Format } from '../../src/metrics/encode.ts';
import { createExporterMetrics, type ExporterMetrics } from '../../src/metrics/exporter-metrics.ts';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import type { ExporterState } from '../../src/metrics/state-samples.ts';
import { Failure, reasonNames } from '../../src/model/failure.ts';
import type { ObservedAccount } from '../../src/model/observer.ts';
import type { Provider } from '../../src/model/provider.ts';
import { providers } from '../../src/providers/index.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';

const build = { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.0.0' };
const nowMs = Date.UTC(2026, 10, 22);
const state: ExporterState = {
  lastSweepSeconds: undefined,
  pendingChecks: 0,
  accounts: [],
  shard: { shard: 0, totalShards: 1 },
  config: { successful: true, lastSuccessMs: nowMs },
  lists: [],
  webConfig: undefined,
  facts: [],
};

async function renderOwn({ registry }: ExporterMetrics, changes: Partial<ExporterState> = {}, format: Format = 'text') {
  const exporter = { state: { ...state, ...changes }, registry };
  const exposition = await renderExposition({
    format,
    nowMs,
    instances: [],
    engineOf: () => '',
    ownLabels: [],
    exporter,
  });
  const body = (await expositionBytes(exposition)).toString();
  return { body, samples: parseExposition(body) };
}

describe('counters', () => {
  const accountOf = ({ id, checks }: Provider): ObservedAccount => ({
    name: 'acc',
    provider: id,
    checks: checks.filter(({ optIn }) => optIn === undefined),
  });
  const account = accountOf(providers[0]!);
  const other = accountOf(providers[1]!);

  it('begin at 0 for every reason, check and action of an account', async () => {
    const metrics = createExporterMetrics(build, false);
    metrics.observer.watching([account]);
    const { samples } = await renderOwn(metrics);
    const checks = account.checks.length;
    expect(valuesOf(samples, 'clouddb_check_failures_total')).toEqual(Array(checks * reasonNames.length).fill(0));
    expect(valuesOf(samples, 'clouddb_exporter_api_request_failures_total')).toHaveLength(checks * reasonNames.length);
    expect(valuesOf(samples, 'clouddb_exporter_api_requests_total')).toEqual(Array(checks).fill(0));
    expect(valuesOf(samples, 'clouddb_exporter_api_rate_limit_wait_seconds_total')).toEqual(Array(checks).fill(0));
  });

  it('of a removed account are removed, and are not created again by an event that is late', async () => {
    const metrics = createExporterMetrics(build, false);
    const labels = { provider: account.provider, account: 'acc', action: 'DescribeEncryptionKeys' };
    metrics.observer.watching([account]);
    metrics.observer.requestSent(labels);
    metrics.observer.clockSkew(labels, 3);
    metrics.observer.credentialsRead(labels, { successful: true, expiresAtSeconds: 7 });
    metrics.observer.watching([]);
    metrics.observer.requestSent(labels);
    metrics.observer.clockSkew(labels, 3);
    metrics.observer.credentialsRead(labels, { successful: true, expiresAtSeconds: 7 });
    const { body } = await renderOwn(metrics);
    expect(body).not.toContain('account="acc"');
  });

  it('of a check that no instance has any more are removed, those of the others stay', async () => {
    const metrics = createExporterMetrics(build, false);
    const [first, second] = account.checks.map(({ name }) => name);
    metrics.observer.watching([account]);
    metrics.observer.checkFailed({ provider: account.provider, account: 'acc', check: first! }, 'timeout');
    metrics.observer.watching([{ ...account, checks: account.checks.slice(0, 1) }]);
    const { samples } = await renderOwn(metrics);
    expect(valuesOf(samples, 'clouddb_check_failures_total', { check: first!, reason: 'timeout' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_check_failures_total', { check: second! })).toEqual([]);
  });

  it('go on when the accounts are adopted again, also that of the list of instances', async () => {
    const metrics = createExporterMetrics(build, false);
    const withList = () => ({ ...account, checks: [...account.checks, { name: 'discovery', action: 'ListThem' }] });
    metrics.observer.watching([withList()]);
    metrics.observer.checkFailed({ provider: account.provider, account: 'acc', check: 'discovery' }, 'timeout');
    metrics.observer.requestSent({ provider: account.provider, account: 'acc', action: 'ListThem' });
    metrics.observer.watching([withList()]);
    const { samples } = await renderOwn(metrics);
    const counted = { check: 'discovery', reason: 'timeout' };
    expect(valuesOf(samples, 'clouddb_check_failures_total', counted)).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_exporter_api_requests_total', { action: 'ListThem' })).toEqual([1]);
  });

  it('of an account whose provider has changed are those of the new provider', async () => {
    const metrics = createExporterMetrics(build, false);
    metrics.observer.watching([account]);
    metrics.observer.watching([other]);
    metrics.observer.requestSent({ provider: account.provider, account: 'acc', action: 'DescribeEncryptionKeys' });
    const { samples } = await renderOwn(metrics);
    const seen = samples.flatMap(({ labels }) => (labels['account'] === 'acc' ? [labels['provider']] : []));
    expect([...new Set(seen)]).toEqual([other.provider]);
  });

  it('include the state of the credentials, whose expiry has a series only while there is one', async () => {
    const metrics = createExporterMetrics(build, false);
    const labels = { provider: account.provider, account: 'acc' };
    metrics.observer.watching([account]);
    const shown = async () => {
      const { samples } = await renderOwn(metrics);
      const credentials = ['last_refresh_successful', 'expiration_timestamp_seconds'];
      return credentials.map((name) => valuesOf(samples, `clouddb_exporter_credentials_${name}`, labels));
    };
    expect(await shown()).toEqual([[], []]);
    metrics.observer.credentialsRead(labels, { successful: true, expiresAtSeconds: 7 });
    expect(await shown()).toEqual([[1], [7]]);
    metrics.observer.credentialsRead(labels, { successful: false, expiresAtSeconds: 7 });
    expect(await shown()).toEqual([[0], [7]]);
    metrics.observer.credentialsRead(labels, { successful: false, expiresAtSeconds: undefined });
    expect(await shown()).toEqual([[0], []]);
  });

  it('have the same names and values in both formats, also after the other was rendered', async () => {
    const metrics = createExporterMetrics(build, true);
    metrics.observer.watching([account]);
    metrics.observer.checkFailed(
      { provider: account.provider, account: 'acc', check: 'ssl' },
      new Failure('auth', '').reason,
    );
    const names = async (format: Format) =>
      (await renderOwn(metrics, {}, format)).samples.flatMap(({ name, labels, value }) =>
        name.startsWith('clouddb') ? [JSON.stringify([name, labels, value])] : [],
      );
    const openmetrics = await names('openmetrics');
    expect(await names('text')).toEqual(openmetrics);
    expect(await names('openmetrics')).toEqual(openmetrics);
    expect(openmetrics.join('\n')).toContain('clouddb_check_failures_total');
  });
});

describe('metrics of the process', () => {
  const own = ({ name }: { name: string }) => /^(?:nodejs|process)_/.test(name);
  const render = async (metrics: ExporterMetrics) => (await renderOwn(metrics)).samples.filter(own);

  it('are true in each of several expositions that are rendered at once', async () => {
    const metrics = createExporterMetrics(build, true);
    const [first, ...others] = await Promise.all([render(metrics), render(metrics), render(metrics)]);
    const series = ({ name, labels }: (typeof first)[number]) => JSON.stringify([name, labels]);
    expect(first.length).toBeGreaterThan(10);
    for (const samples of others) expect(samples.map(series)).toEqual(first.map(series));
    for (const { name, value } of [first, ...others].flat()) {
      // No duration is longer than the process has run, on any number of processors.
      const limit = /_seconds(?:_|$)/.test(name) && !name.includes('start_time') ? process.uptime() * 256 : Infinity;
      expect(value, name).toBeGreaterThanOrEqual(0);
      expect(value, name).toBeLessThanOrEqual(limit);
    }
  });

  it('count the time in which the event loop was busy; reading does not reset it', async () => {
    const metrics = createExporterMetrics(build, true);
    const active = async () =>
      valuesOf(await render(metrics), 'nodejs_eventloop_active_seconds_total')[0] ?? Number.NaN;
    const before = await active();
    const [second, third] = [await active(), await active()];
    expect(second).toBeGreaterThanOrEqual(before);
    expect(third).toBeGreaterThanOrEqual(second);
    expect(third).toBeGreaterThan(0);
  });
});

describe('the state of the exporter', () => {
  const metrics = createExporterMetrics(build, false);

  it('names the facts that the checks can report', async () => {
    const facts = [{ provider: 'test_cloud', check: 'ssl', fact: 'ssl_enabled' }] as const;
    const { samples } = await renderOwn(metrics, { facts });
    expect(valuesOf(samples, 'clouddb_exporter_fact_info', facts[0])).toEqual([1]);
  });

  it('leaves out what does not exist yet', async () => {
    const optional = ['sweep_duration_seconds', 'web_config_last_reload_successful'];
    const shown = async (changes: Partial<ExporterState>) => {
      const { samples } = await renderOwn(metrics, changes);
      return optional.map((name) => valuesOf(samples, `clouddb_exporter_${name}`));
    };
    expect(await shown({})).toEqual([[], []]);
    const webConfig = { successful: false, lastSuccessMs: nowMs };
    expect(await shown({ lastSweepSeconds: 2.5, webConfig })).toEqual([[2.5], [0]]);
  });
});

describe('OpenMetrics', () => {
  it('ends with # EOF, has no blank line and names counters without _total in their type', async () => {
    const { body } = await renderOwn(createExporterMetrics(build, true), {}, 'openmetrics');
    expect(body.endsWith('\n# EOF\n')).toBe(true);
    expect(body.split('\n').slice(0, -1)).not.toContain('');
    expect(body).toContain('# TYPE process_cpu_user_seconds counter\nprocess_cpu_user_seconds_total ');
    expect(body).not.toMatch(/^# (?:HELP|TYPE) \S+_total /m);
  });
});
