// The table of findings: when each one holds, its severity, and that unknown is not fine.
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/model/check.ts';
import { distrusts } from '../../src/model/distrust.ts';
import { type Certificate, type FactName, type Facts, mergeFacts } from '../../src/model/facts.ts';
import { Failure, type Reason } from '../../src/model/failure.ts';
import type { Acceptance, InstanceFinding } from '../../src/model/finding.ts';
import type { CheckKnowledge, Knowledge } from '../../src/model/knowledge.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { acceptanceNotes, findingsOf } from '../../src/posture/findings.ts';
import { fleetFindings } from '../../src/posture/fleet-findings.ts';
import { instanceRows } from '../../src/posture/instance-rows.ts';
import type { Row } from '../../src/posture/row.ts';
import { subjectOf } from '../../src/posture/subject.ts';

const nowMs = Date.UTC(2026, 10, 25);
const minuteMs = 60_000;
const inDays = (days: number) => nowMs / 1000 + days * 86_400;

const checkOf = (name: string, ...facts: FactName[]): Check => ({
  name,
  facts: Object.fromEntries(facts.map((fact) => [fact, 'x'])),
  run: () => Promise.reject(new Error('not called')),
});

/** A provider with one check that reports every fact, and the TLS probe. */
const provider = {
  checks: [
    checkOf('all', 'ssl_enabled', 'ssl_forced', 'cert_valid', 'server_certificate', 'at_rest_encryption_enabled'),
    checkOf(
      'tls',
      ...(['tls_accepted', 'tls_version', 'server_certificate', 'cert_trusted'] as const),
      ...(['cert_hostname_match', 'plaintext_accepted'] as const),
    ),
  ],
};

interface State {
  facts?: Facts | undefined;
  unreadable?: string[];
  reason?: Reason;
  failingMinutes?: number;
}

function checkKnowledge({ facts, unreadable, reason, failingMinutes = 0 }: State, check = 'all'): CheckKnowledge {
  const failure = reason && new Failure(reason, 'x');
  return {
    check,
    facts,
    factsAtMs: nowMs,
    unreadable,
    lastSuccessMs: nowMs,
    failingSinceMs: failure && nowMs - failingMinutes * minuteMs,
    last: { failure, endedAtMs: nowMs, endedAt: 0, durationMs: 1 },
    outcomes: () => [],
  };
}

function knowledge(state: State, account = 'a'): Knowledge {
  return {
    instance: { account, provider: 'p', id: 'i', region: '', name: 'i', labels: {}, checks: ['all'] },
    checks: [checkKnowledge(state)],
    facts: state.facts ?? {},
  };
}

/** With the TLS probe, too. */
function probed(known: Knowledge, { facts, ...state }: State = {}, plaintext = true): Knowledge {
  return {
    ...known,
    instance: { ...known.instance, checks: ['all', 'tls'], tlsProbe: { plaintext } },
    checks: [...known.checks, checkKnowledge({ facts, ...state }, 'tls')],
    facts: mergeFacts([known.facts, facts]),
  };
}

/** `kind severity` for a healthy database with these facts changed. */
function found(facts: Facts, state: State = {}): string[] {
  return foundIn(knowledge({ facts: { ...fine, ...facts }, ...state }));
}

function foundIn(known: Knowledge): string[] {
  return findingsOf(subjectOf(known, provider, nowMs, defaultThresholds)).map(({ kind, aspect, alert, severity }) => {
    const isRow = (row: Row) => row.kind === kind && row.aspect === aspect && row.alert === alert;
    expect(instanceRows.find(isRow)?.severities).toContain(severity);
    return `${kind} ${severity}`;
  });
}

const server = (days: number, source: Certificate['source'] = 'api'): Certificate => ({
  certificate: 'server',
  source,
  subjectCn: '',
  notAfterSeconds: inDays(days),
});
const ca = (days: number, subjectCn = 'root'): Certificate => ({
  certificate: 'ca',
  source: 'ca_bundle',
  subjectCn,
  notAfterSeconds: inDays(days),
});
const key = (enabled: boolean | undefined, ageDays = 1) => ({
  id: 'k',
  alias: '',
  region: '',
  clusterId: '',
  enabled,
  createdSeconds: inDays(-ageDays),
});
const tenant = (name: string, encrypted: boolean | undefined) => ({ id: `id of ${name}`, name, encrypted });
const fine: Facts = {
  sslEnabled: true,
  sslForced: true,
  certValid: true,
  certificates: [server(200)],
  keys: [key(true)],
};

