import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/model/facts.ts';
import { Failure, reasonNames } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import { instanceFamilies, lastingFamilies, reservedLabels, stateFamilies } from '../../src/metrics/catalogue.ts';
import { createExporterMetrics } from '../../src/metrics/exporter-metrics.ts';
import { renderExposition } from '../../src/metrics/exposition.ts';
import { instanceSamples } from '../../src/metrics/samples.ts';
import { providers } from '../../src/providers/index.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';

const build = { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.0.0' };
const nowMs = Date.UTC(2026, 10, 22);
const daySeconds = 86_400;

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

function samplesOf(facts: Facts | undefined, options: Partial<Instance> = {}) {
  const known = { check: 'ssl', facts, succeeded: true, lastSuccessMs: nowMs, durationMs: 1500 };
  return instanceSamples(instance(options), 'testdb', [known], nowMs);
}

async function render(
  samples: ReturnType<typeof samplesOf>,
  format: 'text' | 'openmetrics' = 'text',
  instanceLabels: string[] = [],
) {
  const metrics = createExporterMetrics(build, false);
  const { body } = await renderExposition({
    format,
    instanceSamples: samples,
    instanceLabels,
    stateSamples: [],
    exporter: metrics.registry(format),
  });
  return { body, samples: parseExposition(body) };
}

describe('facts', () => {
  it('become 1 and 0, and unknown becomes nothing', async () => {
    const { samples } = await render(samplesOf({ sslEnabled: true, sslForced: false }));
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
    const { samples } = await render(samplesOf(undefined));
    const names = [...new Set(samples.map(({ name }) => name))].filter((name) => !name.startsWith('clouddb_exporter_'));
    expect(names).toEqual([
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
  ])('of a certificate that ends %s give the time, and the days at the moment of the scrape', async (_, days) => {
    const notAfterSeconds = nowMs / 1000 + days * daySeconds;
    const certificates = [{ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds } as const];
    const { samples } = await render(samplesOf({ certificates }));
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
    const { samples } = await render(samplesOf({ keys }));
    expect(valuesOf(samples, 'clouddb_at_rest_encryption_enabled')).toEqual(expected);
    expect(valuesOf(samples, 'clouddb_kms_keys')).toEqual([states.length]);
  });

  it('that look the same as labels give one series with the worse value', async () => {
    const keys = [true, false].map((enabled) => ({ id: ' k ', alias: 'a', region: 'r', clusterId: '', enabled }));
    const { samples } = await render(samplesOf({ keys }));
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
    const { samples } = await render(
      samplesOf({ keys: [{ id: 'k', alias, region: '', clusterId: '', enabled: true }] }),
    );
    expect(samples.find(({ name }) => name === 'clouddb_kms_key_enabled')?.labels['key_alias']).toBe(expected);
  });

  it("of an instance's own labels are on each of its series, and empty on those of others", async () => {
    const both = [
      ...samplesOf({ sslEnabled: true }, { id: 'a', labels: { team: 'x' } }),
      ...samplesOf({ sslEnabled: true }, { id: 'b' }),
    ];
    const { samples } = await render(both, 'text', ['team']);
    const own = samples.filter(({ name }) => !name.startsWith('clouddb_exporter'));
    expect(own.map(({ labels }) => [labels['instance_id'], labels['team']])).toEqual(
      own.map(({ labels }) => [labels['instance_id'], labels['instance_id'] === 'a' ? 'x' : '']),
    );
  });
});

describe('counters', () => {
  const account = { name: 'acc', provider: providers[0]! };

  it('begin at 0 for every reason, check and action of an account', async () => {
    const metrics = createExporterMetrics(build, false);
    metrics.observer.watching([account]);
    const samples = parseExposition(await metrics.registry('text').metrics());
    const checks = Object.keys(account.provider.checks).length;
    expect(valuesOf(samples, 'clouddb_check_failures_total')).toEqual(Array(checks * reasonNames.length).fill(0));
    expect(valuesOf(samples, 'clouddb_exporter_api_request_failures_total')).toHaveLength(checks * reasonNames.length);
    expect(valuesOf(samples, 'clouddb_exporter_api_requests_total')).toEqual(Array(checks).fill(0));
    expect(valuesOf(samples, 'clouddb_exporter_api_rate_limit_wait_seconds_total')).toEqual(Array(checks).fill(0));
  });

  it('of an account that has left are gone, and do not come back with what ends late', async () => {
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
    const text = await metrics.registry('text').metrics();
    expect(text).not.toContain('account="acc"');
  });

  it('stand beside the state of the credentials, whose end has a series only while there is one', async () => {
    const metrics = createExporterMetrics(build, false);
    const labels = { provider: account.provider.id, account: 'acc' };
    metrics.observer.watching([account]);
    const shown = async () => {
      const samples = parseExposition(await metrics.registry('text').metrics());
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
    const names = async (format: 'text' | 'openmetrics') => {
      const { body } = await renderExposition({
        format,
        instanceSamples: [],
        instanceLabels: [],
        stateSamples: [],
        exporter: metrics.registry(format),
      });
      return parseExposition(body).flatMap(({ name, labels, value }) =>
        name.startsWith('clouddb') ? [JSON.stringify([name, labels, value])] : [],
      );
    };
    const openmetrics = await names('openmetrics');
    expect(await names('text')).toEqual(openmetrics);
    expect(await names('openmetrics')).toEqual(openmetrics);
    expect(openmetrics.join('\n')).toContain('clouddb_check_failures_total');
  });
});

describe('OpenMetrics', () => {
  it('ends with # EOF, has no blank line and names counters without _total in their type', async () => {
    const { body } = await render(samplesOf({ sslEnabled: true }), 'openmetrics');
    expect(body.endsWith('\n# EOF\n')).toBe(true);
    expect(body.split('\n').slice(0, -1)).not.toContain('');
    expect(body).toContain('# TYPE clouddb_check_failures counter');
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

  it('reserves every label name for itself', () => {
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
