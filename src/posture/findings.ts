// Derives findings from what is known: of one instance, of an account, of the whole fleet.
import { type Reason, reasons } from '../model/failure.ts';
import { type Finding, severities } from '../model/finding.ts';
import type { Knowledge } from '../model/knowledge.ts';
import { lastingFailure, type Subject } from './subject.ts';
import { instanceRows } from './table.ts';

/** The findings of one instance, the worst first. */
export function findingsOf(subject: Subject): Finding[] {
  const found = instanceRows.flatMap(({ kind, aspect, title, advice, cases }) =>
    cases(subject).map(({ severity, detail = '' }): Finding => ({ kind, aspect, title, advice, severity, detail })),
  );
  return found.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
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
    },
  ];
}
