// The alerts agree with the table of findings: random fleets, judged by both, have the same worst severity of each alert.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import { tlsCheckName } from '../../src/model/check.ts';
import type { Certificate, EncryptionKey, Facts } from '../../src/model/facts.ts';
import { Failure, type Reason, reasonNames } from '../../src/model/failure.ts';
import { type Acceptance, instanceFindings, type Severity, severities } from '../../src/model/finding.ts';
import type { CheckKnowledge, Knowledge } from '../../src/model/knowledge.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { findingsOf } from '../../src/posture/findings.ts';
import { fleetFindings } from '../../src/posture/fleet-findings.ts';
import { instanceRows } from '../../src/posture/instance-rows.ts';
import { subjectOf } from '../../src/posture/subject.ts';
import { parseExposition } from '../support/exposition.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import { alertsAt, promtool, type TestSeries } from './rule-test.ts';

/** Every alert that fires at all has fired: the longest waits for an hour. promtool starts at unix time 0. */
const minute = 70;
const nowMs = minute * 60_000;
const daySeconds = 86_400;
const provider = madeUpProvider('p', {
  checks: [
    madeUpCheck('wire', { facts: { ssl_enabled: 'x' } }),
    madeUpCheck('keys', { facts: { kms_keys: 'x' } }),
    madeUpCheck(tlsCheckName, { facts: { tls_accepted: 'x' } }),
  ],
});

/** Days around each threshold; an hour and more away from it, so that an alert has had time to fire. */
const daysAround = (...thresholds: number[]) =>
  fc.constantFrom(...thresholds.flatMap((days) => [days - 0.1, days + 0.1]), 1000);
const inDays = (days: number) => Math.round(nowMs / 1000 + days * daySeconds);
const maybe = fc.option(fc.boolean(), { nil: undefined });

const server = (source: Certificate['source']) =>
  daysAround(-400, 0, 2, 7, 30).map(
    (days): Certificate => ({ certificate: 'server', source, subjectCn: '', notAfterSeconds: inDays(days) }),
  );
const authority = fc
  .record({
    source: fc.constantFrom<Certificate['source']>('ca_bundle', 'tls_probe'),
    subjectCn: fc.constantFrom('A', 'B'),
    serial: fc.constantFrom('01', '02'),
    days: daysAround(0, 30, 180),
  })
  .map(({ days, ...one }): Certificate => ({ ...one, certificate: 'ca', notAfterSeconds: inDays(days) }));
/** One that the database serves: that of the API, about a day apart from it, or any other. */
const served = fc.record({ other: server('tls_probe'), apart: fc.constantFrom(0, 0.9, -1.1, undefined) });
const key = fc.record({ enabled: maybe, age: fc.option(daysAround(365), { nil: undefined }) });
const keysOf = (keys: { enabled: boolean | undefined; age: number | undefined }[]) =>
  keys.map(
    ({ enabled, age }, index): EncryptionKey => ({
      id: `key-${index}`,
      alias: '',
      region: '',
      clusterId: '',
      enabled,
      createdSeconds: age === undefined ? undefined : inDays(-age),
    }),
  );

const tenant = fc.record({ id: fc.constantFrom('t1', 't2', 't3'), name: fc.constant(''), encrypted: maybe });

const facts: fc.Arbitrary<Facts> = fc
  .record({
    sslEnabled: maybe,
    sslForced: maybe,
    sslForceSupported: maybe,
    certValid: maybe,
    certAutoRenewEnabled: maybe,
    encryptedAtRest: maybe,
    tenants: fc.option(fc.array(tenant, { maxLength: 3 }), { nil: undefined }),
    tlsAccepted: maybe,
    plaintextAccepted: maybe,
    version: fc.constantFrom('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3', undefined),
    certTrusted: maybe,
    certHostnameMatch: maybe,
    reported: fc.option(server('api'), { nil: undefined }),
    served: fc.option(served, { nil: undefined, freq: 2 }),
    authorities: fc.array(authority, { maxLength: 3 }),
    keys: fc.option(fc.array(key, { maxLength: 3 }).map(keysOf), { nil: undefined }),
  })
  .map(({ reported, served: one, authorities, version, ...rest }) => ({
    ...rest,
    tlsSession: version && { version, cipher: 'x' },
    certificates: [...(reported ? [reported] : []), ...(one ? [servedBy(one, reported)] : []), ...authorities],
  }));

function servedBy({ other, apart }: { other: Certificate; apart: number | undefined }, reported?: Certificate) {
  if (reported === undefined || apart === undefined) return other;
  return { ...other, notAfterSeconds: reported.notAfterSeconds + apart * daySeconds };
}

const reason = fc.option(fc.constantFrom(...reasonNames), { nil: undefined, freq: 2 });
const acceptance = fc
  .record({ finding: fc.constantFrom(...instanceFindings), over: fc.boolean() })
  .map(({ finding, over }): Acceptance => ({ finding, untilMs: nowMs + (over ? -2 : 2) * 3_600_000, reason: '' }));

/** Of account `dark` every check fails, of `changing` every one for the state of its instance; of `mixed` some; of `steady` one instance is always fine. */
const account = fc.constantFrom('steady', 'steady', 'mixed', 'changing', 'dark');

