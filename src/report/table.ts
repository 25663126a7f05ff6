// `--format table`: findings, instances and sources for a terminal.
import { styleText } from 'node:util';
import { programName } from '../model/program-name.ts';
import type { Report, ReportedFact, ReportedInstance } from './schema.ts';
import { layOutTable, minWidth, type Style, type TextTable, wrapText } from './text-table.ts';
import {
  adviceOf,
  ageText,
  findingText,
  labelsText,
  listRows,
  orderedFindings,
  secondOf,
  sourcesOf,
  summaryText,
  valueTexts,
} from './words.ts';

/** How a report is shown in a terminal. */
export interface TerminalLook {
  columns: number;
  colours: boolean;
}

/** Characters of a line where the output is no terminal. */
export const fileColumns = 100;

/** How text looks on stdout, whose columns are known where it is a terminal. */
export function terminalLook({
  columns = 0,
  colours,
}: {
  columns: number | undefined;
  colours: boolean;
}): TerminalLook {
  // A terminal whose size is not set reports 0 columns.
  return { colours, columns: columns > 0 ? columns : fileColumns };
}

const colourOf = {
  critical: ['red', 'bold'],
  violation: ['red', 'bold'],
  unknown: ['magenta', 'bold'],
  warning: ['yellow'],
  info: ['cyan'],
  ok: ['green'],
  accepted: ['dim'],
} as const;

/** The styles of a table whose first column is a severity. */
export function stylesOf(colours: boolean): Pick<TextTable, 'styleOf' | 'styleHead'> {
  const styled =
    (format: Parameters<typeof styleText>[0]): Style =>
    (text) =>
      colours ? styleText(format, text, { validateStream: false }) : text;
  return {
    styleOf: (text) => styled([...(colourOf[text as keyof typeof colourOf] ?? [])]),
    styleHead: styled(['bold']),
  };
}

/** The report as text in pieces. Account-wide findings come first, then the worst instance. */
export function* renderTable(report: Report, look: TerminalLook): Generator<string> {
  const width = Math.max(minWidth, look.columns);
  const styles = stylesOf(look.colours);

  function* section(heads: string[], rows: string[][], spaced = false): Generator<string> {
    if (rows.length === 0) return;
    yield* layOutTable({ heads, rows, spaced, ...styles }, width);
    if (!spaced) yield '\n';
  }
  const { version, config_file: file, generated_at: time } = report;
  yield `${wrapText(`${programName} ${version}, ${file}, ${secondOf(time)}`, width)}\n\n`;
  yield* section(
    ['SEVERITY', 'INSTANCE', 'FINDING'],
    orderedFindings(report).map(({ level, name, finding }) => [level, name, findingText(finding)]),
  );
  yield* section(
    ['FINDING', 'WHAT TO DO'],
    adviceOf(report).map(({ title, advice, alert }) => [title, `${advice}\nRunbook: ${alert}`]),
  );
  yield* section(['ACCOUNT', 'REGION', 'FOUND', 'LIST OF INSTANCES'], listRows(report));
  yield* section(['SEVERITY', 'INSTANCE', 'FACTS'], report.instances.map(instanceRow), true);
  yield* section(['PROVIDER', 'CHECK', 'FACT', 'SOURCE'], sourcesOf(report));
  yield `${wrapText(summaryText(report), width)}\n`;
}

function instanceRow(instance: ReportedInstance): string[] {
  const { severity, instance_name: name, instance_id: id, account, cloud_region: region, labels } = instance;
  const identity = [...new Set([name, id]), account, region, labelsText(labels)];
  return [severity, identity.filter((text) => text !== '').join('\n'), factLines(instance).join('\n')];
}

function factLines({ checks, facts, notes }: ReportedInstance): string[] {
  const without = (state: ReportedFact['state'], words: string) => {
    const names = facts.filter((fact) => fact.state === state).map(({ fact }) => fact);
    return names.length === 0 ? [] : [`${words}: ${names.join(', ')}`];
  };
  return [
    ...checks.flatMap(({ check, reason, message, hint }) => {
      const own = facts.filter((fact) => fact.check === check && fact.state !== 'not_checked');
      const age = own.find(({ age_seconds: seconds }) => seconds !== null)?.age_seconds ?? null;
      return [
        `[${check}]${age === null ? '' : ` ${ageText(age)} ago`}`,
        ...(reason === null ? [] : [`${reason}: ${message}; ${hint}`]),
        ...own.map((fact) => `${fact.fact}: ${valueTexts(fact, facts).join('; ')}`),
      ];
    }),
    ...without('not_checked', 'not checked'),
    ...without('not_available', 'not available'),
    ...notes.map((note) => `Note: ${note}`),
  ];
}
