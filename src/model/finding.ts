// A finding: one thing that is wrong, or not known, about an instance, an account or the exporter.

/** What can be found of an instance; public contract. An operator can accept each of them. */
export const instanceFindings = [
  'ssl_disabled',
  'ssl_not_forced',
  'plaintext_accepted',
  'tls_refused',
  'tls_outdated',
  'certificate_expired',
  'certificate_expiring',
  'certificate_invalid',
  'certificate_drift',
  'certificate_unknown',
  'ca_expiring',
  'not_encrypted_at_rest',
  'key_disabled',
  'key_old',
  'check_failing',
  'field_unreadable',
  'unknown',
] as const;

/** What can be found of an instance. */
export type InstanceFinding = (typeof instanceFindings)[number];

/** Everything that can be found; the last three are about an account, one of its lists of instances, and the exporter. */
export type FindingKind = InstanceFinding | 'account_blind' | 'discovery_failing' | 'nothing_watched';

/** From worst to best. Unknown is not fine: it ranks above a warning. */
export const severities = ['critical', 'unknown', 'warning', 'info'] as const;

/** How bad a finding is. */
export type Severity = (typeof severities)[number];

/** The question that a finding belongs to. */
export type Aspect = 'wire' | 'certificate' | 'at_rest' | 'checks';

/** A finding of one instance that its operator accepts for some time. */
export interface Acceptance {
  finding: InstanceFinding;
  /** Unix milliseconds: the last second, in UTC, of the last day on which it is accepted. */
  untilMs: number;
  /** Empty when none is given. */
  reason: string;
}

/** One finding. */
export interface Finding {
  kind: FindingKind;
  severity: Severity;
  aspect: Aspect;
  /** What is wrong, in a few words. */
  title: string;
  /** The particulars of this one; may be empty. */
  detail: string;
  /** What to do about it. */
  advice: string;
  /** Name of the alert, and of the runbook. */
  alert: string;
  /** Present when it is about an account: its name. */
  account?: string | undefined;
  /** Present while the operator accepts it: it counts as nothing wrong. */
  accepted?: Acceptance | undefined;
  /** Unix milliseconds at which the certificate expires that it is about. */
  expiresMs?: number | undefined;
  /** Unix milliseconds of the facts that it is derived from, where these are older than max_stale. */
  lastKnownMs?: number | undefined;
}
