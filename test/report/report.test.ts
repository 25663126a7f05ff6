// The content of a report: findings, the exit status, and what is not known.
import { describe, expect, it } from 'vitest';
import type { Certificate, Facts } from '../../src/model/facts.ts';
import { Failure, type Reason, reasons } from '../../src/model/failure.ts';
import type { Acceptance, InstanceFinding } from '../../src/model/finding.ts';
import type { CheckKnowledge, Knowledge, ListState } from '../../src/model/knowledge.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { renderCsv } from '../../src/report/csv.ts';
import { renderReport } from '../../src/report/formats.ts';
import { buildReport } from '../../src/report/report.ts';
import { summaryText } from '../../src/report/words.ts';
import { listOf } from '../support/lists.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';

const nowMs = Date.UTC(2026, 10, 26);
const dayMs = 86_400_000;

const provider = madeUpProvider('north', {
  checks: [
    madeUpCheck('wire', {
      facts: {
        ssl_enabled: 'Tls',
        ssl_forced: 'Forced',
        cert_valid: 'Valid',
        server_certificate: 'Until',
      },
    }),
    madeUpCheck('keys', { facts: { kms_keys: 'Keys', tenants: 'Tenants', at_rest_encryption_enabled: 'Keys' } }),
  ],
});

const certificate = (days: number, kind: Certificate['certificate'] = 'server', subjectCn = ''): Certificate => ({
  certificate: kind,
  source: 'api',
  subjectCn,
  notAfterSeconds: (nowMs + days * dayMs) / 1000,
});
const key = (enabled: boolean) => ({ id: 'k', alias: 'data', region: '', clusterId: '', enabled });
const fine: Facts = {
  sslEnabled: true,
  sslForced: true,
  certValid: true,
  certificates: [certificate(400)],
  keys: [key(true)],
};

interface State {
  facts?: Facts;
  accept?: readonly Acceptance[];
  /** Of both checks. */
  reason?: Reason | undefined;
  id?: string;
  checks?: string[];
}

function knowledge({ facts = {}, accept = [], reason, id = 'db-1', checks = ['wire', 'keys'] }: State): Knowledge {
  const known = reason === undefined ? { ...fine, ...facts } : {};
  const { keys, tenants, ...wire } = known;
  const check = (name: string, own: Facts): CheckKnowledge => ({
    check: name,
    facts: reason === undefined ? own : undefined,
    factsAtMs: reason === undefined ? nowMs - 5000 : undefined,
    lastSuccessMs: reason === undefined ? nowMs - 5000 : undefined,
    failingSinceMs: reason === undefined ? undefined : nowMs,
    last: { failure: reason && new Failure(reason, 'HTTP status 1'), endedAtMs: nowMs, endedAt: 0, durationMs: 1 },
    outcomes: () => [],
  });
  return {
    instance: { account: 'a', provider: 'north', id, region: '', name: id, labels: {}, checks, accept },
    checks: [check('wire', wire), check('keys', { ...(keys && { keys }), ...(tenants && { tenants }) })].filter((one) =>
      checks.includes(one.check),
    ),
    facts: known,
  };
}

/** The same with what a TLS probe reports. */
const probing = madeUpProvider('north', {
  checks: provider.checks.map((check) =>
    check.name === 'wire'
      ? {
          ...check,
          facts: {
            tls_version: 'handshake',
            cert_trusted: 'chain',
            cert_hostname_match: 'certificate',
            plaintext_accepted: 'session',
          },
        }
      : check,
  ),
});

const build = (states: readonly State[], minDays = 30, of = provider, lists: readonly ListState[] = []) =>
  buildReport({
    fleet: states.map(knowledge),
    lists,
    providerOf: () => of,
    thresholds: defaultThresholds,
    nowMs,
    version: '1',
    configFile: 'config.yaml',
    minDays,
  });

const accepting = (...findings: InstanceFinding[]): Acceptance[] =>
  findings.map((finding) => ({ finding, untilMs: nowMs + dayMs, reason: 'SEC-42' }));

