// All kinds of problems of instances, each with the alert that has its runbook.
import {
  autoRenewed,
  certificateUnknown,
  certValid,
  checkSuccess,
  daysLeft,
  encryptedAtRest,
  keyCreated,
  keyEnabled,
  keyLabels,
  sslEnabled,
  sslForced,
  unreadableField,
} from './facts.ts';
import { andOf, copied, identity, labelled, together, unlessOf } from './queries.ts';

/** Base URL of the runbooks; followed by the name of the alert and `.md`. */
export const runbooks =
  'https://github.com/clouddb-encryption-exporter/clouddb-encryption-exporter/blob/main/docs/runbooks/';

/** One kind of problem. */
interface Problem {
  alert: string;
  severity: 'critical' | 'warning' | 'info';
  text: string;
  /** Query with a value for each instance (certificate, key, check) that has the problem. */
  found: string;
  /** The value is the remaining days; otherwise the problem exists now. */
  isDays?: boolean;
  /** The label that identifies the certificate, key or check. */
  detail?: string;
}

const server = daysLeft('server');
const ca = daysLeft('ca');
const renewed = `${autoRenewed} == 1`;
const keyIdentity = `${identity}, ${keyLabels.filter((label) => label !== 'key_alias').join(', ')}`;

const expiring = { alert: 'CloudDBCertificateExpiring', text: 'server certificate expires', isDays: true } as const;
const caExpiring = {
  alert: 'CloudDBCACertificateExpiring',
  text: 'CA certificate expires',
  isDays: true,
  detail: 'subject_cn',
} as const;

const problems: readonly Problem[] = [
  {
    alert: 'CloudDBCertificateExpired',
    severity: 'critical',
    text: 'certificate expired',
    found: `(${daysLeft('server', 'ca')}) <= 0`,
    isDays: true,
    detail: 'certificate',
  },
  { ...expiring, severity: 'critical', found: unlessOf(`(0 < (${server}) < $crit_days)`, renewed) },
  // Where the provider renews automatically, only a late renewal.
  { ...expiring, severity: 'warning', found: andOf(`(0 < (${server}) < $crit_days)`, renewed) },
  { ...expiring, severity: 'warning', found: unlessOf(`($crit_days <= (${server}) < $warn_days)`, renewed) },
  { ...caExpiring, severity: 'critical', found: `0 < (${ca}) < $ca_crit_days` },
  { ...caExpiring, severity: 'warning', found: `$ca_crit_days <= (${ca}) < $ca_warn_days` },
  {
    alert: 'CloudDBCertificateInvalid',
    severity: 'critical',
    text: 'certificate reported invalid',
    found: `${certValid} == 0`,
  },
  {
    alert: 'CloudDBCertificateUnknown',
    severity: 'warning',
    text: 'SSL on, certificate expiry unknown',
    found: certificateUnknown,
  },
  { alert: 'CloudDBSSLDisabled', severity: 'critical', text: 'SSL is off', found: `${sslEnabled} == 0` },
  { alert: 'CloudDBSSLNotForced', severity: 'warning', text: 'SSL is not forced', found: `${sslForced} == 0` },
  {
    alert: 'CloudDBKMSKeyDisabled',
    severity: 'critical',
    text: 'key is disabled',
    found: `${keyEnabled} == 0`,
    detail: 'key_alias',
  },
  {
    alert: 'CloudDBNotEncryptedAtRest',
    severity: 'warning',
    text: 'not encrypted at rest',
    found: `${encryptedAtRest} == 0`,
  },
  {
    alert: 'CloudDBKMSKeyOld',
    severity: 'info',
    text: 'key is older than a year',
    found: unlessOf(`(time() - ${keyCreated} > 365 * 86400)`, `${keyEnabled} == 0`, keyIdentity),
    detail: 'key_alias',
  },
  {
    alert: 'CloudDBCheckFailing',
    severity: 'warning',
    text: 'check fails',
    found: `${checkSuccess} == 0`,
    detail: 'check',
  },
  {
    alert: 'CloudDBFieldUnreadable',
    severity: 'info',
    text: 'field of the API not understood',
    found: unreadableField,
    detail: 'field',
  },
];

/** One row for each problem of each instance, fewest remaining days first; 0 means now. */
export function problemRows(): string {
  const rows = problems.map(({ alert, severity, text, found, isDays = false, detail }) => {
    const days = isDays ? found : `0 * (${found})`;
    return labelled(detail === undefined ? days : copied(days, 'detail', detail), { alert, severity, problem: text });
  });
  const columns = `severity, problem, detail, alert, team, instance_name, ${identity}`;
  return `sort(max by (${columns}) (${copied(`\n${together(rows)}\n`, 'team', '$team_label')}))`;
}
