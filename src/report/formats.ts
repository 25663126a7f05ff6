// The formats of a report.
import { renderCsv } from './csv.ts';
import type { ReportFormat } from './format-names.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './schema.ts';
import { renderTable, type TerminalLook } from './table.ts';

/** Each writes a report as text in pieces. */
const renderers: Readonly<Record<ReportFormat, (report: Report, look: TerminalLook) => Iterable<string>>> = {
  table: renderTable,
  json: renderJson,
  csv: renderCsv,
  markdown: renderMarkdown,
};

/** The report as text, in pieces. @param look of a table */
export function renderReport(report: Report, format: ReportFormat, look: TerminalLook): Iterable<string> {
  return renderers[format](report, look);
}
