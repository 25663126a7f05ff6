// Derives findings from what is known: of one instance, of an account, of the whole fleet.
import { reasons } from '../model/failure.ts';
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
  const byAccount = new Map<string, Knowledge[]>();
  for (const known of fleet) {
    const members = byAccount.get(known.instance.account);
    if (members === undefined) byAccount.set(known.instance.account, [known]);
    else members.push(known);
  }
  return [...byAccount].flatMap(([account, members]) => blindAccount(account, members, nowMs));
}

function blindAccount(account: string, members: readonly Knowledge[], nowMs: number): Finding[] {
  const checks = members.flatMap((member) => member.checks);
  const reasonsFound = checks.flatMap((check) => lastingFailure(check, nowMs) ?? []);
  const [reason] = reasonsFound;
  if (reason === undefined || reasonsFound.length < checks.length) return [];
  return [
    {
      kind: 'account_blind',
      aspect: 'checks',
      severity: 'critical',
      title: `Every check of account ${account} fails`,
      detail: `${checks.length} checks; ${reason}: ${reasons[reason]}`,
      advice: 'No check of its instances can succeed until this is fixed.',
    },
  ];
}
