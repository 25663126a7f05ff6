// All kinds of problems, as queries. Their words and alerts come from the table of findings.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import type { FindingKind, Severity } from '../../src/model/finding.ts';
import {
  accountBlind,
  checkFailing,
  configurationInvalid,
  credentialsNotRenewed,
  exporterAbsent,
  exporterDown,
  fieldUnreadable,
  listedBefore,
  neverListed,
  nothingWatched,
} from './check-problems.ts';
import {
  caExpiry,
  certHostnameMatch,
  certTrusted,
  certValid,
  daysUntil,
  drift,
  known,
  lateDays,
  outdatedTls,
  renewed,
  serverExpiry,
  sslForced,
  unknown,
} from './facts.ts';
import { listedRows, type OtherProblem, ofOthers } from './listed-rows.ts';
import {
  andOf,
  columnsOfInstance,
  copied,
  distinct,
  identity,
  joined,
  labelled,
  ofSelected,
  reportedOrRecorded,
  rows,
  together,
  unlessOf,
} from './queries.ts';

/**
 * The severities of a list of problems as numbers, the worst highest. What is not known has its own columns and number.
 */
export const ranks = { critical: 3, warning: 2, info: 1 } as const satisfies Partial<Record<Severity, number>>;

type Listed = keyof typeof ranks;

/** What the dashboards list: findings, and what has an alert only. */
type Kind = Exclude<FindingKind, 'unknown'> | OtherProblem;

/** One case of a kind of problem. */
interface Case {
  kind: Kind;
  /** Where the table has several rows of the kind. */
  alert?: string;
  severity: Listed;
  /** Query with a value for each instance (certificate, key, check) that has the problem. */
  found: string;
  /** The value is the unix time of an expiry. */
  isExpiry?: boolean;
  /** Sets the label `detail` to what identifies the certificate, key or check. */
  detail?: (vector: string) => string;
}

const alertOf = ({ kind, alert }: Case) => alert ?? listedRows.find((row) => row.kind === kind)?.alert ?? '';

/** Less than so many days from now. */
const within = (days: string | number) => `< time() + ${days} * 86400`;
const notWithin = (days: string) => `>= time() + ${days} * 86400`;
const notExpired = '> time()';

const bySource = (vector: string) => copied(copied(vector, 'detail', 'source'), 'detail', 'subject_cn', '.+');
const bySubject = (vector: string) => copied(vector, 'detail', 'subject_cn');
const byKey = (vector: string) => copied(copied(vector, 'detail', 'key_id'), 'detail', 'key_alias', '.+');
const byCheck = (label: string) => (vector: string) => joined(vector, 'detail', ['check', label]);
const byRegion = (vector: string) => copied(vector, 'detail', 'cloud_region');
const byExporter = (vector: string) => copied(vector, 'detail', 'instance');

const keyIdentity = `${identity}, key_id, key_region, kms_cluster_id`;
const disabled = `(${known.keyEnabled} == 0)`;
const withEnabledKey = `(${known.keyEnabled} == 1)`;

const expiring = { kind: 'certificate_expiring', isExpiry: true, detail: bySource } as const;
const discoveryFailing = { kind: 'discovery_failing', severity: 'warning', detail: byRegion } as const;
const certificateInvalid = { kind: 'certificate_invalid', severity: 'warning' } as const;
const caExpiring = { kind: 'ca_expiring', isExpiry: true, detail: bySubject } as const;

