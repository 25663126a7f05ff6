// Our writer against prom-client's own, in both formats: whatever the labels, texts and numbers are, they say the same.
import fc from 'fast-check';
import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { identityLabels, instanceFamilies } from '../../src/metrics/catalogue.ts';
import { type Format, familyHeader, sampleLine } from '../../src/metrics/encode.ts';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import { registryText } from '../../src/metrics/registry-text.ts';
import { cleanText } from '../../src/model/clean-text.ts';
import { isEncryptedAtRest } from '../../src/model/facts.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { finite, hostileText, instanceWith, numbered } from './hostile.ts';
import { readStrictly } from './strict-reader.ts';

const formats = ['text', 'openmetrics'] as const satisfies Format[];
const nowMs = Date.UTC(2026, 10, 25);

const anyNumber = fc.oneof(finite, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const amount = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e12, noNaN: true }));

interface RandomSeries {
  labels: [string, string];
  values: number[];
}
const seriesOf = (value: fc.Arbitrary<number>) =>
  fc.array(
    fc.record<RandomSeries>({
      labels: fc.tuple(hostileText, hostileText),
      values: fc.array(value, { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 4 },
  );
const registryContent = fc.record({
  help: hostileText.filter((text) => text !== ''),
  gauge: seriesOf(anyNumber),
  counter: seriesOf(amount),
  histogram: seriesOf(finite.filter((value) => Math.abs(value) < 1e300)),
});

/** A registry of prom-client with one metric of each type. A number keeps series apart that it would merge. */
function fill({ help, gauge, counter, histogram }: typeof registryContent extends fc.Arbitrary<infer T> ? T : never) {
  const registry = new Registry();
  const settings = (name: string) => ({
    name,
    help,
    labelNames: ['a', 'constructor', 'number'],
    registers: [registry],
  });
  const each = (series: readonly RandomSeries[], use: (labels: Record<string, string>, value: number) => void) =>
    series.forEach(({ labels: [a, b], values }, index) =>
      values.forEach((value) => use({ a, constructor: b, number: String(index) }, value)),
    );
  const gauges = new Gauge(settings('x_gauge'));
  each(gauge, (labels, value) => gauges.set(labels, value));
  const counters = new Counter(settings('x_events_total'));
  each(counter, (labels, value) => counters.inc(labels, value));
  const misnamed = new Counter(settings('x_events_without_suffix'));
  each(counter, (labels, value) => misnamed.inc(labels, value));
  const histograms = new Histogram({ ...settings('x_seconds'), buckets: [0.1, 1, 2.5] });
  each(histogram, (labels, value) => histograms.observe(labels, value));
  new Gauge({ name: 'x_bare', help, registers: [registry] }).set(gauge[0]?.values[0] ?? 1);
  return registry;
}

/** What prom-client writes. It renames counters as it does so: the registry is of no use afterwards. */
async function reference(registry: Registry, format: Format): Promise<string> {
  if (format === 'openmetrics') {
    (registry as unknown as Registry<OpenMetricsContentType>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  }
  return await registry.metrics();
}

describe.each(formats)('in the format %s', (format) => {
  it('a registry reads as prom-client writes it', async () => {
    await fc.assert(
      fc.asyncProperty(registryContent, async (content) => {
        const ours = await registryText(fill(content), format);
        const closing = format === 'openmetrics' ? '# EOF\n' : '';
        const theirs = readStrictly(await reference(fill(content), format), format);
        expect(readStrictly(ours + closing, format)).toEqual(theirs.filter(({ samples }) => samples.length > 0));
      }),
      { numRuns: 200 },
    );
  });

  it('facts of instances read as gauges of prom-client', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(instanceWith(hostileText), { minLength: 1, maxLength: 3 }),
        hostileText,
        async (random, engine) => {
          const instances = random.map((known, index) => numbered(known, index));
          const ownLabels = ['constructor', 'team'];
          const input = { format, nowMs, instances, engineOf: () => engine, ownLabels };
          const ours = await expositionBytes(await renderExposition(input));
          const theirs = await reference(gaugesOf(instances, engine, ownLabels), format);
          expect(readStrictly(ours.toString(), format)).toEqual(readStrictly(theirs, format));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a header', () => {
  const head = { name: 'x_total', type: 'counter', help: 'a "b"\\\n' };

  it('escapes as the format wants it: quotes in OpenMetrics alone', () => {
    expect(familyHeader(head, 'text')).toBe('# HELP x_total a "b"\\\\\\n\n# TYPE x_total counter\n');
    expect(familyHeader(head, 'openmetrics')).toBe('# HELP x a \\"b\\"\\\\\\n\n# TYPE x counter\n');
  });
});

describe('a number', () => {
  it.each([
    [1, '1'],
    [-0, '0'],
    [0.1, '0.1'],
    [1_795_564_800, '1795564800'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%d is written as %s', (value, text) => {
    expect(sampleLine('x', '', value)).toBe(`x ${text}\n`);
    expect(sampleLine('x', 'a="b"', value)).toBe(`x{a="b"} ${text}\n`);
  });
});

type Labels = Record<string, string>;
type Series = [name: string, value: boolean | number | undefined, labels?: Labels];

/** Every series of an instance, written down from the contract; undefined: it has none. */
function seriesOfInstance({ instance, checks, facts }: Knowledge, engine: string): Series[] {
  const { tlsSession } = facts;
  const { version, cipher } = tlsSession ?? { version: '', cipher: '' };
  const ofFacts: Series[] = [
    ['clouddb_ssl_enabled', facts.sslEnabled],
    ['clouddb_cert_valid', facts.certValid],
    ['clouddb_plaintext_accepted', facts.plaintextAccepted],
    ['clouddb_tls_info', tlsSession && 1, { version: cleanText(version), cipher: cleanText(cipher) }],
    ['clouddb_kms_keys', facts.keys?.length],
    ['clouddb_at_rest_encryption_enabled', isEncryptedAtRest(facts)],
  ];
  const ofCertificates = (facts.certificates ?? []).flatMap((one): Series[] => {
    const { certificate, source, subjectCn, serial = '', issuerCn = '', fingerprintSha256 } = one;
    const labels = { certificate, source, subject_cn: cleanText(subjectCn), serial };
    const seen = { ...labels, issuer_cn: cleanText(issuerCn), fingerprint_sha256: fingerprintSha256 ?? '' };
    return [
      ['clouddb_cert_not_after_timestamp_seconds', one.notAfterSeconds, labels],
      ['clouddb_cert_not_before_timestamp_seconds', one.notBeforeSeconds, labels],
      ['clouddb_cert_info', fingerprintSha256 === undefined ? undefined : 1, seen],
      ['clouddb_cert_valid_days_remaining', (one.notAfterSeconds - nowMs / 1000) / 86_400, labels],
    ];
  });
  const ofKeys = (facts.keys ?? []).flatMap((key): Series[] => {
    const labels = {
      key_id: cleanText(key.id),
      key_alias: cleanText(key.alias),
      key_region: cleanText(key.region),
      kms_cluster_id: cleanText(key.clusterId),
    };
    return [
      ['clouddb_kms_key_info', 1, labels],
      ['clouddb_kms_key_enabled', key.enabled, labels],
      ['clouddb_kms_key_created_timestamp_seconds', key.createdSeconds, labels],
    ];
  });
  const ofChecks = checks.flatMap(({ check, unreadable, last, lastSuccessMs }): Series[] => {
    const reason = last?.failure?.reason;
    const successful = last && (reason === undefined || reason === 'unsupported');
    return [
      ['clouddb_check_success', successful, { check }],
      ['clouddb_check_unsupported', reason === 'unsupported' ? 1 : undefined, { check }],
      ...(successful === false && reason !== undefined
        ? [['clouddb_check_failure_info', 1, { check, reason }] satisfies Series]
        : []),
      ['clouddb_check_last_success_timestamp_seconds', lastSuccessMs && lastSuccessMs / 1000, { check }],
      ['clouddb_check_duration_seconds', last && last.durationMs / 1000, { check }],
      ...(unreadable ?? []).map((field): Series => ['clouddb_check_unreadable_field', 1, { check, field }]),
    ];
  });
  const ofAcceptances = (instance.accept ?? []).map(
    ({ finding, untilMs }): Series => ['clouddb_finding_accepted_until_timestamp_seconds', untilMs / 1000, { finding }],
  );
  return [
    ['clouddb_instance_info', 1, { engine, engine_version: instance.version ?? '' }],
    ...ofAcceptances,
    ...ofFacts,
    ...ofCertificates,
    ...ofKeys,
    ...ofChecks,
  ];
}

/** The series of the instances as gauges, where of equal labels the lower value stays; of CA certificates the higher. */
function gaugesOf(instances: readonly Knowledge[], engine: string, ownLabels: readonly string[]): Registry {
  const registry = new Registry();
  const kept = new Map<string, { name: string; labels: Labels; value: number }>();
  for (const known of instances) {
    const { provider, account, region, id, name: instanceName, labels } = known.instance;
    const identity = { provider, account, cloud_region: region, instance_id: id, instance_name: instanceName };
    const own = Object.fromEntries(ownLabels.map((label) => [label, new Map(Object.entries(labels)).get(label) ?? '']));
    for (const [name, value, ofFamily] of seriesOfInstance(known, engine)) {
      if (value === undefined) continue;
      const series = { name, labels: { ...identity, ...own, ...ofFamily } };
      const key = JSON.stringify(series);
      const other = kept.get(key)?.value ?? Number(value);
      const choose = ofFamily?.['certificate'] === 'ca' ? Math.max : Math.min;
      kept.set(key, { ...series, value: choose(Number(value), other) });
    }
  }
  for (const { name, help, labels } of Object.values(instanceFamilies)) {
    const samples = [...kept.values()].filter((sample) => sample.name === name);
    if (samples.length === 0) continue;
    const labelNames = [...identityLabels, ...ownLabels, ...labels];
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
    for (const sample of samples) gauge.set(sample.labels, sample.value);
  }
  return registry;
}
