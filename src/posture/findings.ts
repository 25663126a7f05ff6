// Derives the findings of one instance from what is known of it.
import { type Acceptance, type Finding, type InstanceFinding, severities } from '../model/finding.ts';
import { isFailing } from '../model/knowledge.ts';
import { dayText } from '../model/wording.ts';
import { checkRows } from './check-rows.ts';
import { factRows } from './fact-rows.ts';
import type { Row } from './row.ts';
import { caCertificates, type Subject, serverExpiries } from './subject.ts';

/**
 * The findings of one instance, the worst first, then those that its operator accepts. What follows only from facts that
 * are older than max_stale is found, too: an API outage fixes nothing.
 */
export function findingsOf(subject: Subject): Finding[] {
  const found = [...lastKnownFindings(subject), ...derive(checkRows, subject)];
  return found.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** Those of all facts together, as the alert rules see them; each that follows from the current ones alone is current. */
function lastKnownFindings(subject: Subject): Finding[] {
  const { lastKnown } = subject;
  const current = derive(factRows, subject);
  if (lastKnown === undefined) return current;
  const isCurrent = new Set(current.map(keyOf));
  return derive(factRows, { ...subject, facts: lastKnown.facts }).map((finding) =>
    isCurrent.has(keyOf(finding)) ? finding : { ...finding, lastKnownMs: lastKnown.atMs },
  );
}

const keyOf = ({ alert, severity, detail }: Finding) => JSON.stringify([alert, severity, detail]);

function derive(rows: readonly Row[], subject: Subject): Finding[] {
  return rows.flatMap(({ kind, aspect, title, advice, alert, cases }) =>
    cases(subject).map((found): Finding => {
      return { kind, aspect, title, advice, alert, detail: '', ...found, accepted: acceptanceOf(kind, subject) };
    }),
  );
}

/** The acceptance of a finding that is in force. */
export function acceptanceOf(kind: InstanceFinding, { accept, nowMs }: Subject): Acceptance | undefined {
  return accept.find(({ finding, untilMs }) => finding === kind && untilMs >= nowMs);
}

/** For sorting: the worst first, then those that are accepted. */
export function rankOf({ accepted, severity }: Finding): number {
  return (accepted === undefined ? 0 : severities.length) + severities.indexOf(severity);
}

/**
 * Acceptances without effect, in words: those that are over, and those of what is known not to hold. There is no note while
 * that is not known: the finding could return as soon as its acceptance is removed.
 */
export function acceptanceNotes(subject: Subject, findings: readonly Finding[]): string[] {
  const { accept, nowMs } = subject;
  return accept.flatMap(({ finding, untilMs }) => {
    if (untilMs < nowMs) return `The acceptance of ${finding} expired on ${dayText(untilMs)}: remove it or extend it.`;
    if (findings.some(({ kind }) => kind === finding) || !isDecided(finding, subject, findings)) return [];
    return `${finding} is accepted until ${dayText(untilMs)}, but it is not found: the acceptance can be removed.`;
  });
}

/** Whether all checks have succeeded and reported what decides on a finding. */
function isDecided(kind: InstanceFinding, subject: Subject, findings: readonly Finding[]): boolean {
  const { facts, lastKnown, available, checks } = subject;
  if (lastKnown !== undefined || checks.some(({ last }) => last === undefined || isFailing(last))) return false;
  if (findings.some((one) => one.kind === 'unknown' || one.kind === 'field_unreadable')) return false;
  if (kind === 'ca_expiring') return caCertificates(facts).length > 0 || !available.has('ca_certificate');
  if (kind === 'certificate_drift') {
    const { api, probed } = serverExpiries(facts);
    return (api !== undefined && probed !== undefined) || !available.has('tls_accepted');
  }
  if (kind !== 'ssl_not_forced' || facts.sslForced !== false) return true;
  return facts.sslForceSupported !== undefined || !available.has('ssl_force_supported');
}