const cases: readonly Case[] = [
  { kind: 'exporter_absent', severity: 'critical', found: exporterAbsent },
  { kind: 'exporter_down', severity: 'critical', found: exporterDown, detail: byExporter },
  { kind: 'account_blind', severity: 'critical', found: accountBlind },
  { kind: 'ssl_disabled', severity: 'critical', found: `(${known.sslEnabled} == 0)` },
  {
    kind: 'plaintext_accepted',
    severity: 'critical',
    found: andOf(`(${known.plaintextAccepted} == 1)`, `(${known.sslForced} == 1)`),
  },
  {
    kind: 'tls_refused',
    severity: 'critical',
    found: andOf(`(${known.tlsAccepted} == 0)`, `(${known.sslEnabled} == 1)`),
  },
  {
    kind: 'certificate_expired',
    severity: 'critical',
    found: `(${serverExpiry} <= time())`,
    isExpiry: true,
    detail: bySource,
  },
  {
    ...expiring,
    severity: 'critical',
    found: unlessOf(`(${serverExpiry} ${notExpired} ${within('$crit_days')})`, renewed),
  },
  { ...expiring, severity: 'critical', found: andOf(`(${serverExpiry} ${notExpired} ${within(lateDays)})`, renewed) },
  { kind: 'certificate_invalid', severity: 'critical', found: `(${certValid} == 0)` },
  { ...caExpiring, severity: 'critical', found: `(${caExpiry} ${within('$ca_crit_days')})` },
  { kind: 'key_disabled', severity: 'critical', found: unlessOf(disabled, withEnabledKey), detail: byKey },

  { ...discoveryFailing, alert: 'CloudDBDiscoveryNeverSucceeded', found: neverListed },
  { ...discoveryFailing, alert: 'CloudDBDiscoveryFailing', found: listedBefore },
  { kind: 'nothing_watched', severity: 'warning', found: nothingWatched },
  { kind: 'configuration_invalid', severity: 'warning', found: configurationInvalid, detail: byExporter },
  { kind: 'credentials_not_renewed', severity: 'warning', found: credentialsNotRenewed, detail: byExporter },
  { kind: 'ssl_not_forced', severity: 'warning', found: `(${sslForced} == 0)` },
  {
    kind: 'plaintext_accepted',
    severity: 'warning',
    found: unlessOf(`(${known.plaintextAccepted} == 1)`, `(${known.sslForced} == 1)`),
  },
  {
    kind: 'tls_outdated',
    severity: 'warning',
    found: outdatedTls,
    detail: (vector) => copied(vector, 'detail', 'version'),
  },
  { ...certificateInvalid, alert: 'CloudDBCertificateNotTrusted', found: `(${certTrusted} == 0)` },
  { ...certificateInvalid, alert: 'CloudDBCertificateNameMismatch', found: `(${certHostnameMatch} == 0)` },
  { kind: 'certificate_drift', severity: 'warning', found: drift, detail: bySource },
  {
    ...expiring,
    severity: 'warning',
    found: unlessOf(`(${serverExpiry} ${notWithin('$crit_days')} ${within('$warn_days')})`, renewed),
  },
  {
    ...caExpiring,
    severity: 'warning',
    found: `(${caExpiry} ${notWithin('$ca_crit_days')} ${within('$ca_warn_days')})`,
  },
  {
    kind: 'not_encrypted_at_rest',
    severity: 'warning',
    found: `(${known.keys} == 0 or ${unlessOf(`(${known.atRest} == 0)`, known.keys)})`,
  },
  { kind: 'check_failing', severity: 'warning', found: checkFailing('!="instance_state"'), detail: byCheck('reason') },

  {
    kind: 'certificate_unknown',
    severity: 'info',
    found: unlessOf(`(${known.sslEnabled} == 1)`, serverExpiry),
  },
  { kind: 'key_disabled', severity: 'info', found: andOf(disabled, withEnabledKey), detail: byKey },
  {
    kind: 'key_old',
    severity: 'info',
    found: unlessOf(`(${known.keyCreated} < time() - $key_age_days * 86400)`, disabled, keyIdentity),
    detail: byKey,
  },
  { kind: 'check_failing', severity: 'info', found: checkFailing('="instance_state"'), detail: byCheck('reason') },
  { kind: 'field_unreadable', severity: 'info', found: fieldUnreadable, detail: byCheck('field') },
];

/** The accepted findings, with the end of the acceptance in unix time; not selected yet. @param where matchers */
export const acceptances = (where = '') => `(${reportedOrRecorded(family.findingAcceptedUntil, where)} > time())`;

/** One row for each accepted finding, with the end of the acceptance in unix time. */
export const accepted = rows(acceptances(), ['finding']);

/** Each instance of which something is not known, unless that is accepted. */
export const openUnknown = unlessOf(unknown, acceptances('finding="unknown"'));

/** The instances with an open problem of this severity; not selected yet. */
export function withProblems(severity: Listed): string {
  const found = cases.filter((one) => one.severity === severity && !Object.hasOwn(ofOthers, one.kind));
  const kindsOf = [...new Set(found.map(({ kind }) => kind))];
  const series = kindsOf.map((kind) => {
    const ofKind = together(found.filter((one) => one.kind === kind).map((one) => one.found));
    return labelled(`(${ofKind})`, { finding: kind });
  });
  return unlessOf(`(\n${together(series)}\n)`, acceptances(), `${identity}, finding`);
}

/** Labels that distinguish the problems of an instance. */
const partLabels = ['certificate', 'source', 'subject_cn', 'key_id', 'key_region', 'kms_cluster_id', 'check', 'field'];

/** The instances, certificates, keys or checks with an open problem of this kind, with one severity or alert only. */
export function open(kind: Kind, only: { severity?: Listed; alert?: string } = {}): string {
  const found = cases.filter(
    (one) =>
      one.kind === kind &&
      (only.severity === undefined || one.severity === only.severity) &&
      (only.alert === undefined || alertOf(one) === only.alert),
  );
  const vector = together(found.map((one) => one.found));
  return distinct(unlessOf(`(${vector})`, acceptances(`finding="${kind}"`)), partLabels);
}

/**
 * One row for each open problem of these severities; the value is the number of days that are left, 0 where there is no
 * date. The label `known` is "last known" where the exporter does not report it any more.
 */
export function openProblems(severities: readonly Listed[] = ['critical', 'warning', 'info']): string {
  const chosen = cases.filter(({ severity }) => severities.includes(severity));
  const ofInstances = chosen.filter(({ kind }) => !Object.hasOwn(ofOthers, kind));
  const dated = ofInstances.filter(({ isExpiry = false }) => isExpiry);
  const parts = [
    ...(dated.length > 0 ? [daysUntil(listed(dated))] : []),
    `0 * ${listed(ofInstances.filter((one) => !dated.includes(one)))}`,
  ];
  const open = unlessOf(ofSelected(`(${together(parts)})`), acceptances(), `${identity}, finding`);
  const others = chosen.filter((one) => !ofInstances.includes(one));
  const all = others.length > 0 ? `${open}\nor\n0 * ${listed(others)}` : open;
  const columns = `severity, finding, detail, alert, known, ${columnsOfInstance}`;
  return `max by (${columns}) (${copied(`\n${all}\n`, 'team', '$team_label')})`;
}

/** The series of these cases with the labels of a row. */
function listed(of: readonly Case[]): string {
  const series = of.map((one) => {
    const { kind, severity, found, detail = (vector: string) => vector } = one;
    return labelled(detail(found), { severity: String(ranks[severity]), finding: kind, alert: alertOf(one) });
  });
  return `label_replace(\n${together(series)}\n, "known", "last known", "__name__", ".+:last")`;
}