describe('the exit status', () => {
  it.each<[status: number, what: string, State, minDays?: number]>([
    [0, 'all is well', {}],
    [4, 'SSL is off', { facts: { sslEnabled: false } }],
    [0, 'SSL is off and accepted', { facts: { sslEnabled: false }, accept: accepting('ssl_disabled') }],
    [
      4,
      'SSL is off, and the acceptance is over',
      {
        facts: { sslEnabled: false },
        accept: [{ finding: 'ssl_disabled', untilMs: nowMs - 1000, reason: '' }],
      },
    ],
    [4, 'another finding is accepted', { facts: { sslEnabled: false }, accept: accepting('key_old') }],
    [0, 'SSL is not forced', { facts: { sslForced: false, sslForceSupported: true } }],
    [4, 'there is no key', { facts: { keys: [] } }],
    [4, 'no key is enabled', { facts: { keys: [key(false)] } }],
    [0, 'one of two keys is enabled', { facts: { keys: [key(false), key(true)] } }],
    [4, 'the certificate is invalid', { facts: { certValid: false } }],
    [4, 'the certificate has expired', { facts: { certificates: [certificate(-1)] } }, 0],
    [4, 'the certificate has 29 days left', { facts: { certificates: [certificate(29)] } }],
    [0, 'the certificate has 30 days left', { facts: { certificates: [certificate(30)] } }],
    [0, 'the certificate has 29 days left, and 20 are enough', { facts: { certificates: [certificate(29)] } }, 20],
    [4, 'the certificate has 89 days left, and 90 are needed', { facts: { certificates: [certificate(89)] } }, 90],
    [
      4,
      'the certificate has 29 days left and renews automatically',
      { facts: { certificates: [certificate(29)], certAutoRenewEnabled: true } },
    ],
    [
      0,
      'the certificate has 29 days left, which is accepted',
      { facts: { certificates: [certificate(29)] }, accept: accepting('certificate_expiring') },
    ],
    [
      0,
      'a certificate below the limit renews automatically, and is accepted',
      {
        facts: { certificates: [certificate(29)], certAutoRenewEnabled: true },
        accept: accepting('certificate_expiring'),
      },
    ],
    [4, 'a CA certificate has 29 days left', { facts: { certificates: [certificate(400), certificate(29, 'ca')] } }],
    [0, 'a CA certificate has 31 days left', { facts: { certificates: [certificate(400), certificate(31, 'ca')] } }],
    [4, 'a CA certificate has expired', { facts: { certificates: [certificate(400), certificate(-1, 'ca')] } }, 0],
    [
      0,
      'an expired CA certificate was replaced',
      { facts: { certificates: [certificate(400), certificate(-1, 'ca', 'x'), certificate(900, 'ca', 'x')] } },
    ],
    [3, 'the checks fail', { reason: 'timeout' }],
    [3, 'the checks fail in this state of the instance', { reason: 'instance_state' }],
    [0, 'the checks fail, which is accepted', { reason: 'timeout', accept: accepting('check_failing') }],
    [0, 'the checks are unsupported', { reason: 'unsupported' }],
  ])('is %i when %s', async (status, _, state, minDays) => {
    const { summary } = await build([state], minDays);

    expect(summary.exit_status).toBe(status);
    expect(summary.violations > 0).toBe(status === 4);
  });

  it('is 4 when some checks fail and something is not encrypted', async () => {
    const states: State[] = [{ reason: 'timeout' }, { id: 'db-2', facts: { sslEnabled: false } }];
    expect((await build(states)).summary).toMatchObject({ exit_status: 4, violations: 1, checks: 4, failed_checks: 2 });
  });

  it('is 3 without an instance', async () => {
    const { summary, findings } = await build([]);

    expect(summary.exit_status).toBe(3);
    expect(findings.map(({ finding }) => finding)).toEqual(['nothing_watched']);
  });
});