describe('findingsOf', () => {
  it('reports nothing for a healthy database', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[what: string, facts: Facts, findings: string[]]>([
    ['SSL is off', { sslEnabled: false }, ['ssl_disabled critical']],
    ['SSL could be forced', { sslForced: false, sslForceSupported: true }, ['ssl_not_forced warning']],
    ['SSL cannot be forced', { sslForced: false, sslForceSupported: false }, []],
    [
      'SSL is off and not forced',
      { sslEnabled: false, sslForced: false, sslForceSupported: true },
      ['ssl_disabled critical'],
    ],
    ['the certificate expired', { certificates: [server(-0.1)] }, ['certificate_expired critical']],
    ['the certificate expires now', { certificates: [server(0)] }, ['certificate_expired critical']],
    ['the certificate expires in 6.9 days', { certificates: [server(6.9)] }, ['certificate_expiring critical']],
    ['the certificate expires in 7 days', { certificates: [server(7)] }, ['certificate_expiring warning']],
    ['the certificate expires in 29.9 days', { certificates: [server(29.9)] }, ['certificate_expiring warning']],
    ['the certificate expires in 30 days', { certificates: [server(30)] }, []],
    ['a renewal is automatic and not late', { certificates: [server(2)], certAutoRenewEnabled: true }, []],
    [
      'a renewal is late',
      { certificates: [server(1.9)], certAutoRenewEnabled: true },
      ['certificate_expiring critical'],
    ],
    [
      'SSL is off and an old expiry is reported',
      { sslEnabled: false, certificates: [server(-9)] },
      ['ssl_disabled critical'],
    ],
    ['the certificate is invalid', { certValid: false }, ['certificate_invalid critical']],
    ['SSL is off and the certificate invalid', { sslEnabled: false, certValid: false }, ['ssl_disabled critical']],
    ['no expiry is reported', { certificates: [] }, ['unknown unknown', 'certificate_unknown info']],
    ['only a CA certificate is reported', { certificates: [ca(400)] }, ['unknown unknown', 'certificate_unknown info']],
    ['a CA expires in 29 days', { certificates: [server(99), ca(29)] }, ['ca_expiring critical']],
    ['a CA expired', { certificates: [server(99), ca(-1)] }, ['ca_expiring critical']],
    ['a CA expires in 179 days', { certificates: [server(99), ca(179)] }, ['ca_expiring warning']],
    ['a CA was renewed', { certificates: [server(99), ca(3), ca(900)] }, []],
    ['a CA was renewed after it expired', { certificates: [server(99), ca(900), ca(-300), ca(-1)] }, []],
    ['one of two CAs expires', { certificates: [server(99), ca(3, 'a'), ca(900, 'b')] }, ['ca_expiring critical']],
    ['there is no key', { keys: [] }, ['not_encrypted_at_rest warning']],
    ['the API reports no encryption', { keys: undefined, encryptedAtRest: false }, ['not_encrypted_at_rest warning']],
    [
      'the only key is disabled, and the API reports no encryption',
      { keys: [key(false)], encryptedAtRest: false },
      ['key_disabled critical'],
    ],
    ['the API reports encryption, without keys', { keys: undefined, encryptedAtRest: true }, []],
    ['all tenants are encrypted', { keys: undefined, tenants: [tenant('a', true)] }, []],
    [
      'a tenant is not encrypted',
      { keys: undefined, tenants: [tenant('a', true), tenant('b', false), tenant('c', undefined)] },
      ['not_encrypted_at_rest warning'],
    ],
    [
      'it is unknown whether a tenant is encrypted',
      { keys: undefined, tenants: [tenant('a', true), tenant('b', undefined)] },
      ['unknown unknown'],
    ],
    ['there is no tenant', { keys: undefined, tenants: [] }, []],
    ['the only key is disabled', { keys: [key(false)] }, ['key_disabled critical']],
    ['one of two keys is disabled', { keys: [key(false), key(true)] }, ['key_disabled info']],
    [
      'one key is disabled, one unknown',
      { keys: [key(false), key(undefined)] },
      ['key_disabled critical', 'unknown unknown'],
    ],
    ['a key is old', { keys: [key(true, 366)] }, ['key_old info']],
    ['an old key is disabled', { keys: [key(true), key(false, 366)] }, ['key_disabled info']],
    ['the SSL state is unknown', { sslEnabled: undefined }, ['unknown unknown']],
    ['it is unknown whether SSL is forced', { sslForced: undefined }, ['unknown unknown']],
    ['it is unknown whether the certificate is valid', { certValid: undefined }, ['unknown unknown']],
    [
      'SSL is off and nothing else is reported',
      { sslEnabled: false, sslForced: undefined, certValid: undefined, certificates: undefined },
      ['ssl_disabled critical'],
    ],
    ['the state of the keys is unknown', { keys: undefined }, ['unknown unknown']],
  ])('reports when %s', (_what, facts, findings) => {
    expect(found(facts)).toEqual(findings);
  });

  it.each([
    [['a'], '1 of 2 tenants (a)'],
    [['a', 'b', 'c'], '3 of 4 tenants (a, b, and c)'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], '7 of 8 tenants (a, b, c, d, e, and 2 more)'],
  ])('names the tenants %j that are not encrypted, five at most', (names, detail) => {
    const tenants = [tenant('fine', true), ...names.map((name) => tenant(name, false))];
    const [finding] = findingsOf(
      subjectOf(knowledge({ facts: { ...fine, keys: undefined, tenants } }), provider, nowMs, defaultThresholds),
    );
    expect(finding).toMatchObject({ kind: 'not_encrypted_at_rest', detail });
    expect(finding?.advice).toContain('TDE');
  });

  it('names a tenant without a name by its id', () => {
    const tenants = [{ id: ' t1\u0007', name: ' ', encrypted: false }];
    const [finding] = findingsOf(
      subjectOf(knowledge({ facts: { ...fine, keys: undefined, tenants } }), provider, nowMs, defaultThresholds),
    );
    expect(finding?.detail).toBe('1 of 1 tenant (t1)');
  });

  it('sorts from worst to best, unknown above a warning', () => {
    const facts = { sslEnabled: undefined, certificates: [server(-1), ca(100)], keys: [key(true, 999)] };
    expect(found(facts)).toEqual([
      'certificate_expired critical',
      'unknown unknown',
      'ca_expiring warning',
      'key_old info',
    ]);
  });

  it('reports unknown only for facts that the provider can report', () => {
    const wireOnly = { checks: [checkOf('all', 'ssl_enabled')] };
    const none = knowledge({ facts: { sslEnabled: true, certificates: [server(99)] } });
    expect(findingsOf(subjectOf(none, wireOnly, nowMs, defaultThresholds))).toEqual([]);
    expect(
      findingsOf(
        subjectOf(none, { checks: [checkOf('other', 'at_rest_encryption_enabled')] }, nowMs, defaultThresholds),
      ),
    ).toEqual([]);
  });

  it('reports nothing unknown for checks that this edition does not support', () => {
    expect(
      findingsOf(
        subjectOf(knowledge({ reason: 'unsupported', failingMinutes: 99 }), provider, nowMs, defaultThresholds),
      ),
    ).toEqual([]);
  });

  it('applies the given thresholds', () => {
    const known = knowledge({ facts: { ...fine, certificates: [server(50)] } });
    const thresholds = { ...defaultThresholds, certificateWarning: 60 * 86_400_000 };
    expect(findingsOf(subjectOf(known, provider, nowMs, thresholds)).map(({ kind }) => kind)).toEqual([
      'certificate_expiring',
    ]);
  });

  it.each<[Reason, number, string[]]>([
    ['timeout', 14, []],
    ['timeout', 15, ['check_failing warning']],
    ['instance_state', 15, ['check_failing info']],
    ['internal', 60, ['check_failing warning']],
  ])('reports a check that has failed with %s for %i minutes', (reason, failingMinutes, findings) => {
    expect(found({}, { reason, failingMinutes })).toEqual(findings);
  });
});

