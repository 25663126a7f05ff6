// The formats of a report.
import { renderCsv } from './csv.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './schema.ts';
import { renderTable, type TerminalLook } from './table.ts';

/** Each writes a report as text in pieces. */
const renderers = { table: renderTable, json: renderJson, csv: renderCsv, markdown: renderMarkdown } satisfies Record<
  string,
  (report: Report, look: TerminalLook) => Iterable<string>
>;

/** Name of a format. */
export type ReportFormat = keyof typeof renderers;

export const reportFormats = Object.keys(renderers) as ReportFormat[];

/** The report as text, in pieces. @param look of a table */
export function renderReport(report: Report, format: ReportFormat, look: TerminalLook): Iterable<string> {
  return renderers[format](report, look);
}
