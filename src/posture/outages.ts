// Accounts of which every check of the API fails: one problem, and not one for each of their instances.
import { offApiChecks } from '../model/check.ts';
import { type Reason, reasons } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import { type CheckKnowledge, isFailing, type Knowledge } from '../model/knowledge.ts';
import { failingMs } from '../model/thresholds.ts';
import { countText } from '../model/wording.ts';
import { fleetRows } from './fleet-rows.ts';

/** One account in an outage. */
export interface Outage {
  account: string;
  /** How many checks fail for each reason, the most frequent first. */
  counts: readonly (readonly [Reason, number])[];
  /** The error of one of its checks, for the most frequent reason. */
  message: string;
  /** Unix milliseconds at which the last of its checks began to fail. */
  sinceMs: number;
}

interface AccountChecks {
  total: number;
  failing: number;
  sinceMs: number;
  messages: Map<Reason, { count: number; message: string }>;
}

/** Counts the checks of each account. */
export interface OutageCount {
  add: (knowledge: Knowledge) => void;
  /** The accounts of which every check fails. */
  outages: () => Outage[];
}

/** Counts one instance at a time, because a fleet takes too long for one piece of work. */
export function createOutageCount(): OutageCount {
  const accounts = new Map<string, AccountChecks>();
  return {
    add({ instance, checks }) {
      let account = accounts.get(instance.account);
      if (account === undefined) {
        account = { total: 0, failing: 0, sinceMs: 0, messages: new Map() };
        accounts.set(instance.account, account);
      }
      for (const check of checks) if (!offApiChecks.includes(check.check)) countCheck(account, check);
    },
    outages: () =>
      [...accounts].flatMap(([name, checks]) =>
        checks.failing === 0 || checks.failing < checks.total ? [] : outageOf(name, checks),
      ),
  };
}

function countCheck(account: AccountChecks, { last, failingSinceMs = 0 }: CheckKnowledge): void {
  account.total++;
  if (last?.failure === undefined || !isFailing(last)) return;
  const { reason, message } = last.failure;
  // The state of an instance is an answer of the API.
  if (reason === 'instance_state') return;
  account.failing++;
  account.sinceMs = Math.max(account.sinceMs, failingSinceMs);
  const known = account.messages.get(reason);
  if (known === undefined) account.messages.set(reason, { count: 1, message });
  else known.count++;
}

function outageOf(account: string, { messages, sinceMs }: AccountChecks): Outage {
  const sorted = [...messages].toSorted(([, a], [, b]) => b.count - a.count);
  return {
    account,
    counts: sorted.map(([reason, { count }]) => [reason, count]),
    message: sorted[0]?.[1].message ?? '',
    sinceMs,
  };
}

/** The outage in words: what fails, how often, and what to do. */
export function outageText({ counts, message }: Outage): string {
  const [[first] = []] = counts;
  const numbers = counts.map(([reason, count]) => `${reason} (${countText(count, 'check')})`).join(', ');
  return `${numbers}: ${message}.${first === undefined ? '' : ` What to do: ${reasons[first]}.`}`;
}

/** Whether it has lasted long enough for a finding and an alert. */
export const isLasting = ({ sinceMs }: Outage, nowMs: number): boolean => nowMs - sinceMs >= failingMs;

/** The finding of an outage that lasts. */
export function blindAccount({ account, counts }: Outage): Finding {
  const { alerts, severity } = fleetRows.account_blind;
  const [[reason] = ['internal' as const]] = counts;
  const checks = counts.reduce((sum, [, count]) => sum + count, 0);
  return {
    kind: 'account_blind',
    aspect: 'checks',
    severity,
    title: `Every API check of account ${account} fails`,
    detail: `${countText(checks, 'check')}; ${reason}: ${reasons[reason]}`,
    advice: 'No API check of its instances can succeed until this is fixed.',
    alert: alerts[0],
    account,
  };
}