describe('findingsOf a database that is probed', () => {
  const served: Facts = {
    tlsAccepted: true,
    tlsSession: { version: 'TLSv1.3', cipher: 'x' },
    certificates: [server(200, 'tls_probe')],
    certTrusted: true,
    certHostnameMatch: true,
    plaintextAccepted: false,
  };
  const refusing: Facts = { tlsAccepted: false, plaintextAccepted: false };
  const foundBy = (probe: Facts, api: Facts = {}) =>
    foundIn(probed(knowledge({ facts: { ...fine, ...api } }), { facts: probe }));

  it.each<[what: string, probe: Facts, api: Facts, findings: string[]]>([
    ['everything is fine', served, {}, []],
    ['the API reports no expiry', served, { certificates: [] }, []],
    [
      'plaintext is accepted',
      { ...served, plaintextAccepted: true },
      { sslForced: false },
      ['plaintext_accepted warning'],
    ],
    [
      'plaintext is accepted although SSL is forced',
      { ...served, plaintextAccepted: true },
      {},
      ['plaintext_accepted critical'],
    ],
    [
      'plaintext is accepted, and the API does not report whether SSL is forced',
      { ...served, plaintextAccepted: true },
      { sslForced: undefined },
      ['unknown unknown', 'plaintext_accepted warning'],
    ],
    ['TLS is refused', refusing, {}, ['tls_refused critical']],
    [
      'TLS is refused, and no expiry is known',
      refusing,
      { certificates: [] },
      ['tls_refused critical', 'certificate_unknown info'],
    ],
    ['TLS is refused, and SSL is off', refusing, { sslEnabled: false }, ['ssl_disabled critical']],
    [
      'TLS 1.0 is negotiated',
      { ...served, tlsSession: { version: 'TLSv1', cipher: 'x' } },
      {},
      ['tls_outdated warning'],
    ],
    [
      'TLS 1.1 is negotiated',
      { ...served, tlsSession: { version: 'TLSv1.1', cipher: 'x' } },
      {},
      ['tls_outdated warning'],
    ],
    ['TLS 1.2 is negotiated', { ...served, tlsSession: { version: 'TLSv1.2', cipher: 'x' } }, {}, []],
    ['the chain is not trusted', { ...served, certTrusted: false }, {}, ['certificate_invalid warning']],
    ['the certificate has another name', { ...served, certHostnameMatch: false }, {}, ['certificate_invalid warning']],
    [
      'the API reports it as invalid, the chain is not trusted, and the name is another one',
      { ...served, certTrusted: false, certHostnameMatch: false },
      { certValid: false },
      ['certificate_invalid critical', 'certificate_invalid warning', 'certificate_invalid warning'],
    ],
    [
      'the certificate is not valid, and SSL is off',
      { ...served, certTrusted: false, certHostnameMatch: false, certificates: [server(-1, 'tls_probe')] },
      { sslEnabled: false },
      ['ssl_disabled critical'],
    ],
    ['both report a day apart', { ...served, certificates: [server(201, 'tls_probe')] }, {}, []],
    [
      'the database serves an older certificate',
      { ...served, certificates: [server(198.9, 'tls_probe')] },
      {},
      ['certificate_drift warning'],
    ],
    [
      'the database serves a newer certificate',
      { ...served, certificates: [server(201.1, 'tls_probe')] },
      {},
      ['certificate_drift warning'],
    ],
    [
      'both certificates expire soon: one finding, the first',
      { ...served, certificates: [server(5, 'tls_probe')] },
      { certificates: [server(20)] },
      ['certificate_expiring critical', 'certificate_drift warning'],
    ],
    [
      'one certificate has expired, and the other one expires soon',
      { ...served, certificates: [server(-1, 'tls_probe')] },
      { certificates: [server(20)] },
      ['certificate_expired critical', 'certificate_drift warning'],
    ],
    [
      'both are the same and expire soon',
      { ...served, certificates: [server(20, 'tls_probe')] },
      { certificates: [server(20)] },
      ['certificate_expiring warning'],
    ],
    [
      'a CA certificate is served that expires soon, and the bundle has its successor',
      { ...served, certificates: [server(200, 'tls_probe'), { ...ca(9), source: 'tls_probe' }] },
      { certificates: [server(200), ca(900)] },
      [],
    ],
    [
      'a client certificate is required',
      { ...served, tlsSession: undefined, certTrusted: undefined },
      {},
      ['unknown unknown', 'unknown unknown'],
    ],
  ])('reports when %s', (_what, probe, api, findings) => {
    expect(foundBy(probe, api)).toEqual(findings);
  });

  const details = (known: Knowledge) =>
    findingsOf(subjectOf(known, provider, nowMs, defaultThresholds)).map(({ alert, detail }) => `${alert}: ${detail}`);

  it('says why the chain is not trusted, and how far the expiries are apart', () => {
    const facts: Facts = {
      ...served,
      certTrusted: false,
      certDistrust: 'self_signed',
      certificates: [server(9, 'tls_probe')],
    };
    expect(details(probed(knowledge({ facts: fine }), { facts }))).toEqual([
      'CloudDBCertificateExpiring: expires 2026-12-04',
      `CloudDBCertificateNotTrusted: ${distrusts.self_signed}`,
      'CloudDBCertificateDrift: API: expires 2027-06-13; database: 2026-12-04',
    ]);
  });

  it('reports what a probe that fails leaves unknown', () => {
    const failing = { reason: 'timeout' } as const;
    expect(details(probed(knowledge({ facts: fine }), failing))).toEqual([
      'CloudDBCheckFailing: tls_accepted, tls_version, plaintext_accepted',
      'CloudDBCheckFailing: cert_trusted, cert_hostname_match',
    ]);
    expect(details(probed(knowledge({ facts: { ...fine, certificates: [] } }), failing, false))).toEqual([
      'CloudDBCheckFailing: tls_accepted, tls_version',
      'CloudDBCheckFailing: server_certificate, cert_trusted, cert_hostname_match',
      'CloudDBCertificateUnknown: ',
    ]);
  });

  it('keeps what the probe found, apart from what the API reports', () => {
    const known = probed(knowledge({ facts: { ...fine, certValid: false } }), { reason: 'timeout' });
    const stale = { ...served, certTrusted: false, certHostnameMatch: false, plaintextAccepted: true };
    const lastKnown = { facts: mergeFacts([known.facts, stale]), atMs: nowMs - 7_200_000 };
    const findings = findingsOf(subjectOf({ ...known, lastKnown }, provider, nowMs, defaultThresholds));
    expect(findings.map(({ kind, severity, lastKnownMs }) => [kind, severity, lastKnownMs])).toEqual([
      ['plaintext_accepted', 'critical', lastKnown.atMs],
      ['certificate_invalid', 'critical', undefined],
      ['unknown', 'unknown', undefined],
      ['unknown', 'unknown', undefined],
      ['certificate_invalid', 'warning', lastKnown.atMs],
      ['certificate_invalid', 'warning', lastKnown.atMs],
    ]);
  });

  it('combines what both know, also when one of them is stale', () => {
    const facts = { ...fine, sslForced: undefined, sslEnabled: undefined };
    const known = probed(knowledge({ facts, reason: 'timeout' }), { facts: { ...served, plaintextAccepted: true } });
    const lastKnown = { facts: mergeFacts([fine, known.facts]), atMs: nowMs - 7_200_000 };
    const findings = findingsOf(subjectOf({ ...known, lastKnown }, provider, nowMs, defaultThresholds));
    expect(findings.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
      'plaintext_accepted critical',
      'unknown unknown',
    ]);
  });
});

