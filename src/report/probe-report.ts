// The report of one TLS probe: each result in words, what is wrong, and the exit status of the command.
import { cleanText, visibleText } from '../model/clean-text.ts';
import { addressText, type DatabaseProtocol } from '../model/database.ts';
import { distrusts } from '../model/distrust.ts';
import type { Certificate, Facts } from '../model/facts.ts';
import type { Failure } from '../model/failure.ts';
import { countText, timeText } from '../model/wording.ts';
import { outdatedTls } from '../posture/fact-rows.ts';
import { caCertificates, mismatchText, serverCertificates, timeLeftMs } from '../posture/subject.ts';
import { daysLeft, reportCertificate } from './facts.ts';

/** What the report is built from. */
export interface ProbeReportInput {
  host: string;
  port: number;
  protocol: DatabaseProtocol;
  /** The name that the certificate must cover. */
  serverName: string;
  /** The file of the CAs that are trusted; undefined: those of the system. */
  caFile: string | undefined;
  /** Whether a session without TLS was tried. */
  plaintext: boolean;
  /** Days for which a certificate must still be valid. */
  minDays: number;
  facts: Facts;
  /** Why not all is known. */
  failure?: Failure | undefined;
  /** When it finished, in unix milliseconds. */
  nowMs: number;
  durationMs: number;
  version: string;
}

/** One result. A violation makes the exit status 4; `info` is no problem of the database now. */
interface ProbeResultLine {
  check: 'TLS' | 'trust' | 'name' | 'expiry' | 'CA' | 'plaintext' | 'failure';
  level: 'ok' | 'violation' | 'unknown' | 'info';
  /** The finding that the exporter reports for it. */
  finding?: string;
  /** In words; of a violation with what to do. */
  detail: string;
}

const ok = (check: ProbeResultLine['check'], detail: string): ProbeResultLine => ({ check, level: 'ok', detail });
const unknown = (check: ProbeResultLine['check'], detail: string): ProbeResultLine => ({
  check,
  level: 'unknown',
  detail,
});
const wrong = (check: ProbeResultLine['check'], finding: string, detail: string): ProbeResultLine => ({
  check,
  level: 'violation',
  finding,
  detail,
});

/** `--format json`: what is not known is absent. */
export function probeJson(report: ProbeReport): string {
  return `${JSON.stringify(report, (_, value: unknown) => value ?? undefined, 2)}\n`;
}

/** Everything that the command prints. */
export type ProbeReport = ReturnType<typeof buildProbeReport>;

export function buildProbeReport(input: ProbeReportInput) {
  const { facts, failure, nowMs, durationMs, version, minDays } = input;
  const results = resultsOf(input);
  return {
    probed_at: new Date(nowMs).toISOString(),
    version,
    address: addressText(input),
    protocol: input.protocol,
    server_name: input.serverName,
    ca_file: input.caFile === undefined ? undefined : visibleText(input.caFile),
    min_days: minDays,
    duration_seconds: Math.round(durationMs) / 1000,
    exit_status: statusOf(results),
    results,
    tls_accepted: facts.tlsAccepted,
    tls_version: facts.tlsSession?.version,
    cipher: facts.tlsSession?.cipher,
    cert_trusted: facts.certTrusted,
    cert_distrust: facts.certDistrust,
    cert_hostname_match: facts.certHostnameMatch,
    cert_name_source: facts.certNameSource,
    cert_names: facts.certNames,
    plaintext_accepted: facts.plaintextAccepted,
    failure: failure && { reason: failure.reason, message: visibleText(failure.message) },
    certificates: (facts.certificates ?? []).map((certificate) => ({
      ...reportCertificate(certificate, nowMs),
      not_before_timestamp_seconds: certificate.notBeforeSeconds,
      not_after_timestamp_seconds: certificate.notAfterSeconds,
    })),
  };
}

/** As that of the report: a violation does not become less certain because something else is not known. */
function statusOf(results: readonly ProbeResultLine[]): 0 | 3 | 4 {
  if (results.some(({ level }) => level === 'violation')) return 4;
  return results.some(({ level }) => level === 'unknown') ? 3 : 0;
}

function resultsOf(input: ProbeReportInput): ProbeResultLine[] {
  const { facts, failure } = input;
  const failed = failure && unknown('failure', `${failure.reason}: ${visibleText(failure.message)}`);
  if (failed !== undefined && facts.tlsAccepted === undefined && facts.plaintextAccepted === undefined) return [failed];
  return [
    tlsResult(facts),
    ...(facts.tlsAccepted === true
      ? [trustResult(input), nameResult(input), expiryResult(input), ...caResults(input)]
      : []),
    plaintextResult(input),
    ...(failed === undefined ? [] : [failed]),
  ];
}

/** A server that requires a client certificate can do this up to TLS 1.2. */
const notCompleted =
  'the server closed the handshake after it had sent its certificate: it may require a client certificate';

function tlsResult({ tlsAccepted, tlsSession }: Facts): ProbeResultLine {
  if (tlsAccepted === undefined) return unknown('TLS', 'not known');
  if (!tlsAccepted) {
    return wrong('TLS', 'tls_refused', 'REFUSED: turn TLS on in the database, and check that this is its address');
  }
  if (tlsSession === undefined) return unknown('TLS', `accepted; version and cipher are not known: ${notCompleted}`);
  const { version, cipher } = tlsSession;
  const session = `${version}, ${cipher}`;
  return outdatedTls.includes(version)
    ? wrong('TLS', 'tls_outdated', `OUTDATED: ${session} (RFC 8996): have the database offer TLS 1.2 or later`)
    : ok('TLS', session);
}

