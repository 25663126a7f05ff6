// What the TLS probe saw of the databases, in the dashboard of the fleet.
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { certHostnameMatch, certTrusted, daysUntil, known, serverByProbe, serverExpiry } from './facts.ts';
import { daysLeft, instance, team } from './fleet-tables.ts';
import { countOf, orange, red, tile } from './glance.ts';
import { textsOf } from './panels.ts';
import { open } from './problems.ts';
import { identity, rows } from './queries.ts';
import { stateOf, table, texts, values } from './tables.ts';

const tiles = [
  tile(
    'Plaintext',
    'Databases where a connection without TLS gets as far as authentication. Only for probes that try this.',
    countOf(open('plaintext_accepted'), known.plaintextAccepted, 'plaintext_accepted'),
    red,
  ),
  tile(
    'TLS refused',
    'Databases that do not accept TLS although the API reports SSL as on.',
    countOf(open('tls_refused'), known.tlsAccepted, 'tls_accepted'),
    red,
  ),
  tile(
    'Old TLS',
    'Databases that negotiate TLS 1.0 or 1.1 at best.',
    countOf(open('tls_outdated'), known.tls, 'tls_version'),
    orange,
  ),
  tile(
    'Not trusted',
    'Databases whose certificate chain cannot be verified. Dates are checked, the name is not.',
    countOf(open('certificate_invalid', { alert: 'CloudDBCertificateNotTrusted' }), certTrusted, 'cert_trusted'),
    orange,
  ),
  tile(
    'Other name',
    'Databases whose certificate does not cover the name of the server.',
    countOf(
      open('certificate_invalid', { alert: 'CloudDBCertificateNameMismatch' }),
      certHostnameMatch,
      'cert_hostname_match',
    ),
    orange,
  ),
  tile(
    'Drift',
    'Databases that serve a certificate whose expiry differs from that of the API by more than a day.',
    countOf(open('certificate_drift'), serverExpiry, 'cert_trusted'),
    orange,
  ),
];

/** Of several exporters one. */
const session = rows(`bottomk by (${identity}) (1, ${known.tls})`, ['version', 'cipher']);

const accepted = (one: string, zero: string) => textsOf({ 1: ['accepted', one], 0: ['refused', zero] });
const yesNo = textsOf({ 1: ['yes', 'green'], 0: ['no', 'orange'] });
const { certificateCritical, certificateWarning } = defaultThresholds;

const served = table({
  title: 'What the databases serve',
  description:
    'What the TLS probe found for each database, as last known. Empty: not found, or not tried. The page of the instance shows the chain and the reasons.',
  unit: 'short',
  width: 16,
  height: 10,
  sortBy: ['TLS', 'Trusted', '-Plaintext'],
  noValue: 'No database is probed',
  queries: {
    A: rows(known.tlsAccepted, [], 'min'),
    B: rows(known.plaintextAccepted),
    C: rows(certTrusted, [], 'min'),
    D: rows(certHostnameMatch, [], 'min'),
    E: daysUntil(rows(serverByProbe, [], 'min')),
    F: session,
  },
  without: ['provider', 'account', 'cloud_region', 'instance_id', 'cipher', 'Value #F'],
  columns: [
    values('Value #A', 'TLS', 74, ...stateOf(accepted('green', 'red'))),
    values('version', 'Version', 76),
    values('Value #B', 'Plaintext', 80, ...stateOf(accepted('orange', 'green'))),
    values('Value #C', 'Trusted', 70, ...stateOf(yesNo)),
    values('Value #D', 'Name', 62, ...stateOf(yesNo)),
    values('Value #E', 'Cert', 60, ...daysLeft(certificateCritical, certificateWarning)),
    instance,
    team,
  ],
});

const versions = table({
  title: 'TLS versions',
  description: 'How many databases negotiate each version and cipher suite with the probe, which offers all of them.',
  unit: 'short',
  width: 8,
  height: 10,
  sortBy: ['Version', '-Databases'],
  noValue: 'No database is probed',
  queries: { A: `count by (version, cipher) (${session})` },
  columns: [values('version', 'Version', 76), texts('cipher', 'Cipher suite'), values('Value', 'Databases', 104)],
});

/** A row of six tiles, and two tables. */
export const tlsProbe = [...tiles, served, versions];