describe('the advice of findingsOf', () => {
  const advices = (facts: Facts, state: State = {}) => {
    const known = knowledge({ facts: { ...fine, ...facts }, ...state });
    const findings = findingsOf(subjectOf(known, provider, nowMs, defaultThresholds));
    return findings.map(({ title, advice }) => `${title}: ${advice}`);
  };
  const disabled = { id: 'a', alias: '', region: '', clusterId: '', enabled: false };

  it.each<[string, Facts, State, string]>([
    ['a fact that the API left out', { sslEnabled: undefined }, {}, 'API answered without this field: look it up'],
    [
      'a fact of a failing check',
      { sslEnabled: undefined },
      { reason: 'timeout' },
      'Unknown because check all fails: see its reason.',
    ],
    ['a failing check', {}, { reason: 'unavailable', failingMinutes: 20 }, 'Check all fails (unavailable): See'],
    ['a certificate', { certificates: [server(5)] }, {}, 'soon: Renew the certificate before that day.'],
    [
      'a certificate that renews automatically',
      { certificates: [server(1)], certAutoRenewEnabled: true },
      {},
      'soon: Renewal is automatic, but it is late: check why.',
    ],
    ['the only key', { keys: [disabled] }, {}, 'disabled: Enable the key: data'],
    [
      'a key beside another one',
      { keys: [disabled, { ...disabled, id: 'b', enabled: true }] },
      {},
      'disabled: It may have been replaced; delete or re-enable it.',
    ],
  ])('fits %s', (_, facts, state, advice) => {
    expect(advices(facts, state).join('\n')).toContain(advice);
  });
});