describe('a report', () => {
  it('shows a certificate that renews automatically, or is below no threshold, as a violation and no finding', async () => {
    const renewing = { certificates: [certificate(5), certificate(200, 'ca', 'x')], certAutoRenewEnabled: true };
    const { instances, summary } = await build([{ facts: renewing }], 365);

    expect(instances[0]).toMatchObject({ severity: 'ok', findings: [] });
    expect(instances[0]?.violations).toMatchObject([
      {
        title: 'Server certificate below --min-days=365',
        detail: 'expires 2026-12-01',
        expires_at: '2026-12-01T00:00:00.000Z',
        days_remaining: 5,
        violation: true,
      },
      { certificate: 'ca', subject_cn: 'x', days_remaining: 200 },
    ]);
    expect(summary).toMatchObject({ violations: 2, exit_status: 4 });
  });

  it('applies the acceptance of a finding to such a violation, and does not call it without effect', async () => {
    const facts = { certificates: [certificate(5)], certAutoRenewEnabled: true };
    const { instances } = await build([{ facts, accept: accepting('certificate_expiring') }]);

    expect(instances[0]?.violations).toMatchObject([{ violation: false, accepted: { reason: 'SEC-42' } }]);
    expect(instances[0]?.notes).toEqual([]);
  });

  it('rounds days down: 4.999 days are fewer than 5, in each format', async () => {
    const report = await build([{ facts: { certificates: [certificate(4.999)] } }], 5);

    expect(report.summary.violations).toBe(1);
    expect(JSON.stringify(report)).toMatch(/"days_remaining":4\.99[,}]/);
    for (const format of ['table', 'csv', 'markdown'] as const) {
      const text = [...renderReport(report, format, { columns: 200, colours: false })].join('');
      expect(text).toContain('4 days left');
    }
  });

  it('counts an accepted finding as accepted in CSV, and has its severity in a separate column', async () => {
    const states = [{ facts: { certificates: [certificate(3)] }, accept: accepting('certificate_expiring') }];
    const [head = '', ...rows] = [...renderCsv(await build(states))].join('').split('\r\n');
    const names = head.split(',');
    const cells = rows.find((row) => row.startsWith('finding,'))?.split(',') ?? [];
    const row = Object.fromEntries(names.map((name, at) => [name, cells[at]]));

    expect(row).toMatchObject({ severity: 'accepted', original_severity: 'critical', state: 'accepted' });
    expect(row).toMatchObject({ name: 'certificate_expiring', expires_at: '2026-11-29T00:00:00.000Z' });
  });

  it('does not call data unencrypted where only its keys are disabled', async () => {
    const text = async (facts: Facts) => [...renderCsv(await build([{ facts }]))].join('');

    expect(await text({ keys: [key(false)] })).toMatch(/at_rest_encryption_enabled,known,no enabled key,/);
    expect(await text({ keys: [] })).toMatch(/at_rest_encryption_enabled,known,no,/);
  });

  it('has each tenant with its state, in every format', async () => {
    const tenants = [
      { id: 't1', name: 'orders', encrypted: true },
      { id: 't2', name: '', encrypted: false },
      { id: 't3', name: 'new', encrypted: undefined },
    ];
    const report = await build([{ facts: { keys: undefined, tenants } }]);
    const text = (format: 'csv' | 'table' | 'markdown') =>
      [...renderReport(report, format, { columns: 200, colours: false })].join('');

    expect(report.instances[0]?.facts).toContainEqual(
      expect.objectContaining({
        fact: 'tenants',
        value: [
          { tenant_id: 't1', tenant_name: 'orders', encrypted: true },
          { tenant_id: 't2', tenant_name: '', encrypted: false },
          { tenant_id: 't3', tenant_name: 'new', encrypted: null },
        ],
      }),
    );
    expect(report.summary.exit_status).toBe(4);
    expect(report.instances[0]?.findings).toMatchObject([
      { finding: 'not_encrypted_at_rest', detail: '1 of 3 tenants (t2)', violation: true },
    ]);
    expect(text('table')).toContain('tenants: orders: encrypted; t2: not encrypted; new: state unknown');
    expect(text('markdown')).toContain('orders: encrypted; t2: not encrypted; new: state unknown');
    expect(text('csv').match(/tenants,known,(orders: encrypted|t2: not encrypted|new: state unknown),/g)).toHaveLength(
      3,
    );
  });

  it('names the account of an outage, in CSV too', async () => {
    const report = await build([{ reason: 'auth' }]);

    expect(report.findings).toMatchObject([{ finding: 'account_blind', account: 'a', provider: 'north' }]);
    expect([...renderCsv(report)].join('')).toContain('\r\nfinding,critical,north,a,,');
  });

  it('shows a certificate once', async () => {
    const { instances } = await build([{ facts: { certificates: [certificate(3), certificate(10, 'ca', 'x')] } }]);

    expect(instances[0]?.findings.map(({ finding, violation }) => [finding, violation])).toEqual([
      ['certificate_expiring', true],
      ['ca_expiring', true],
    ]);
  });

  it('has the worst instance first, and accepted findings last', async () => {
    const { instances } = await build([
      { id: 'ok' },
      { id: 'accepted', facts: { sslEnabled: false }, accept: accepting('ssl_disabled') },
      { id: 'warning', facts: { keys: [] } },
      { id: 'unknown', reason: 'timeout' },
      { id: 'critical', facts: { sslEnabled: false, keys: [] }, accept: accepting('not_encrypted_at_rest') },
    ]);

    expect(instances.map(({ instance_id, severity }) => [instance_id, severity])).toEqual(
      ['critical', 'unknown', 'warning', 'accepted', 'ok'].map((level) => [level, level]),
    );
    expect(instances[0]?.findings.map(({ finding, accepted }) => [finding, accepted])).toEqual([
      ['ssl_disabled', null],
      ['not_encrypted_at_rest', { until: '2026-11-27T00:00:00.000Z', reason: 'SEC-42' }],
    ]);
  });

  it('names acceptances without effect', async () => {
    const { instances } = await build([{ accept: accepting('ssl_disabled') }]);
    expect(instances[0]?.notes).toEqual([expect.stringContaining('ssl_disabled is accepted until 2026-11-27')]);
  });

  it('of an outage has each failing check at once, with what to do, and the account', async () => {
    const { instances, findings, summary } = await build([{ reason: 'auth' }, { id: 'db-2', reason: 'auth' }]);

    expect(findings).toMatchObject([{ finding: 'account_blind', severity: 'critical', violation: false }]);
    expect(summary).toMatchObject({ exit_status: 3, checks: 4, failed_checks: 4 });
    for (const { checks, findings: own } of instances) {
      expect(checks.map(({ success, reason, message, hint }) => [success, reason, message, hint])).toEqual(
        ['wire', 'keys'].map(() => [false, 'auth', 'HTTP status 1', reasons.auth]),
      );
      expect(own.filter(({ finding }) => finding === 'check_failing')).toHaveLength(2);
    }
  });

  it('distinguishes what is unknown, unsupported, not checked and not available', async () => {
    const stateOf = async (state: State) => {
      const { instances } = await build([state]);
      return Object.fromEntries(instances[0]?.facts.map(({ fact, state: known }) => [fact, known]) ?? []);
    };

    expect(await stateOf({ facts: { sslForced: undefined } })).toMatchObject({
      ssl_enabled: 'known',
      ssl_forced: 'not_reported',
      cert_auto_renew_enabled: 'not_available',
    });
    expect(await stateOf({ reason: 'timeout' })).toMatchObject({ ssl_forced: 'unknown' });
    expect(await stateOf({ reason: 'unsupported' })).toMatchObject({ ssl_enabled: 'unsupported' });
    expect(await stateOf({ checks: ['wire'] })).toMatchObject({ kms_keys: 'not_checked' });
  });

  it('has value, source and age of each fact', async () => {
    const { instances } = await build([{}]);

    expect(instances[0]?.facts.find(({ fact }) => fact === 'server_certificate')).toEqual({
      fact: 'server_certificate',
      check: 'wire',
      source: 'Until',
      state: 'known',
      value: [
        expect.objectContaining({ certificate: 'server', not_after: '2027-12-31T00:00:00.000Z', days_remaining: 400 }),
      ],
      note: null,
      reported_at: '2026-11-25T23:59:55.000Z',
      age_seconds: 5,
    });
  });

  it('has what a TLS probe saw, and why it is so', async () => {
    const probed: Facts = {
      tlsSession: { version: 'TLSv1.2', cipher: 'ECDHE-RSA-AES256-GCM-SHA384' },
      certTrusted: false,
      certDistrust: 'issuer_missing',
      certHostnameMatch: true,
      certNameSource: 'common_name',
      plaintextAccepted: false,
    };
    const report = await build([{ facts: probed }], 30, probing);
    const note = expect.stringMatching(/^the issuer is neither served nor trusted: have/) as unknown;

    expect(report.instances[0]?.facts).toContainEqual(
      expect.objectContaining({ fact: 'cert_trusted', state: 'known', value: false, note }),
    );
    for (const format of ['table', 'csv', 'markdown'] as const) {
      const text = [...renderReport(report, format, { columns: 300, colours: false })].join('');
      expect(text.replaceAll('\\', '')).toContain('TLSv1.2, ECDHE-RSA-AES256-GCM-SHA384');
      expect(text).toContain('no (the issuer is neither served nor trusted');
      expect(text).toContain('yes (by the common name only');
      expect(text.replaceAll('\\', '')).toMatch(/plaintext_accepted.*no/);
    }
  });

  it('shows no control character of a text', async () => {
    const hostile: Facts = { certificates: [certificate(400), certificate(5, 'ca', 'a\u001b[31m\nb')] };
    const text = JSON.stringify(await build([{ id: 'db\u001b]0;x\u0007', facts: hostile }]));

    expect(text).toContain('a[31mb');
    expect(text).not.toMatch(/\\u00|\\n/);
  });

  it('ends with one sentence for each number', async () => {
    const text = summaryText(await build([{ reason: 'timeout' }, { id: 'db-2', facts: { sslEnabled: false } }]));

    expect(text).toBe(
      '2 instances: 1 critical, 1 unknown. 2 of 4 checks failed. 1 violation: not encrypted, or a certificate invalid, expired or below 30 days. Exit status 4.',
    );
  });
});

