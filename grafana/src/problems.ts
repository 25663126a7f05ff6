// All kinds of problems, as queries. Their words and alerts come from the table of findings.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import type { FindingKind, Severity } from '../../src/model/finding.ts';
import { lateRenewalMs } from '../../src/model/thresholds.ts';
import { instanceRows } from '../../src/posture/table.ts';
import {
  accountBlind,
  checkFailing,
  configurationInvalid,
  credentialsNotRenewed,
  exporterAbsent,
  exporterDown,
  fieldUnreadable,
  nothingWatched,
} from './check-problems.ts';
import { caExpiry, certValid, daysUntil, known, serverExpiry, sslForced, unknown } from './facts.ts';
import {
  andOf,
  columnsOfInstance,
  copied,
  identity,
  joined,
  labelled,
  lastKnown,
  together,
  unlessOf,
} from './queries.ts';

/** The severities of a list of problems as numbers, the worst highest. What is not known has columns and a number of its own. */
export const ranks = { critical: 3, warning: 2, info: 1 } as const satisfies Partial<Record<Severity, number>>;

type Listed = keyof typeof ranks;

/** What the dashboards list: findings, and what has an alert only. */
type Kind = Exclude<FindingKind, 'unknown'> | keyof typeof ofExporters;

/** One case of a kind of problem. */
interface Case {
  kind: Kind;
  severity: Listed;
  /** Query with a value for each instance (certificate, key, check) that has the problem. */
  found: string;
  /** The value is the remaining days. */
  isDays?: boolean;
  /** Sets the label `detail` to what identifies the certificate, key or check. */
  detail?: (vector: string) => string;
}

/** Title and alert of problems of an exporter as such. */
const ofExporters = {
  exporter_absent: { title: 'No exporter is scraped', alert: 'CloudDBExporterAbsent' },
  exporter_down: { title: 'Exporter is down', alert: 'CloudDBExporterDown' },
  configuration_invalid: { title: 'Configuration is invalid', alert: 'CloudDBConfigReloadFailed' },
  credentials_not_renewed: { title: 'Credentials cannot be renewed', alert: 'CloudDBCredentialsNotRenewed' },
} as const;

const ofAccountsAndFleet = {
  account_blind: { title: 'Every check of the account fails', alert: 'CloudDBAccountBlind' },
  nothing_watched: { title: 'Nothing is watched', alert: 'CloudDBNothingWatched' },
} as const;

/** Title and alert of each kind. */
export const kinds: Readonly<Record<string, { title: string; alert: string }>> = {
  ...Object.fromEntries(instanceRows.filter(({ kind }) => kind !== 'unknown').map((row) => [row.kind, row])),
  ...ofAccountsAndFleet,
  ...ofExporters,
};

const server = daysUntil(serverExpiry);
const ca = daysUntil(caExpiry);
const renewed = `${known.autoRenewed} == 1`;
const lateDays = lateRenewalMs / 86_400_000;

const bySource = (vector: string) => copied(copied(vector, 'detail', 'source'), 'detail', 'subject_cn', '.+');
const bySubject = (vector: string) => copied(vector, 'detail', 'subject_cn');
const byKey = (vector: string) => copied(copied(vector, 'detail', 'key_id'), 'detail', 'key_alias', '.+');
const byCheck = (label: string) => (vector: string) => joined(vector, 'detail', ['check', label]);
const byExporter = (vector: string) => copied(vector, 'detail', 'instance');

const keyIdentity = `${identity}, key_id, key_region, kms_cluster_id`;
const disabled = `${known.keyEnabled} == 0`;
const withEnabledKey = `${known.keyEnabled} == 1`;

const expiring = { kind: 'certificate_expiring', isDays: true, detail: bySource } as const;
const caExpiring = { kind: 'ca_expiring', isDays: true, detail: bySubject } as const;

