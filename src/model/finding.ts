// A finding: one thing that is wrong, or not known, about an instance, an account or the exporter.

/** Everything that can be found; public contract. */
export type FindingKind =
  | 'ssl_disabled'
  | 'ssl_not_forced'
  | 'certificate_expired'
  | 'certificate_expiring'
  | 'certificate_invalid'
  | 'certificate_unknown'
  | 'ca_expiring'
  | 'not_encrypted_at_rest'
  | 'key_disabled'
  | 'key_old'
  | 'check_failing'
  | 'field_unreadable'
  | 'account_blind'
  | 'unknown'
  | 'nothing_watched';

/** From worst to best. Unknown is not fine: it ranks above a warning. */
export const severities = ['critical', 'unknown', 'warning', 'info'] as const;

/** How bad a finding is. */
export type Severity = (typeof severities)[number];

/** The question that a finding belongs to. */
export type Aspect = 'wire' | 'certificate' | 'at_rest' | 'checks';

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
}