const instanceState = fc.record({
  account,
  facts,
  wire: reason,
  keys: reason,
  tls: reason,
  unreadable: fc.boolean(),
  accept: fc.uniqueArray(acceptance, { maxLength: 4, selector: ({ finding }) => finding }),
});

type State = typeof instanceState extends fc.Arbitrary<infer T> ? T : never;

function checkOf(check: string, failing: Reason | undefined, unreadable: readonly string[]): CheckKnowledge {
  const failure = failing && new Failure(failing, 'x');
  return {
    check,
    facts: {},
    factsAtMs: 0,
    unreadable,
    lastSuccessMs: nowMs,
    failingSinceMs: failure && 0,
    last: { failure, endedAtMs: nowMs, endedAt: 0, durationMs: 1 },
    outcomes: () => [],
  };
}

function knowledgeOf(state: State & { id: string }): Knowledge {
  const all = ({ dark: 'network', changing: 'instance_state' } as Record<string, Reason>)[state.account];
  return {
    instance: {
      account: state.account,
      provider: provider.id,
      id: state.id,
      region: '',
      name: state.id,
      labels: {},
      checks: ['wire', 'keys', tlsCheckName],
      accept: state.accept,
    },
    checks: [
      checkOf('wire', all ?? state.wire, state.unreadable ? ['field'] : []),
      checkOf('keys', all ?? state.keys, []),
      checkOf(tlsCheckName, state.tls, []),
    ],
    facts: state.facts,
  };
}

/** The series of the real exposition, constant in time. */
async function seriesOf(fleet: readonly Knowledge[]): Promise<TestSeries[]> {
  const exposition = await renderExposition({
    instances: fleet,
    engineOf: () => 'e',
    ownLabels: [],
    format: 'text',
    nowMs,
  });
  return parseExposition((await expositionBytes(exposition)).toString()).map(({ name, labels, value }) => ({
    name,
    labels: { job: 'clouddb-encryption', instance: 'exporter:10043', ...labels },
    valueAt: () => value,
  }));
}

/** Without `unknown`, which has no alert of its own. */
const alertsOfFindings = new Set(instanceRows.filter(({ kind }) => kind !== 'unknown').map(({ alert }) => alert));
const worse = (a: Severity | undefined, b: Severity) =>
  a === undefined || severities.indexOf(b) < severities.indexOf(a) ? b : a;

type Entry = readonly [id: string, severity: Severity];

function worstByAlert(entries: readonly Entry[]): Record<string, Severity> {
  const worst: Record<string, Severity> = {};
  for (const [id, severity] of entries) worst[id] = worse(worst[id], severity);
  return Object.fromEntries(Object.entries(worst).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** What the table of findings has for the fleet, as far as alerts report it. */
function expectedOf(fleet: readonly Knowledge[]): Record<string, Severity> {
  const blind = fleetFindings(fleet, nowMs).filter(({ kind }) => kind === 'account_blind');
  const isBlind = (name: string) => blind.some(({ title }) => title.includes(` ${name} `));
  const found = fleet.flatMap((known): Entry[] => {
    const { id, account: name } = known.instance;
    return findingsOf(subjectOf(known, provider, nowMs, defaultThresholds))
      .filter(({ accepted, kind }) => accepted === undefined && kind !== 'unknown')
      .filter(({ kind, title }) => kind !== 'check_failing' || title.includes(` ${tlsCheckName} `) || !isBlind(name))
      .map(({ alert, severity }) => [`${id} ${alert}`, severity] as const);
  });
  const accounts = [...new Set(fleet.map(({ instance }) => instance.account))].filter(isBlind);
  return worstByAlert([...found, ...accounts.map((name) => [`account ${name}`, 'critical'] as const)]);
}

const seed = Number(process.env['FC_SEED'] ?? 1);

describe.skipIf(promtool.missing)('alerts and findings', () => {
  it.concurrent.each([seed, seed + 1])('agree on a random fleet, seed %i', { timeout: 240_000 }, async (one) => {
    const states = fc.sample(instanceState, { seed: one, numRuns: 80 });
    const fine: State = {
      account: 'steady',
      facts: {},
      wire: undefined,
      keys: undefined,
      tls: undefined,
      unreadable: false,
      accept: [],
    };
    const fleet = [fine, ...states].map((state, index) => knowledgeOf({ ...state, id: `i${index}` }));
    const fired = await alertsAt(await seriesOf(fleet), minute);
    const actual = fired.flatMap(({ alertname, severity, instance_id: id, account: name }): Entry[] => {
      if (alertname === 'CloudDBAccountBlind') return [[`account ${name}`, severity as Severity]];
      return alertsOfFindings.has(alertname ?? '') ? [[`${id} ${alertname}`, severity as Severity]] : [];
    });
    const expected = expectedOf(fleet);
    expect(worstByAlert(actual)).toEqual(expected);
    // One alert for each certificate of a server, and each finding that has an alert is in the fleet.
    const perServer = fired.filter(({ certificate, severity }) => certificate === 'server' && severity === 'warning');
    const keys = perServer.map(({ alertname, instance_id: id }) => `${alertname} ${id}`);
    expect(keys).toEqual([...new Set(keys)]);
    const seen = new Set(Object.keys(expected).map((text) => text.split(' ')[1]));
    expect([...alertsOfFindings].filter((alert) => !seen.has(alert))).toEqual([]);
  });
});
