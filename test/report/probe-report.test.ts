// What a probe prints, word for word, and hostile names in it.
import { describe, expect, it } from 'vitest';
import { buildProbeReport, type ProbeReportInput, probeJson } from '../../src/report/probe-report.ts';
import { renderProbe } from '../../src/report/probe-text.ts';

const nowMs = Date.UTC(2026, 10, 26, 4, 11, 13);
const seconds = (days: number) => nowMs / 1000 + days * 86_400;

const input: ProbeReportInput = {
  host: 'db.example.com',
  port: 5432,
  protocol: 'postgres',
  serverName: 'db.example.com',
  caFile: undefined,
  plaintext: true,
  minDays: 30,
  facts: {
    tlsAccepted: true,
    plaintextAccepted: false,
    tlsSession: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    certTrusted: false,
    certDistrust: 'self_signed',
    certHostnameMatch: true,
    certNameSource: 'san',
    certificates: [
      {
        certificate: 'server',
        source: 'tls_probe',
        subjectCn: 'db.example.com',
        issuerCn: 'db.example.com',
        serial: '0191C7',
        fingerprintSha256: '1d54c9764dd7f52060aa40b7eea2a7e2204810451c937da0404ed1268e1242d9',
        notBeforeSeconds: seconds(-351),
        notAfterSeconds: seconds(13.9),
      },
    ],
  },
  nowMs,
  durationMs: 23.4,
  version: '1.2.3',
};

const text = (report: ProbeReportInput) =>
  [...renderProbe(buildProbeReport(report), { columns: 100, colours: false })].join('');

describe('the text of a probe', () => {
  it('has each result with what to do, the served chain, and the exit status', () => {
    expect(text(input)).toBe(`\
db.example.com:5432, protocol of PostgreSQL, probed in 23 ms

RESULT     CHECK      DETAIL
ok         TLS        TLSv1.3, TLS_AES_256_GCM_SHA384
violation  trust      NOT TRUSTED by the CAs of the system: the certificate is self-signed: trust
                      it, or install one of a CA; --ca-file FILE trusts the CA in it
ok         name       covers db.example.com by its subjectAltName
violation  expiry     2026-12-10 01:47:13 UTC, 13 days left, fewer than 30: renew the certificate,
                      or lower --min-days
ok         plaintext  refused for user clouddb_probe and database postgres from this host; another
                      line of pg_hba.conf may accept others

SERVED  CERTIFICATE
server  subject: db.example.com
        issuer: db.example.com
        serial: 0191C7
        not before: 2025-12-10T04:11:13Z
        not after: 2026-12-10T01:47:13Z, days left: 13
        SHA-256: 1d54c9764dd7f52060aa40b7eea2a7e2204810451c937da0404ed1268e1242d9

2 violations. Exit status 4.
`);
  });

  it('has no table of certificates where none is known', () => {
    expect(text({ ...input, facts: { tlsAccepted: false }, plaintext: false })).toBe(`\
db.example.com:5432, protocol of PostgreSQL, probed in 23 ms

RESULT     CHECK      DETAIL
violation  TLS        REFUSED: turn TLS on in the database, and check that this is its address
info       plaintext  not tried: --plaintext tries a session without TLS

1 violation. Exit status 4.
`);
  });

  it('counts a certificate that expires this second as expired', () => {
    const { certificates: [leaf] = [] } = input.facts;
    if (leaf === undefined) throw new Error('no certificate');
    const expiring = (days: number) => {
      const certificates = [{ ...leaf, notAfterSeconds: seconds(days) }];
      const { results } = buildProbeReport({ ...input, minDays: 0, facts: { ...input.facts, certificates } });
      return results.find(({ check }) => check === 'expiry');
    };
    expect(expiring(0)).toMatchObject({ finding: 'certificate_expired' });
    expect(expiring(-0.5)).toMatchObject({ finding: 'certificate_expired' });
    expect(expiring(0.001)).toMatchObject({ level: 'ok' });
  });
});

describe('the JSON of a probe', () => {
  it('has nothing for what is not known', () => {
    const leaf = { certificate: 'server', source: 'tls_probe', subjectCn: '', notAfterSeconds: seconds(90) } as const;
    const facts = { tlsAccepted: true, certificates: [leaf] };
    const printed = JSON.parse(probeJson(buildProbeReport({ ...input, facts }))) as Record<string, unknown>;
    expect(Object.keys(printed).filter((key) => /^(?:tls|cert|cipher|plaintext|failure|ca)_?/.test(key))).toEqual([
      'tls_accepted',
      'certificates',
    ]);
    expect(printed['certificates']).toEqual([
      {
        certificate: 'server',
        source: 'tls_probe',
        subject_cn: '',
        not_after: '2027-02-24T04:11:13.000Z',
        days_remaining: 90,
        not_after_timestamp_seconds: seconds(90),
      },
    ]);
  });
});

describe('names in a certificate', () => {
  it('are shown without control characters, at most 200 characters of them', () => {
    const subjectCn = `\u001b[31m${'x'.repeat(300)}\n\u202e`;
    const ca = { certificate: 'ca', source: 'tls_probe', subjectCn, notAfterSeconds: seconds(1) } as const;
    const report = { ...input, facts: { ...input.facts, certificates: [ca] } };
    for (const shown of [text(report), probeJson(buildProbeReport(report))]) {
      expect(shown).not.toMatch(/[^\n -~]/);
      expect(shown).not.toContain('x'.repeat(201));
    }
  });
});