describe('findingsOf with acceptances', () => {
  const untilMs = nowMs + 1000;
  const off = knowledge({ facts: { ...fine, sslEnabled: false, keys: [] } });
  const accepted = (accept: Acceptance[], known = off, checks = provider.checks) => {
    const instance = { ...known.instance, accept };
    const subject = subjectOf({ ...known, instance }, { checks }, nowMs, defaultThresholds);
    const findings = findingsOf(subject);
    return { findings, notes: acceptanceNotes(subject, findings) };
  };

  it('marks what is accepted, and sorts it last', () => {
    const { findings, notes } = accepted([{ finding: 'ssl_disabled', untilMs, reason: 'SEC-42' }]);
    expect(findings.map(({ kind, accepted: by }) => [kind, by?.reason])).toEqual([
      ['not_encrypted_at_rest', undefined],
      ['ssl_disabled', 'SEC-42'],
    ]);
    expect(notes).toEqual([]);
  });

  it('counts it again when the acceptance is over, and says so', () => {
    const { findings, notes } = accepted([{ finding: 'ssl_disabled', untilMs: nowMs - 1000, reason: '' }]);
    expect(findings.map(({ accepted: by }) => by)).toEqual([undefined, undefined]);
    expect(notes).toEqual([expect.stringContaining('expired on 2026-11-24')]);
  });

  it('says what is accepted and not found', () => {
    expect(accepted([{ finding: 'key_old', untilMs, reason: '' }]).notes).toEqual([expect.stringContaining('key_old')]);
  });

  it.each([
    ['nothing while the API reports no expiry', [], []],
    ['that it can be removed while both agree', [server(200)], [expect.stringContaining('can be removed')]],
  ])('says of certificate_drift %s', (_, certificates, notes) => {
    const facts: Facts = { tlsAccepted: true, certTrusted: true, certificates: [server(200, 'tls_probe')] };
    const known = probed(knowledge({ facts: { ...fine, certificates } }), { facts }, false);
    const checks = [checkOf('all'), checkOf('tls', 'tls_accepted')];
    expect(accepted([{ finding: 'certificate_drift', untilMs, reason: '' }], known, checks).notes).toEqual(notes);
  });

  const [one] = off.checks;
  it.each<[string, InstanceFinding, Knowledge]>([
    ['the fact is unknown', 'ssl_disabled', knowledge({ facts: { ...fine, sslEnabled: undefined } })],
    ['the check has not finished', 'ssl_disabled', { ...off, checks: one ? [{ ...one, last: undefined }] : [] }],
    ['the check fails for a minute', 'check_failing', knowledge({ facts: fine, reason: 'timeout', failingMinutes: 1 })],
    ['facts are stale', 'key_old', { ...off, lastKnown: { facts: off.facts, atMs: nowMs - 7_200_000 } }],
    ['a field is not understood', 'ca_expiring', knowledge({ facts: fine, unreadable: ['CACert'] })],
    ['no CA certificate is reported', 'ca_expiring', knowledge({ facts: fine })],
    [
      'it is unknown whether SSL can be forced',
      'ssl_not_forced',
      knowledge({ facts: { ...fine, sslForced: false, sslForceSupported: undefined } }),
    ],
  ])('does not say that an acceptance can be removed while %s', (_, finding, known) => {
    const checks = [checkOf('all', 'ssl_enabled', 'ca_certificate', 'ssl_force_supported')];
    expect(accepted([{ finding, untilMs, reason: '' }], known, checks).notes).toEqual([]);
  });
});

