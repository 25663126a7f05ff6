// `--format csv`: one row for each instance, finding, list, check, fact and note (RFC 4180), for a spreadsheet.
import type { Report, ReportedFinding, ReportedInstance, ReportedList, ReportedViolation } from './schema.ts';
import { levelOf, type Problem, valueTexts } from './words.ts';

type Cell = string | number | boolean | null;

const identity = ['provider', 'account', 'cloud_region', 'instance_id', 'instance_name'] as const;
const columns = [
  'check',
  'name',
  'state',
  'value',
  'expires_at',
  'source',
  'at',
  'age_seconds',
  'violation',
  'accepted_until',
  'acceptance_reason',
  'original_severity',
  'advice',
  'runbook',
] as const;

/** The cells of one row, but for those of its instance. */
type Row = { record: string } & Partial<Record<'severity' | (typeof columns)[number], Cell>>;

/** What a row is about: an instance, an account, or the exporter. */
type Owner = Partial<Record<(typeof identity)[number], string | null> & Pick<ReportedInstance, 'labels'>>;

/** What a spreadsheet takes for the start of a formula, also after spaces and quotes, and in its full-width form. */
const formula = /^(?:[\s"']*[=+\-@＝＋－＠]|[\t\r\n])/u;

/** A cell that no spreadsheet evaluates: a text that looks like a formula begins with an apostrophe. */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The report in pieces of one instance. */
export function* renderCsv({ findings, lists, instances }: Report): Generator<string> {
  const labels = [...new Set(instances.flatMap((instance) => Object.keys(instance.labels)))];
  const line = (cells: readonly Cell[]) => `${cells.map(csvCell).join(',')}\r\n`;
  const rowOf = (row: Row, instance?: Owner) =>
    line([
      row.record,
      row.severity ?? null,
      ...identity.map((name) => instance?.[name] ?? null),
      ...labels.map((name) => {
        const own = instance?.labels;
        return own !== undefined && Object.hasOwn(own, name) ? (own[name] ?? null) : null;
      }),
      ...columns.map((name) => row[name] ?? null),
    ]);

  yield line(['record', 'severity', ...identity, ...labels.map((name) => `label_${name}`), ...columns]);
  for (const finding of findings) yield rowOf(findingRow(finding), finding);
  for (const list of lists) yield rowOf(listRow(list), list);
  for (const instance of instances) {
    yield rowsOf(instance)
      .map((row) => rowOf(row, instance))
      .join('');
  }
}

function listRow({ success, reason, message, instances, hint, attempted_at: at }: ReportedList): Row {
  return {
    record: 'list',
    name: 'discovery',
    ...attemptCells(success, reason),
    value: message ?? instances,
    at,
    advice: hint,
  };
}

const attemptCells = (success: boolean, reason: string | null) => ({
  state: reason ?? (success ? 'ok' : 'not finished'),
});

function rowsOf({ severity, findings, violations, checks, facts, notes }: ReportedInstance): Row[] {
  return [
    { record: 'instance', severity },
    ...findings.map(findingRow),
    ...violations.map(violationRow),
    ...checks.map(({ check, success, reason, message: value, hint: advice, attempted_at: at }): Row => {
      return {
        record: 'check',
        check,
        name: check,
        ...attemptCells(success, reason),
        value,
        at,
        advice,
      };
    }),
    ...facts.flatMap((fact): Row[] => {
      const { check, fact: name, state, source, reported_at: at, age_seconds, value } = fact;
      const row: Row = { record: 'fact', check, name, state, source, at, age_seconds };
      if (value === null) return [row];
      return valueTexts(fact, facts).map((text, index) => {
        const item = Array.isArray(value) ? value[index] : undefined;
        return { ...row, value: text, expires_at: item && 'not_after' in item ? item.not_after : null };
      });
    }),
    ...notes.map((value): Row => ({ record: 'note', value })),
  ];
}

function findingRow(finding: ReportedFinding): Row {
  const { finding: name, severity, last_known_at: at } = finding;
  return { record: 'finding', name, original_severity: severity, at, ...problemCells(finding) };
}

function violationRow(violation: ReportedViolation): Row {
  return { record: 'violation', name: 'below_min_days', ...problemCells(violation) };
}

function problemCells(problem: Problem) {
  const { title, detail, accepted, advice, runbook, violation, expires_at } = problem;
  return {
    severity: levelOf(problem),
    state: accepted === null ? 'open' : 'accepted',
    value: detail === '' ? title : `${title}: ${detail}`,
    expires_at,
    violation,
    accepted_until: accepted?.until ?? null,
    acceptance_reason: accepted?.reason ?? null,
    advice,
    runbook,
  };
}