describe('lists of instances', () => {
  const complete = listOf(nowMs, { region: 'r-1', found: 1, lastSuccessMs: nowMs - 90_000 });
  const failing = listOf(nowMs, { region: 'r-2', reason: 'permission', failingSinceMs: nowMs - 1000 });

  it('that are complete change nothing of the exit status', async () => {
    const report = await build([{}], 30, provider, [complete]);
    expect(report.summary).toMatchObject({ exit_status: 0, lists: 1, failed_lists: 0 });
    expect(report.lists).toMatchObject([{ account: 'main', cloud_region: 'r-1', instances: 1, success: true }]);
    expect(report.findings).toEqual([]);
  });

  it('that fail now make it 3, and are findings', async () => {
    const report = await build([{}], 30, provider, [complete, failing]);
    expect(report.summary).toMatchObject({ exit_status: 3, lists: 2, failed_lists: 1 });
    expect(report.lists[1]).toMatchObject({
      instances: null,
      success: false,
      reason: 'permission',
      hint: reasons.permission,
      last_success_at: null,
    });
    expect(report.findings).toMatchObject([
      { finding: 'discovery_failing', provider: 'p', account: 'main', violation: false },
    ]);
    expect(summaryText(report)).toContain('1 of 2 lists of instances failed.');
  });

  it('leave a violation a violation', async () => {
    const report = await build([{ facts: { sslEnabled: false } }], 30, provider, [failing]);
    expect(report.summary.exit_status).toBe(4);
  });

  it('have not failed where nothing is found, which is a separate finding', async () => {
    const report = await build([], 30, provider, [{ ...complete, found: 0 }]);
    expect(report.findings.map(({ finding }) => finding)).toEqual(['nothing_watched']);
    expect(report.summary.exit_status).toBe(3);
  });

  it('are in each format, and in none without discovery', async () => {
    const report = await build([{}], 30, provider, [complete, failing]);
    const without = await build([{}]);
    const text = (of: typeof report, format: 'table' | 'csv' | 'markdown') =>
      [...renderReport(of, format, { columns: 200, colours: false })].join('');
    expect(text(report, 'table')).toMatch(/main +r-1 +1 +90 s ago/);
    expect(text(report, 'table')).toMatch(/main +r-2 +permission: HTTP status 1; /);
    expect(text(report, 'csv')).toContain('list,,p,main,r-1,,,,discovery,ok,1,');
    expect(text(report, 'csv')).toContain('list,,p,main,r-2,,,,discovery,permission,HTTP status 1,');
    expect(text(report, 'markdown')).toContain('| main | r-1 | 1 | 90 s ago |');
    for (const format of ['table', 'csv', 'markdown'] as const) {
      expect(text(without, format)).not.toMatch(/list of instances|^list,|### Lists/im);
    }
  });
});
