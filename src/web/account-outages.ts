// Accounts of which every check of the API fails: one problem, shown once instead of in each row.
import { offApiChecks } from '../model/check.ts';
import { type Reason, reasons } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import { type CheckKnowledge, isFailing, type Knowledge } from '../model/knowledge.ts';
import { countText } from '../model/wording.ts';

/** One account in an outage. */
export interface Outage {
  account: string;
  /** How many checks fail for each reason, the most frequent first. */
  counts: readonly (readonly [Reason, number])[];
  /** The error of one of its checks, for the most frequent reason. */
  message: string;
  /** Unix milliseconds at which the last of its checks began to fail. */
  sinceMs: number;
  /** Present once it has lasted long enough for an alert. */
  finding: Finding | undefined;
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
  /** The accounts of which every check fails. @param findings those of the fleet */
  outages: (findings: readonly Finding[]) => Outage[];
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
    outages(findings) {
      const found = new Map(findings.map((finding) => [finding.account, finding]));
      return [...accounts].flatMap(([name, checks]) =>
        checks.failing === 0 || checks.failing < checks.total ? [] : outageOf(name, checks, found.get(name)),
      );
    },
  };
}

function countCheck(account: AccountChecks, { last, failingSinceMs = 0 }: CheckKnowledge): void {
  account.total++;
  if (last?.failure === undefined || !isFailing(last)) return;
  const { reason, message } = last.failure;
  account.failing++;
  account.sinceMs = Math.max(account.sinceMs, failingSinceMs);
  const known = account.messages.get(reason);
  if (known === undefined) account.messages.set(reason, { count: 1, message });
  else known.count++;
}

function outageOf(account: string, { messages, sinceMs }: AccountChecks, finding: Finding | undefined): Outage {
  const sorted = [...messages].toSorted(([, a], [, b]) => b.count - a.count);
  return {
    account,
    counts: sorted.map(([reason, { count }]) => [reason, count]),
    message: sorted[0]?.[1].message ?? '',
    sinceMs,
    finding,
  };
}

/** The outage in words: what fails, how often, and what to do. */
export function outageText({ counts, message }: Outage): string {
  const [[first] = []] = counts;
  const numbers = counts.map(([reason, count]) => `${reason} (${countText(count, 'check')})`).join(', ');
  return `${numbers}: ${message}.${first === undefined ? '' : ` What to do: ${reasons[first]}.`}`;
}
