import { describe, expect, it } from 'vitest';
import {
  type Family,
  instanceFamilies,
  lastingFamilies,
  reservedLabels,
  stateFamilies,
} from '../../src/metrics/catalogue.ts';
import type { Format } from '../../src/metrics/encode.ts';
import { createExporterMetrics, type ExporterMetrics } from '../../src/metrics/exporter-metrics.ts';
import { type ExpositionInput, expositionText, renderExposition } from '../../src/metrics/exposition.ts';
import type { ExporterState } from '../../src/metrics/state-samples.ts';
import { type Facts, factNames } from '../../src/model/facts.ts';
import { Failure, reasonNames } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { providers } from '../../src/providers/index.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';

const build = { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.0.0' };
const nowMs = Date.UTC(2026, 10, 22);
const daySeconds = 86_400;
const state: ExporterState = {
  lastSweepSeconds: undefined,
  pendingChecks: 0,
  accounts: [],
  shard: { shard: 0, totalShards: 1 },
  config: { successful: true, lastSuccessMs: nowMs },
  webConfig: undefined,
  facts: [],
};

const instance = (options: Partial<Instance> = {}): Instance => ({
  account: 'acc',
  provider: 'test_cloud',
  id: 'i-1',
  region: 'r-1',
  name: 'one',
  labels: {},
  checks: ['ssl'],
  ...options,
});

function knowledge(facts: Facts | undefined, options: Partial<Instance> = {}): Knowledge {
  const last = { facts, failure: undefined, endedAtMs: nowMs, endedAt: 0, durationMs: 1500 };
  const check = { check: 'ssl', facts, factsAtMs: nowMs, lastSuccessMs: nowMs, failingSinceMs: undefined, last };
  return { instance: instance(options), checks: [check] };
}

async function render(input: Partial<ExpositionInput> & { known?: Knowledge[] }) {
  const { known = [], ...rest } = input;
  const instances = known.map((knowledge) => ({ knowledge, engine: 'testdb' }));
  const body = await expositionText(renderExposition({ format: 'text', nowMs, instances, ownLabels: [], ...rest }));
  return { body, samples: parseExposition(body) };
}

/** The exporter's own state and metrics, without an instance. */
async function renderOwn({ registry }: ExporterMetrics, changes: Partial<ExporterState> = {}, format: Format = 'text') {
  return await render({ format, exporter: { state: { ...state, ...changes }, registry } });
}

describe('facts', () => {
  it('become 1 and 0, and unknown becomes nothing', async () => {
    const { samples } = await render({ known: [knowledge({ sslEnabled: true, sslForced: false })] });
    expect(valuesOf(samples, 'clouddb_ssl_enabled')).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_ssl_forced')).toEqual([0]);
    for (const name of [
      'ssl_force_supported',
      'cert_valid',
      'cert_auto_renew_enabled',
      'kms_keys',
      'at_rest_encryption_enabled',
    ]) {
      expect(valuesOf(samples, `clouddb_${name}`)).toEqual([]);
    }
  });

  it('that are not known leave the instance and its check', async () => {
    const { samples } = await render({ known: [knowledge(undefined)] });
    expect(samples.map(({ name }) => name)).toEqual([
      'clouddb_instance_info',
      'clouddb_check_success',
      'clouddb_check_last_success_timestamp_seconds',
      'clouddb_check_duration_seconds',
    ]);
    expect(valuesOf(samples, 'clouddb_check_duration_seconds')).toEqual([1.5]);
  });

  it.each([
    ['ahead', 10.5],
    ['past', -3.25],
  ])('of a certificate that expires %s give the time, and the days at the moment of the scrape', async (_, days) => {
    const notAfterSeconds = nowMs / 1000 + days * daySeconds;
    const certificates = [{ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds } as const];
    const { samples } = await render({ known: [knowledge({ certificates })] });
    expect(
      valuesOf(samples, 'clouddb_cert_not_after_timestamp_seconds', {
        certificate: 'server',
        source: 'api',
        subject_cn: '',
      }),
    ).toEqual([notAfterSeconds]);
    expect(valuesOf(samples, 'clouddb_cert_valid_days_remaining')).toEqual([days]);
  });

  it.each<[string, (boolean | undefined)[], number[]]>([
    ['there is no key', [], [0]],
    ['the only key is enabled', [true], [1]],
    ['one of two is enabled', [false, true], [1]],
    ['one is enabled and the other unknown', [undefined, true], [1]],
    ['all are disabled', [false, false], [0]],
    ['one is disabled and the other unknown', [false, undefined], []],
  ])('say of encryption at rest when %s', async (_, states, expected) => {
    const keys = states.map((enabled, i) => ({ id: `k${i}`, alias: '', region: '', clusterId: '', enabled }));
    const { samples } = await render({ known: [knowledge({ keys })] });
    expect(valuesOf(samples, 'clouddb_at_rest_encryption_enabled')).toEqual(expected);
    expect(valuesOf(samples, 'clouddb_kms_keys')).toEqual([states.length]);
  });

  it('of a check that has not finished leave the instance', async () => {
    const check = { check: 'ssl', facts: undefined, factsAtMs: undefined, lastSuccessMs: undefined };
    const checks = [{ ...check, failingSinceMs: undefined, last: undefined }];
    const { samples } = await render({ known: [{ instance: instance(), checks }] });
    expect(samples.map(({ name }) => name)).toEqual(['clouddb_instance_info']);
  });

  it('of a key are listed also when nothing but its identity is known', async () => {
    const { samples } = await render({
      known: [knowledge({ keys: [{ id: 'k', alias: '', region: '', clusterId: '' }] })],
    });
    expect(valuesOf(samples, 'clouddb_kms_key_info', { key_id: 'k' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_kms_key_enabled')).toEqual([]);
    expect(valuesOf(samples, 'clouddb_kms_key_created_timestamp_seconds')).toEqual([]);
  });

  it('that look the same as labels give one series with the worse value', async () => {
    const keys = [true, false].map((enabled) => ({ id: ' k ', alias: 'a', region: 'r', clusterId: '', enabled }));
    const { samples } = await render({ known: [knowledge({ keys })] });
    expect(valuesOf(samples, 'clouddb_kms_key_enabled', { key_id: 'k' })).toEqual([0]);
  });
});

describe('label values', () => {
  it.each([
    ['blanks around', '  key ', 'key'],
    ['control characters', 'a\u0000b\nc\u007f\u200b', 'abc'],
    ['quotes and backslashes', 'a"b\\c', 'a"b\\c'],
    ['too many characters', 'x'.repeat(500), 'x'.repeat(200)],
  ])('of an API with %s are made harmless', async (_, alias, expected) => {
    const { samples } = await render({
      known: [knowledge({ keys: [{ id: 'k', alias, region: '', clusterId: '', enabled: true }] })],
    });
    expect(samples.find(({ name }) => name === 'clouddb_kms_key_enabled')?.labels['key_alias']).toBe(expected);
  });

  it("of an instance's own labels are on each of its series, and empty on those of others", async () => {
    const both = [
      knowledge({ sslEnabled: true }, { id: 'a', labels: { team: 'x', constructor: 'y' } }),
      knowledge({ sslEnabled: true }, { id: 'b' }),
    ];
    const { samples } = await render({ known: both, ownLabels: ['constructor', 'team'] });
    expect(samples).toHaveLength(2 * 5);
    for (const { labels } of samples) {
      const own = labels['instance_id'] === 'a' ? ['x', 'y'] : ['', ''];
      expect([labels['team'], labels['constructor']]).toEqual(own);
    }
  });
});

describe('counters', () => {
  const account = { name: 'acc', provider: providers[0]! };

  it('begin at 0 for every reason, check and action of an account', async () => {
    const metrics = createExporterMetrics(build, false);
    metrics.observer.watching([account]);
    const { samples } = await renderOwn(metrics);
    const checks = Object.keys(account.provider.checks).length;
    expect(valuesOf(samples, 'clouddb_check_failures_total')).toEqual(Array(checks * reasonNames.length).fill(0));
    expect(valuesOf(samples, 'clouddb_exporter_api_request_failures_total')).toHaveLength(checks * reasonNames.length);
    expect(valuesOf(samples, 'clouddb_exporter_api_requests_total')).toEqual(Array(checks).fill(0));
    expect(valuesOf(samples, 'clouddb_exporter_api_rate_limit_wait_seconds_total')).toEqual(Array(checks).fill(0));
  });

  it('of an account that has left are gone, and are not created again by an event that is late', async () => {
    const metrics = createExporterMetrics(build, false);
    const labels = { provider: account.provider.id, account: 'acc', action: 'DescribeEncryptionKeys' };
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

  it('of an account whose provider has changed are those of the new provider', async () => {
    const metrics = createExporterMetrics(build, false);
    const other = { name: 'acc', provider: providers[1]! };
    metrics.observer.watching([account]);
    metrics.observer.watching([other]);
    metrics.observer.requestSent({ provider: account.provider.id, account: 'acc', action: 'DescribeEncryptionKeys' });
    const { samples } = await renderOwn(metrics);
    const seen = samples.flatMap(({ labels }) => (labels['account'] === 'acc' ? [labels['provider']] : []));
    expect([...new Set(seen)]).toEqual([other.provider.id]);
  });

  it('are beside the state of the credentials, whose expiry has a series only while there is one', async () => {
    const metrics = createExporterMetrics(build, false);
    const labels = { provider: account.provider.id, account: 'acc' };
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
      { provider: account.provider.id, account: 'acc', check: 'ssl' },
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

  it('is absent where only instances are shown', async () => {
    const { body } = await render({ known: [knowledge({})] });
    expect(body).not.toContain('clouddb_exporter');
  });
});

describe('OpenMetrics', () => {
  it('ends with # EOF, has no blank line and names counters without _total in their type', async () => {
    const exporter = { state, registry: createExporterMetrics(build, true).registry };
    const { body } = await render({ format: 'openmetrics', known: [knowledge({ sslEnabled: true })], exporter });
    expect(body.endsWith('\n# EOF\n')).toBe(true);
    expect(body.split('\n').slice(0, -1)).not.toContain('');
    expect(body).toContain('# TYPE process_cpu_user_seconds counter\nprocess_cpu_user_seconds_total ');
    expect(body).not.toMatch(/^# (?:HELP|TYPE) \S+_total /m);
  });
});

describe('the catalogue', () => {
  const families = [instanceFamilies, stateFamilies, lastingFamilies].flatMap((group) => Object.values(group));

  it('has families of one prefix, each once, with help texts that both formats can carry', () => {
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const { name, help, type } of families) {
      expect(name).toMatch(/^clouddb_[a-z_]+$/);
      expect(help).toMatch(/^[^"\\\n]+\.$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
    }
  });

  it('names no provider: which one reports a fact is data of the providers', () => {
    const vendors = new RegExp(providers.map(({ id }) => id.split('_')[0]).join('|'), 'i');
    for (const family of families) expect(JSON.stringify(family)).not.toMatch(vendors);
  });

  it('has a family for every fact', () => {
    const written = new Set(Object.values<Family>(instanceFamilies).flatMap(({ facts = [] }) => facts));
    expect([...written].toSorted()).toEqual(factNames.toSorted());
  });

  it('reserves every label name of its families', () => {
    for (const name of [
      'provider',
      'instance_id',
      'certificate',
      'key_id',
      'check',
      'engine',
      'reason',
      'action',
      'version',
    ]) {
      expect(reservedLabels).toContain(name);
    }
  });
});
