// When an expiry, an age or a failure becomes a finding. The alert rules have the same defaults.

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** All in milliseconds. */
export interface Thresholds {
  /** A server certificate that expires within this time is a warning, or critical. */
  certificateWarning: number;
  certificateCritical: number;
  /** The same for a CA certificate: earlier, because clients need the new one first. */
  caWarning: number;
  caCritical: number;
  /** An enabled key that is older than this is reported as info. */
  keyAge: number;
}

export const defaultThresholds: Thresholds = {
  certificateWarning: 30 * dayMs,
  certificateCritical: 7 * dayMs,
  caWarning: 180 * dayMs,
  caCritical: 30 * dayMs,
  keyAge: 365 * dayMs,
};

/** A certificate that the provider renews automatically is late when less than this is left. */
export const lateRenewalMs = 2 * dayMs;

/** A check that has failed for a shorter time is not a finding: most failures pass. */
export const failingMs = 15 * 60_000;