function trustResult({ facts: { certTrusted, certDistrust = 'invalid' }, caFile }: ProbeReportInput): ProbeResultLine {
  if (certTrusted === undefined) return unknown('trust', `not known: ${notCompleted}`);
  const by = caFile === undefined ? 'the CAs of the system' : `the CAs in ${visibleText(caFile)}`;
  if (certTrusted) return ok('trust', `trusted by ${by}`);
  const other = caFile === undefined ? '; --ca-file FILE trusts the CA in it' : '';
  return wrong('trust', 'certificate_invalid', `NOT TRUSTED by ${by}: ${distrusts[certDistrust]}${other}`);
}

function nameResult({ facts, serverName }: ProbeReportInput): ProbeResultLine {
  const { certHostnameMatch: matches, certNameSource: source } = facts;
  if (matches === undefined) return unknown('name', 'not known: no certificate was served');
  if (!matches) {
    const advice = 'connect by a name that it covers (--server-name), or issue it for this name';
    return wrong('name', 'certificate_invalid', `NOT COVERED: ${mismatchText(facts)}: ${advice}`);
  }
  if (source === 'san') return ok('name', `covers ${serverName} by its subjectAltName`);
  const advice = 'current clients no longer accept that (RFC 9525): issue it with a subjectAltName';
  return { check: 'name', level: 'info', detail: `covers ${serverName} by its common name only; ${advice}` };
}

function expiryResult(input: ProbeReportInput): ProbeResultLine {
  const [leaf] = serverCertificates(input.facts);
  if (leaf === undefined) return unknown('expiry', 'not known: no certificate with a known expiry was served');
  return validityProblem(leaf, input) ?? ok('expiry', expiryWords(leaf, input.nowMs));
}

/** Of each subject the CA certificate that expires last. */
function caResults(input: ProbeReportInput): ProbeResultLine[] {
  return caCertificates(input.facts).flatMap((ca) => validityProblem(ca, input) ?? []);
}

function validityProblem(certificate: Certificate, { nowMs, minDays }: ProbeReportInput): ProbeResultLine | undefined {
  const isCa = certificate.certificate === 'ca';
  const check = isCa ? 'CA' : 'expiry';
  const words = `${isCa ? `${cleanText(certificate.subjectCn)}: ` : ''}${expiryWords(certificate, nowMs)}`;
  const expiring = isCa ? 'ca_expiring' : 'certificate_expiring';
  if (timeLeftMs(certificate, nowMs) <= 0) {
    return wrong(check, isCa ? expiring : 'certificate_expired', `EXPIRED: ${words}: renew the certificate`);
  }
  const { notBeforeSeconds = 0 } = certificate;
  if (notBeforeSeconds * 1000 > nowMs) {
    const until = timeText(notBeforeSeconds * 1000);
    return wrong(
      check,
      'certificate_invalid',
      `NOT YET VALID: ${words}, not before ${until}: check the clocks, or wait`,
    );
  }
  if (daysLeft(certificate, nowMs) >= minDays) return undefined;
  return wrong(check, expiring, `${words}, fewer than ${minDays}: renew the certificate, or lower --min-days`);
}

/** E.g. `2026-12-10 04:11:13 UTC, 13 days left`. */
export function expiryWords(certificate: Certificate, nowMs: number): string {
  const days = Math.floor(Math.abs(daysLeft(certificate, nowMs)));
  const distance = countText(days, 'day');
  const words = timeLeftMs(certificate, nowMs) <= 0 ? `${distance} ago` : `${distance} left`;
  return `${timeText(certificate.notAfterSeconds * 1000)}, ${words}`;
}

const requireTls: Readonly<Record<DatabaseProtocol, string>> = {
  postgres: 'allow only hostssl in pg_hba.conf',
  mysql:
    'set require_secure_transport; where it is on, confirm with a real user: MySQL answers the same to an unknown one',
};

/** What decides is a line of pg_hba.conf, or the state of the server. */
const asWhom: Readonly<Record<DatabaseProtocol, string>> = {
  postgres:
    ' for user clouddb_probe and database postgres from this host; another line of pg_hba.conf may accept others',
  mysql: ': sessions without TLS are not accepted',
};

function plaintextResult(input: ProbeReportInput): ProbeResultLine {
  const { plaintext, protocol, facts } = input;
  const { plaintextAccepted, tlsAccepted } = facts;
  if (!plaintext) {
    return { check: 'plaintext', level: 'info', detail: 'not tried: --plaintext tries a session without TLS' };
  }
  if (plaintextAccepted === undefined) return unknown('plaintext', 'not known');
  if (!plaintextAccepted) return ok('plaintext', `refused${asWhom[protocol]}`);
  const what = 'a session without TLS gets as far as authentication';
  const advice = tlsAccepted === false ? 'turn TLS on first, then refuse sessions without it' : requireTls[protocol];
  return wrong('plaintext', 'plaintext_accepted', `ACCEPTED: ${what}: ${advice}`);
}
