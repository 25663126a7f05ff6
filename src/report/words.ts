// The words of a report that the table, CSV and Markdown share.
import { type Severity, severities } from '../model/finding.ts';
import type { Report, ReportedFact, ReportedFinding } from './schema.ts';

type Item = Extract<ReportedFact['value'], readonly unknown[]>[number];

const stateWords = {
  known: 'known',
  stale: 'stale',
  unknown: 'unknown',
  unsupported: 'not supported',
  not_checked: 'not checked',
  not_available: 'not available',
} as const;

/** One text for each value of a fact; without a value, one that says why. */
export function valueTexts({ value, state }: ReportedFact): string[] {
  if (value === null) return [stateWords[state]];
  const stale = state === 'stale' ? ' (stale)' : '';
  const texts = typeof value === 'boolean' ? [value ? 'yes' : 'no'] : value.map(itemText);
  return (texts.length === 0 ? ['none'] : texts).map((text) => `${text}${stale}`);
}

function itemText(item: Item): string {
  if ('key_id' in item) {
    const state = item.enabled === null ? 'state unknown' : item.enabled ? 'enabled' : 'disabled';
    const created = item.created === null ? '' : `, created ${dayOf(item.created)}`;
    return `${item.key_alias || item.key_id || 'key without a name'}: ${state}${created}`;
  }
  const { subject_cn: name, not_after: end, days_remaining: days } = item;
  const left = days <= 0 ? `expired ${dayOf(end)}` : `expires ${dayOf(end)}, ${counted(Math.floor(days), 'day')} left`;
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
export function findingText({ title, detail, accepted }: ReportedFinding): string {
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

/** `1 day`, `2 days`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** What was found, in sentences. */
export function summaryText({ summary, min_days }: Report): string {
  const { violations, accepted_findings: accepted, failed_checks: failed } = summary;
  const levels = Object.entries(summary.instances_by_severity)
    .filter(([, number]) => number > 0)
    .map(([level, number]) => `${number} ${level}`)
    .join(', ');
  return [
    `${counted(summary.instances, 'instance')}${levels === '' ? '' : `: ${levels}`}.`,
    `${failed} of ${counted(summary.checks, 'check')} failed.`,
    ...(accepted === 0 ? [] : [`${counted(accepted, 'finding')} accepted.`]),
    violations === 0
      ? `Nothing is known to be unencrypted, or to have a certificate that is invalid, expired or below ${counted(min_days, 'day')}.`
      : `${counted(violations, 'violation')}: not encrypted, or a certificate invalid, expired or below ${counted(min_days, 'day')}.`,
    `Exit status ${summary.exit_status}.`,
  ].join(' ');
}

/** A finding with the instance that it is about; `level` is its severity or `accepted`. */
interface NamedFinding {
  level: Severity | 'accepted';
  /** Empty: it is about an account or the exporter. */
  name: string;
  finding: ReportedFinding;
}

/** All findings, worst first; those that are accepted last. */
export function orderedFindings({ findings, instances }: Report): NamedFinding[] {
  const levels: NamedFinding['level'][] = [...severities, 'accepted'];
  const byLevel = new Map(levels.map((level) => [level, [] as NamedFinding[]]));
  const add = (name: string, finding: ReportedFinding) => {
    const level = finding.accepted === null ? finding.severity : 'accepted';
    byLevel.get(level)?.push({ level, name, finding });
  };
  for (const finding of findings) add('', finding);
  for (const instance of instances) for (const finding of instance.findings) add(nameText(instance), finding);
  return [...byLevel.values()].flat();
}

/** Acceptances without effect, with the instance. */
export function noteTexts({ instances }: Report): { name: string; note: string }[] {
  return instances.flatMap((instance) => instance.notes.map((note) => ({ name: nameText(instance), note })));
}

/** One finding with its advice for each title, in the order of the findings; not those that are accepted. */
export function adviceOf(report: Report): ReportedFinding[] {
  const open = orderedFindings(report).filter(({ level }) => level !== 'accepted');
  const byTitle = new Map<string, ReportedFinding>();
  for (const { finding } of open) if (!byTitle.has(finding.title)) byTitle.set(finding.title, finding);
  return [...byTitle.values()];
}

/** Where each fact comes from: provider, check, fact and field of the API, each once. */
export function sourcesOf({ instances }: Report): string[][] {
  const rows = new Map<string, string[]>();
  for (const { provider, facts } of instances) {
    for (const { check, fact, source } of facts) {
      if (check !== null && source !== null) rows.set(`${provider} ${check} ${fact}`, [provider, check, fact, source]);
    }
  }
  return [...rows.values()];
}
