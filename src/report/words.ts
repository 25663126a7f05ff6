// The words of a report that the table, CSV and Markdown share.

import { type Severity, severities } from '../model/finding.ts';
import { countText } from '../model/wording.ts';
import type { Report, ReportedFact, ReportedFinding, ReportedViolation } from './schema.ts';

type Item = Extract<ReportedFact['value'], readonly unknown[]>[number];

const stateWords = {
  known: 'known',
  stale: 'stale',
  unknown: 'unknown',
  not_reported: 'not reported',
  unsupported: 'not supported',
  not_checked: 'not checked',
  not_available: 'not available',
} as const;

/** One text for each value of a fact; without a value, one that says why. @param all the facts of the instance */
export function valueTexts({ fact, value, note, state }: ReportedFact, all: readonly ReportedFact[]): string[] {
  if (value === null) return [stateWords[state]];
  const more = `${note === null ? '' : ` (${note})`}${state === 'stale' ? ' (stale)' : ''}`;
  const no = fact === 'at_rest_encryption_enabled' && hasKeys(all) ? 'no enabled key' : 'no';
  const texts =
    typeof value === 'boolean'
      ? [value ? 'yes' : no]
      : 'version' in value
        ? [`${value.version}, ${value.cipher}`]
        : value.map(itemText);
  return (texts.length === 0 ? ['none'] : texts).map((text) => `${text}${more}`);
}

/** Data is then encrypted, though no key may be enabled. */
function hasKeys(facts: readonly ReportedFact[]): boolean {
  return facts.some(({ fact, value }) => fact === 'kms_keys' && Array.isArray(value) && value.length > 0);
}

function itemText(item: Item): string {
  if ('key_id' in item) {
    const state = item.enabled === null ? 'state unknown' : item.enabled ? 'enabled' : 'disabled';
    const created = item.created === null ? '' : `, created ${dayOf(item.created)}`;
    return `${item.key_alias || item.key_id || 'key without a name'}: ${state}${created}`;
  }
  if ('tenant_id' in item) {
    const state = item.encrypted === null ? 'state unknown' : item.encrypted ? 'encrypted' : 'not encrypted';
    return `${item.tenant_name || item.tenant_id}: ${state}`;
  }
  const { subject_cn: name, not_after: end, days_remaining: days } = item;
  const left =
    days <= 0 ? `expired ${dayOf(end)}` : `expires ${dayOf(end)}, ${countText(Math.floor(days), 'day')} left`;
  return name === '' ? left : `${name}: ${left}`;
}

/** The day of an ISO time. */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}

/** An ISO time without its milliseconds. */
export function secondOf(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

/** `team=payments, env=prod`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** `orders (postgres-6bwgamo3)`. */
export function nameText({ instance_name: name, instance_id: id }: { instance_name: string; instance_id: string }) {
  return name === id ? id : `${name} (${id})`;
}

/** Title and detail; of an accepted finding also until when and why. */
export function findingText({ title, detail, accepted }: Problem): string {
  const what = detail === '' ? title : `${title}: ${detail}`;
  if (accepted === null) return what;
  const reason = accepted.reason === '' ? '' : `: ${accepted.reason}`;
  return `${what}. Accepted until ${dayOf(accepted.until)}${reason}`;
}

/** @param seconds null: not known */
export function ageText(seconds: number | null): string {
  if (seconds === null) return '';
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** What was found, in sentences. */
export function summaryText({ summary, min_days }: Report): string {
  const { violations, accepted_findings: accepted, failed_checks: failed, lists, failed_lists: failedLists } = summary;
  const levels = Object.entries(summary.instances_by_severity)
    .filter(([, number]) => number > 0)
    .map(([level, number]) => `${number} ${level}`)
    .join(', ');
  return [
    `${countText(summary.instances, 'instance')}${levels === '' ? '' : `: ${levels}`}.`,
    `${failed} of ${countText(summary.checks, 'check')} failed.`,
    ...(lists === 0 ? [] : [`${failedLists} of ${countText(lists, 'list')} of instances failed.`]),
    ...(accepted === 0 ? [] : [`${countText(accepted, 'finding')} accepted.`]),
    violations === 0
      ? `Nothing is known to be unencrypted, or to have a certificate that is invalid, expired or below ${countText(min_days, 'day')}.`
      : `${countText(violations, 'violation')}: not encrypted, or a certificate invalid, expired or below ${countText(min_days, 'day')}.`,
    `Exit status ${summary.exit_status}.`,
  ].join(' ');
}

/** Account, region, and what is known about each list of instances. */
export function listRows({ lists, generated_at: now }: Report): string[][] {
  return lists.map(({ account, cloud_region: region, instances, reason, message, hint, last_success_at: at }) => {
    const age = at === null ? '' : `${ageText((Date.parse(now) - Date.parse(at)) / 1000)} ago`;
    const failure = reason === null ? 'not finished' : `${reason}: ${message}; ${hint}`;
    const isListed = reason === null && at !== null;
    return [account, region, instances === null ? '' : String(instances), isListed ? age : failure];
  });
}

/** What a line of the report is about. */
export type Problem = ReportedFinding | ReportedViolation;

/** The severity of a finding, `violation` for a certificate below the minimum of days, or `accepted`. */
export function levelOf(problem: Problem): Severity | 'violation' | 'accepted' {
  if (problem.accepted !== null) return 'accepted';
  return 'severity' in problem ? problem.severity : 'violation';
}

/** A finding or violation with the instance that it is about. */
interface NamedFinding {
  level: ReturnType<typeof levelOf>;
  /** Empty: it is about an account or the exporter. */
  name: string;
  finding: Problem;
}

/**
 * All findings, worst first, after the critical ones the violations that are no finding; those that are accepted last.
 */
export function orderedFindings({ findings, instances }: Report): NamedFinding[] {
  const [worst, ...others] = severities;
  const levels: NamedFinding['level'][] = [worst, 'violation', ...others, 'accepted'];
  const byLevel = new Map(levels.map((level) => [level, [] as NamedFinding[]]));
  const add = (name: string, finding: Problem) => {
    const level = levelOf(finding);
    byLevel.get(level)?.push({ level, name, finding });
  };
  for (const finding of findings) add('', finding);
  for (const instance of instances) {
    for (const finding of [...instance.findings, ...instance.violations]) add(nameText(instance), finding);
  }
  return [...byLevel.values()].flat();
}

/** Acceptances without effect, with the instance. */
export function noteTexts({ instances }: Report): { name: string; note: string }[] {
  return instances.flatMap((instance) => instance.notes.map((note) => ({ name: nameText(instance), note })));
}

/** One finding for each title and advice, in the order of the findings; not those that are accepted. */
export function adviceOf(report: Report): Problem[] {
  const open = orderedFindings(report).filter(({ level }) => level !== 'accepted');
  const byTitle = new Map<string, Problem>();
  for (const { finding } of open) {
    const key = `${finding.title} ${finding.advice}`;
    if (!byTitle.has(key)) byTitle.set(key, finding);
  }
  return [...byTitle.values()];
}

/** Where each fact comes from: provider, check, fact and source, each once. */
export function sourcesOf({ instances }: Report): string[][] {
  const rows = new Map<string, string[]>();
  for (const { provider, facts } of instances) {
    for (const { check, fact, source } of facts) {
      if (check !== null && source !== null) rows.set(`${provider} ${check} ${fact}`, [provider, check, fact, source]);
    }
  }
  return [...rows.values()];
}