describe('findingsOf stale facts', () => {
  const lastKnown = { facts: { ...fine, sslEnabled: false }, atMs: nowMs - 7_200_000 };

  it('keeps what was wrong when it was last known, in addition to what is unknown now', () => {
    const known = { ...knowledge({ reason: 'network', failingMinutes: 120 }), lastKnown };
    expect(
      findingsOf(subjectOf(known, provider, nowMs, defaultThresholds)).map(({ kind, lastKnownMs }) => [
        kind,
        lastKnownMs,
      ]),
    ).toEqual([
      ['ssl_disabled', lastKnown.atMs],
      ['unknown', undefined],
      ['unknown', undefined],
      ['check_failing', undefined],
    ]);
  });

  it('does not report twice what is found in current facts', () => {
    const known = { ...knowledge({ facts: { ...fine, sslEnabled: false } }), lastKnown };
    expect(findingsOf(subjectOf(known, provider, nowMs, defaultThresholds)).map(({ kind }) => kind)).toEqual([
      'ssl_disabled',
    ]);
  });
});

describe('findingsOf an answer that is not understood', () => {
  it('reports each field, as information', () => {
    const findings = findingsOf(
      subjectOf(knowledge({ facts: fine, unreadable: ['CACert', 'Other'] }), provider, nowMs, defaultThresholds),
    );
    expect(findings.map(({ kind, severity, detail }) => [kind, severity, detail])).toEqual([
      ['field_unreadable', 'info', 'all: CACert'],
      ['field_unreadable', 'info', 'all: Other'],
    ]);
  });
});

