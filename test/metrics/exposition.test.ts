// What is known of instances, as an exposition shows it.
import { describe, expect, it } from 'vitest';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';

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

function knowledge(facts: Facts | undefined, options: Partial<Instance> = {}): Knowledge {
  const last = { failure: undefined, endedAtMs: nowMs, endedAt: 0, durationMs: 1500 };
  const check = { check: 'ssl', facts, factsAtMs: nowMs, lastSuccessMs: nowMs, failingSinceMs: undefined, last };
  return { instance: instance(options), checks: [check], facts: facts ?? {} };
}

async function render(known: readonly Knowledge[], ownLabels: readonly string[] = []) {
  const input = { format: 'text', nowMs, instances: known, engineOf: () => 'testdb', ownLabels } as const;
  return parseExposition((await expositionBytes(await renderExposition(input))).toString());
}

describe('facts', () => {
  it('become 1 and 0, and unknown becomes nothing', async () => {
    const samples = await render([knowledge({ sslEnabled: true, sslForced: false })]);
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
    const samples = await render([knowledge(undefined)]);
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
    const samples = await render([knowledge({ certificates })]);
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
    const samples = await render([knowledge({ keys })]);
    expect(valuesOf(samples, 'clouddb_at_rest_encryption_enabled')).toEqual(expected);
    expect(valuesOf(samples, 'clouddb_kms_keys')).toEqual([states.length]);
  });

  it('of a check that has not finished leave the instance', async () => {
    const check = { check: 'ssl', facts: undefined, factsAtMs: undefined, lastSuccessMs: undefined };
    const checks = [{ ...check, failingSinceMs: undefined, last: undefined }];
    const samples = await render([{ instance: instance(), checks, facts: {} }]);
    expect(samples.map(({ name }) => name)).toEqual(['clouddb_instance_info']);
  });

  it('of a key are listed also when nothing but its identity is known', async () => {
    const samples = await render([knowledge({ keys: [{ id: 'k', alias: '', region: '', clusterId: '' }] })]);
    expect(valuesOf(samples, 'clouddb_kms_key_info', { key_id: 'k' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_kms_key_enabled')).toEqual([]);
    expect(valuesOf(samples, 'clouddb_kms_key_created_timestamp_seconds')).toEqual([]);
  });

  it('that look the same as labels give one series with the worse value', async () => {
    const keys = [true, false].map((enabled) => ({ id: ' k ', alias: 'a', region: 'r', clusterId: '', enabled }));
    const samples = await render([knowledge({ keys })]);
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
    const samples = await render([knowledge({ keys: [{ id: 'k', alias, region: '', clusterId: '', enabled: true }] })]);
    expect(samples.find(({ name }) => name === 'clouddb_kms_key_enabled')?.labels['key_alias']).toBe(expected);
  });

  it("of an instance's own labels are on each of its series, and empty on those of others", async () => {
    const both = [
      knowledge({ sslEnabled: true }, { id: 'a', labels: { team: 'x', constructor: 'y' } }),
      knowledge({ sslEnabled: true }, { id: 'b' }),
    ];
    const samples = await render(both, ['constructor', 'team']);
    expect(samples).toHaveLength(2 * 5);
    for (const { labels } of samples) {
      const own = labels['instance_id'] === 'a' ? ['x', 'y'] : ['', ''];
      expect([labels['team'], labels['constructor']]).toEqual(own);
    }
  });
});
