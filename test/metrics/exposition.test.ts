// What is known of instances, as an exposition shows it.
import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import type { ExporterState } from '../../src/metrics/state-samples.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { readStrictly } from './strict-reader.ts';

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
  const check = {
    check: 'ssl',
    facts,
    factsAtMs: nowMs,
    lastSuccessMs: nowMs,
    failingSinceMs: undefined,
    last,
    outcomes: () => [],
  };
  return { instance: instance(options), checks: [check], facts: facts ?? {} };
}

const state: ExporterState = {
  lastSweepSeconds: undefined,
  pendingChecks: 3,
  accounts: [],
  shard: { shard: 0, totalShards: 1 },
  config: { successful: true, lastSuccessMs: nowMs },
  lists: [],
  webConfig: undefined,
  facts: [],
};

async function nextOf(chunks: AsyncIterator<Buffer>): Promise<string | undefined> {
  const result = await chunks.next();
  return result.done === true ? undefined : result.value.toString();
}

async function render(known: readonly Knowledge[], ownLabels: readonly string[] = []) {
  const input = { format: 'text', nowMs, instances: known, engineOf: () => 'testdb', ownLabels } as const;
  return parseExposition((await expositionBytes(await renderExposition(input))).toString());
}

describe('facts', () => {
  const seen = (certificate: 'server' | 'ca', notAfterSeconds: number, fingerprintSha256: string) =>
    ({
      certificate,
      source: 'ca_bundle',
      subjectCn: 'root',
      serial: '01',
      issuerCn: 'root',
      fingerprintSha256,
      notBeforeSeconds: notAfterSeconds - 5,
      notAfterSeconds,
    }) as const;

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

  it('of the TLS probe become 1 and 0, and the session its labels', async () => {
    const tlsSession = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
    const probed: Facts = { tlsAccepted: true, tlsSession, certTrusted: false, certHostnameMatch: true };
    const samples = await render([knowledge({ ...probed, certDistrust: 'self_signed', certNameSource: 'san' })]);
    expect(valuesOf(samples, 'clouddb_tls_accepted')).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_tls_info', tlsSession)).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_cert_trusted')).toEqual([0]);
    expect(valuesOf(samples, 'clouddb_cert_hostname_match')).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_plaintext_accepted')).toEqual([]);
    const refused = await render([knowledge({ tlsAccepted: false, plaintextAccepted: true })]);
    expect(valuesOf(refused, 'clouddb_tls_accepted')).toEqual([0]);
    expect(valuesOf(refused, 'clouddb_plaintext_accepted')).toEqual([1]);
    expect(valuesOf(refused, 'clouddb_tls_info')).toEqual([]);
  });

  it('of a certificate by the API and by the probe are one series each', async () => {
    const api = { certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: 100 } as const;
    const probed = { ...seen('server', 200, 'aa'), source: 'tls_probe' } as const;
    const shared = seen('ca', 300, 'bb');
    const samples = await render([
      knowledge({ certificates: [api, probed, shared] }, { id: 'a' }),
      knowledge({ certificates: [shared] }, { id: 'b' }),
    ]);
    const family = 'clouddb_cert_not_after_timestamp_seconds';
    expect(valuesOf(samples, family, { source: 'api', serial: '' })).toEqual([100]);
    expect(valuesOf(samples, family, { source: 'tls_probe', serial: '01' })).toEqual([200]);
    expect(valuesOf(samples, family, { certificate: 'ca', instance_id: 'a' })).toEqual([300]);
    expect(valuesOf(samples, family, { certificate: 'ca', instance_id: 'b' })).toEqual([300]);
    expect(valuesOf(samples, 'clouddb_cert_info', { source: 'tls_probe', fingerprint_sha256: 'aa' })).toEqual([1]);
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
        serial: '',
      }),
    ).toEqual([notAfterSeconds]);
    expect(valuesOf(samples, 'clouddb_cert_valid_days_remaining')).toEqual([days]);
  });

  it.each<['server' | 'ca', number]>([
    ['ca', 300],
    ['server', 200],
  ])(
    'of %s certificates with the same serial number have the dates of one, %i, and the fingerprint of each',
    async (kind, at) => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const both = [seen(kind, 200, 'aa'), seen(kind, 300, 'bb')];
        const samples = await render([knowledge({ certificates: order.flatMap((index) => both[index] ?? []) })]);
        expect(valuesOf(samples, 'clouddb_cert_not_after_timestamp_seconds')).toEqual([at]);
        expect(valuesOf(samples, 'clouddb_cert_not_before_timestamp_seconds')).toEqual([at - 5]);
        const infos = samples.filter(({ name }) => name === 'clouddb_cert_info');
        expect(new Set(infos.map(({ labels }) => labels['fingerprint_sha256']))).toEqual(new Set(['aa', 'bb']));
      }
    },
  );

  it('of a field that is not understood name the check and the field', async () => {
    const known = knowledge({});
    const checks = known.checks.map((check) => ({ ...check, unreadable: ['CACert'] }));
    const samples = await render([{ ...known, checks }]);
    expect(valuesOf(samples, 'clouddb_check_unreadable_field', { check: 'ssl', field: 'CACert' })).toEqual([1]);
    expect(valuesOf(await render([known]), 'clouddb_check_unreadable_field')).toEqual([]);
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
    const checks = [{ ...check, failingSinceMs: undefined, last: undefined, outcomes: () => [] }];
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

describe('one scrape', () => {
  const fleet = (facts: Facts) => Array.from({ length: 3000 }, (_, at) => knowledge(facts, { id: `i-${at}` }));

  it.each(['text', 'openmetrics'] as const)('of a large fleet has each family in one place, as %s', async (format) => {
    const instances = fleet({ sslEnabled: true, keys: [] });
    const input = { format, nowMs, instances, engineOf: () => 'testdb', ownLabels: [] };
    const families = readStrictly((await expositionBytes(await renderExposition(input))).toString(), format);
    expect(families.map(({ name }) => name)).toEqual([...new Set(families.map(({ name }) => name))]);
    expect(families.map(({ samples }) => samples.length)).toEqual(families.map(() => instances.length));
  });

  it.each(['text', 'openmetrics'] as const)(
    'shows one moment, whatever changes while it is read, as %s',
    async (format) => {
      const registry = new Registry();
      const events = new Counter({ name: 'x_events_total', help: 'x', registers: [registry] });
      const instances = fleet({ sslEnabled: true, keys: [] });
      let engine = 'old';
      const exporter = { state, registry };
      const input = { format, nowMs, instances, engineOf: () => engine, ownLabels: [], exporter };
      const atFirst = (await expositionBytes(await renderExposition(input))).toString().split('\n');

      const chunks = (await renderExposition(input)).chunks[Symbol.asyncIterator]();
      const read = [await nextOf(chunks)];
      events.inc();
      exporter.state = { ...state, pendingChecks: 4 };
      engine = 'new';
      instances.splice(0, 1500, ...fleet({ sslEnabled: false }));
      for (let chunk = await nextOf(chunks); chunk !== undefined; chunk = await nextOf(chunks)) read.push(chunk);

      expect(read.length).toBeGreaterThan(2);
      const lines = read.join('').split('\n');
      expect(lines).toHaveLength(atFirst.length);
      expect(lines.filter((line, index) => line !== atFirst[index])).toEqual([]);
      expect(lines).toContain('x_events_total 0');
      const later = (await expositionBytes(await renderExposition(input))).toString();
      expect(later).toContain('\nx_events_total 1\n');
    },
  );
});