describe('table of findings', () => {
  it('has a title and an advice in each row', () => {
    for (const { title, advice, holds } of instanceRows) {
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(advice).toMatch(/^[A-Z].*\.$/);
      expect(holds).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('fleetFindings', () => {
  const failing = (account: string) => knowledge({ reason: 'auth', failingMinutes: 20 }, account);

  it('reports a fleet without instances', () => {
    expect(fleetFindings([], nowMs).map(({ kind }) => kind)).toEqual(['nothing_watched']);
  });

  it('reports each account of which all checks have failed for 15 minutes', () => {
    const fleet = [failing('blind'), failing('blind'), failing('half'), knowledge({ facts: fine }, 'half')];
    const findings = fleetFindings(fleet, nowMs);
    expect(findings).toMatchObject([{ kind: 'account_blind', severity: 'critical' }]);
    expect(findings[0]?.title).toContain('blind');
    expect(findings[0]?.detail).toMatch(/^2 checks; auth: /);
  });

  it('does not report an account whose instances are being changed: the API answers', () => {
    const changing = knowledge({ reason: 'instance_state', failingMinutes: 20 }, 'half');
    expect(fleetFindings([changing], nowMs)).toEqual([]);
    expect(fleetFindings([changing, failing('half')], nowMs)).toEqual([]);
  });

  it('counts one check as one', () => {
    expect(fleetFindings([failing('blind')], nowMs)[0]?.detail).toMatch(/^1 check; auth: /);
  });

  it('does not count checks that call no API: a database can answer while the API does not', () => {
    expect(fleetFindings([probed(failing('blind'))], nowMs)[0]?.detail).toMatch(/^1 check; auth: /);
    const known = failing('blind');
    const downloaded = { ...known, checks: [...known.checks, checkKnowledge({ facts: {} }, 'ca')] };
    expect(fleetFindings([downloaded], nowMs)[0]?.detail).toMatch(/^1 check; auth: /);
    const probeOnly = probed({ ...failing('probed'), checks: [] }, { reason: 'timeout', failingMinutes: 20 });
    expect(fleetFindings([probeOnly], nowMs)).toEqual([]);
    expect(
      fleetFindings([probed(knowledge({ facts: fine }), { reason: 'timeout', failingMinutes: 20 })], nowMs),
    ).toEqual([]);
  });

  it('does not report an account that has failed for a shorter time', () => {
    expect(fleetFindings([knowledge({ reason: 'auth', failingMinutes: 1 })], nowMs)).toEqual([]);
  });
});
