// The shape of a report: what `--format json` prints, and what the other formats show.
import * as z from 'zod';
import { factNames } from '../model/facts.ts';
import { reasonNames } from '../model/failure.ts';
import { severities } from '../model/finding.ts';

const time = z.iso.datetime().nullable();
const count = z.int().min(0);

const acceptance = z.strictObject({ until: z.iso.datetime(), reason: z.string() });

const shown = {
  title: z.string(),
  detail: z.string(),
  advice: z.string(),
  alert: z.string(),
  runbook: z.url(),
  expires_at: time.describe('of the certificate that it is about'),
  violation: z.boolean().describe('whether it makes the exit status 4'),
  accepted: acceptance.nullable().describe('set while the operator accepts it: it then does not count'),
};

const finding = z.strictObject({
  finding: z.string().describe('its name, as in `accept` of the configuration'),
  severity: z.enum(severities).describe('where it is accepted, too'),
  ...shown,
  last_known_at: time.describe('set where it follows only from facts older than max_stale'),
});

const wideFinding = finding.extend({
  provider: z.string().nullable().describe('null unless it is about an account'),
  account: z.string().nullable().describe('null: it is about the exporter'),
});

const days = z.number().describe('in hundredths, rounded down; negative once it has expired');

const belowMinDays = z.strictObject({
  certificate: z.enum(['server', 'ca']),
  subject_cn: z.string(),
  days_remaining: days,
  ...shown,
});

const certificate = z.strictObject({
  certificate: z.enum(['server', 'ca']),
  source: z.string(),
  subject_cn: z.string(),
  issuer_cn: z.string().nullable(),
  serial: z.string().nullable(),
  fingerprint_sha256: z.string().nullable(),
  not_before: time,
  not_after: z.iso.datetime(),
  days_remaining: days,
});

const tlsSession = z.strictObject({ version: z.string(), cipher: z.string() });

const key = z.strictObject({
  key_id: z.string(),
  key_alias: z.string(),
  key_region: z.string(),
  kms_cluster_id: z.string(),
  enabled: z.boolean().nullable(),
  created: time,
});

const tenant = z.strictObject({
  tenant_id: z.string(),
  tenant_name: z.string(),
  encrypted: z.boolean().nullable(),
});

const fact = z.strictObject({
  fact: z.enum(factNames),
  check: z.string().nullable(),
  source: z.string().nullable().describe('the field of the API, or what else shows it'),
  state: z
    .enum(['known', 'stale', 'unknown', 'not_reported', 'unsupported', 'not_checked', 'not_available'])
    .describe(
      'stale: older than max_stale. unknown: its check fails or has not finished. not_reported: absent or empty in the last response. unsupported: this edition of the database does not have it. not_checked: its check is not configured. not_available: the provider does not report it.',
    ),
  value: z
    .union([z.boolean(), tlsSession, z.array(certificate), z.array(key), z.array(tenant)])
    .nullable()
    .describe('null unless it is known or stale'),
  note: z.string().nullable().describe('what explains the value, e.g. why a certificate is not trusted'),
  reported_at: time,
  age_seconds: z.number().nullable(),
});

const check = z.strictObject({
  check: z.string(),
  success: z.boolean().describe('of the last attempt; true where it is unsupported'),
  reason: z.enum(reasonNames).nullable(),
  message: z.string().nullable(),
  hint: z.string().nullable().describe('what to do'),
  attempted_at: time,
  last_success_at: time,
});

const list = z.strictObject({
  provider: z.string(),
  account: z.string(),
  cloud_region: z.string().describe('empty where the provider has none'),
  instances: count.nullable().describe('of the list that are watched; null: there is no complete list'),
  success: z.boolean().describe('of the last attempt'),
  reason: z.enum(reasonNames).nullable(),
  message: z.string().nullable(),
  hint: z.string().nullable().describe('what to do'),
  attempted_at: time,
  last_success_at: time,
});

/** Of an instance, from worst to best. */
export const levels = [...severities, 'accepted', 'ok'] as const;

const instance = z.strictObject({
  provider: z.string(),
  account: z.string(),
  cloud_region: z.string(),
  instance_id: z.string(),
  instance_name: z.string(),
  labels: z.record(z.string(), z.string()),
  severity: z
    .enum(levels)
    .describe('of the worst of `findings`; accepted: all that is found is accepted; ok: nothing is found'),
  findings: z.array(finding).describe('the worst first, then those that are accepted'),
  violations: z
    .array(belowMinDays)
    .describe(
      'certificates with fewer days left than min_days that are in no finding: they do not change the severity',
    ),
  notes: z.array(z.string()).describe('acceptances without effect'),
  checks: z.array(check),
  facts: z.array(fact),
});

const bySeverity = z.strictObject({ critical: count, unknown: count, warning: count, info: count });

export const reportSchema = z.strictObject({
  generated_at: z.iso.datetime(),
  version: z.string(),
  config_file: z.string(),
  min_days: z.number(),
  summary: z.strictObject({
    exit_status: z.union([z.literal(0), z.literal(3), z.literal(4)]),
    instances: count,
    instances_by_severity: bySeverity.extend({ accepted: count, ok: count }),
    findings_by_severity: bySeverity.describe('without those that are accepted'),
    accepted_findings: count,
    violations: count.describe('in all `findings` and `violations`'),
    checks: count,
    failed_checks: count,
    lists: count,
    failed_lists: count,
  }),
  findings: z.array(wideFinding).describe('of accounts and of the exporter'),
  lists: z.array(list).describe('of instances, where accounts have discovery'),
  instances: z.array(instance).describe('the worst first'),
});

/** Everything that a report shows. Times are ISO 8601 in UTC. */
export type Report = z.infer<typeof reportSchema>;
export type ReportedList = Report['lists'][number];
export type ReportedInstance = Report['instances'][number];
export type ReportedFinding = ReportedInstance['findings'][number];
export type ReportedViolation = ReportedInstance['violations'][number];
export type ReportedFact = ReportedInstance['facts'][number];

/** The JSON Schema of `--format json`. */
export function reportJsonSchema(): object {
  return { title: 'clouddb-encryption-exporter report', ...z.toJSONSchema(reportSchema, { target: 'draft-7' }) };
}