const cases: readonly Case[] = [
  { kind: 'exporter_absent', severity: 'critical', found: exporterAbsent },
  { kind: 'exporter_down', severity: 'critical', found: exporterDown, detail: byExporter },
  { kind: 'account_blind', severity: 'critical', found: accountBlind },
  { kind: 'ssl_disabled', severity: 'critical', found: `(${known.sslEnabled} == 0)` },
  {
    kind: 'certificate_expired',
    severity: 'critical',
    found: `(${server} <= 0)`,
    isDays: true,
    detail: bySource,
  },
  { ...expiring, severity: 'critical', found: unlessOf(`(0 < (${server}) < $crit_days)`, renewed) },
  { ...expiring, severity: 'critical', found: andOf(`(0 < (${server}) < ${lateDays})`, renewed) },
  { kind: 'certificate_invalid', severity: 'critical', found: `(${certValid} == 0)` },
  { ...caExpiring, severity: 'critical', found: `(${ca} < $ca_crit_days)` },
  { kind: 'key_disabled', severity: 'critical', found: unlessOf(`(${disabled})`, withEnabledKey), detail: byKey },

  { kind: 'nothing_watched', severity: 'warning', found: nothingWatched },
  { kind: 'configuration_invalid', severity: 'warning', found: configurationInvalid, detail: byExporter },
  { kind: 'credentials_not_renewed', severity: 'warning', found: credentialsNotRenewed, detail: byExporter },
  { kind: 'ssl_not_forced', severity: 'warning', found: `(${sslForced} == 0)` },
  { ...expiring, severity: 'warning', found: unlessOf(`($crit_days <= (${server}) < $warn_days)`, renewed) },
  { ...caExpiring, severity: 'warning', found: `($ca_crit_days <= (${ca}) < $ca_warn_days)` },
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
  { kind: 'key_disabled', severity: 'info', found: andOf(`(${disabled})`, withEnabledKey), detail: byKey },
  {
    kind: 'key_old',
    severity: 'info',
    found: unlessOf(`(time() - ${known.keyCreated} > $key_age_days * 86400)`, disabled, keyIdentity),
    detail: byKey,
  },
  { kind: 'check_failing', severity: 'info', found: checkFailing('="instance_state"'), detail: byCheck('reason') },
  { kind: 'field_unreadable', severity: 'info', found: fieldUnreadable, detail: byCheck('field') },
];

const acceptedUntil = lastKnown(family.findingAcceptedUntil, { by: ['finding'] });

/** The accepted findings, with the end of the acceptance in unix time. */
export const accepted = `(${acceptedUntil} > time())`;

/** The instances, certificates, keys or checks with an open problem of this kind (and severity). */
export function open(kind: Kind, severity?: Listed): string {
  const found = cases.filter((one) => one.kind === kind && (severity === undefined || one.severity === severity));
  const vector = together(found.map((one) => one.found));
  return unlessOf(`(${vector})`, acceptanceOf(kind));
}

function acceptanceOf(kind: string): string {
  return `${lastKnown(family.findingAcceptedUntil, { where: `finding="${kind}"` })} > time()`;
}

/** Each instance of which something is not known, unless that is accepted. */
export const openUnknown = unlessOf(unknown, acceptanceOf('unknown'));

/**
 * One series for each open problem of these severities; the value is the number of days that are left, 0 where there is
 * no date.
 */
export function openProblems(severities: readonly Listed[] = ['critical', 'warning', 'info']): string {
  const rows = cases
    .filter(({ severity }) => severities.includes(severity))
    .map(({ kind, severity, found, isDays = false, detail = (vector: string) => vector }) =>
      labelled(detail(isDays ? found : `0 * ${found}`), {
        severity: String(ranks[severity]),
        finding: kind,
        alert: kinds[kind]?.alert ?? '',
      }),
    );
  const columns = `severity, finding, detail, alert, known, ${columnsOfInstance}`;
  const all = `max by (${columns}) (${copied(`\n${together(rows)}\n`, 'team', '$team_label')})`;
  return unlessOf(all, accepted, `${identity}, finding`);
}
