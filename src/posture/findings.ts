// Derives findings from what is known: of one instance, of an account, of the whole fleet.
import { type Reason, reasons } from '../model/failure.ts';
import { type Acceptance, type Finding, type InstanceFinding, severities } from '../model/finding.ts';
import type { Knowledge } from '../model/knowledge.ts';
import { lastingFailure, type Subject } from './subject.ts';
import { instanceRows } from './table.ts';

/**
 * The findings of one instance, the worst first, then those that its operator accepts. What follows only from facts that
 * are older than max_stale is found, too: an API outage fixes nothing.
 */
export function findingsOf(subject: Subject): Finding[] {
  const { lastKnown } = subject;
  const found = derive(subject);
  if (lastKnown !== undefined) {
    const current = new Set(found.map(({ kind }) => kind));
    for (const finding of derive({ ...subject, facts: lastKnown.facts })) {
      if (!current.has(finding.kind)) found.push({ ...finding, lastKnownMs: lastKnown.atMs });
    }
  }
  return found.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function derive(subject: Subject): Finding[] {
  return instanceRows.flatMap(({ kind, aspect, title, advice, alert, cases }) =>
    cases(subject).map(({ severity, detail = '' }): Finding => {
      return { kind, aspect, title, advice, alert, severity, detail, accepted: acceptanceOf(kind, subject) };
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

/** Acceptances without effect, in words: those that are over, and those of what is not found. */
export function acceptanceNotes(accept: readonly Acceptance[], findings: readonly Finding[], nowMs: number): string[] {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return accept.flatMap(({ finding, untilMs }) => {
    if (untilMs < nowMs) return `The acceptance of ${finding} ended on ${day(untilMs)}: remove it or extend it.`;
    if (findings.some(({ kind }) => kind === finding)) return [];
    return `${finding} is accepted until ${day(untilMs)}, but it is not found: the acceptance can be removed.`;
  });
}

/** The findings of the exporter as a whole: accounts of which every check fails, and a fleet without instances. */
export function fleetFindings(fleet: readonly Knowledge[], nowMs: number): Finding[] {
  if (fleet.length === 0) {
    return [
      {
        kind: 'nothing_watched',
        aspect: 'checks',
        severity: 'warning',
        title: 'Nothing is watched',
        detail: 'no instance is configured',
        advice: 'Add instances to the configuration.',
        alert: 'CloudDBNothingWatched',
      },
    ];
  }
  const accounts = new Map<string, AccountState>();
  for (const { instance, checks } of fleet) {
    const state = accounts.get(instance.account) ?? { checks: 0, failing: 0 };
    accounts.set(instance.account, state);
    for (const check of checks) {
      const reason = lastingFailure(check, nowMs);
      state.checks++;
      if (reason === undefined) continue;
      state.failing++;
      state.reason ??= reason;
    }
  }
  return [...accounts].flatMap(([account, state]) => blindAccount(account, state));
}

/** The checks of one account, counted. */
interface AccountState {
  checks: number;
  failing: number;
  /** Of the first one that fails. */
  reason?: Reason;
}

function blindAccount(account: string, { checks, failing, reason }: AccountState): Finding[] {
  if (reason === undefined || failing < checks) return [];
  return [
    {
      kind: 'account_blind',
      aspect: 'checks',
      severity: 'critical',
      title: `Every check of account ${account} fails`,
      detail: `${checks} checks; ${reason}: ${reasons[reason]}`,
      advice: 'No check of its instances can succeed until this is fixed.',
      alert: 'CloudDBAccountBlind',
      account,
    },
  ];
}
