// `--format markdown`: tables of GitHub Flavored Markdown, e.g. for a ticket.
import { programName } from '../model/program-name.ts';
import type { Report, ReportedInstance } from './schema.ts';
import {
  ageText,
  findingText,
  labelsText,
  listRows,
  nameText,
  noteTexts,
  orderedFindings,
  type Problem,
  secondOf,
  summaryText,
  valueTexts,
} from './words.ts';

/** Text that is shown as it is: no markup, HTML, link, address or end of a cell. */
export function markdownText(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]>#|~$]|[&<@]|:(?=\/\/)|(?<=www)\./gi, (mark) =>
      '&<@:.'.includes(mark) ? `&#${mark.charCodeAt(0)};` : `\\${mark}`,
    );
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
const textRow = (cells: readonly string[]) => row(cells.map(markdownText));
const head = (cells: readonly string[]) => row(cells) + row(cells.map(() => '---'));

/** The report in pieces of one row or instance. */
export function* renderMarkdown(report: Report): Generator<string> {
  const { version, config_file: file, generated_at: time, instances } = report;
  yield `## Encryption of cloud databases\n\n${markdownText(summaryText(report))}\n\n`;
  yield `${markdownText(`${secondOf(time)}, ${file}, ${programName} ${version}`)}\n\n`;
  const findings = orderedFindings(report);
  if (findings.length > 0) {
    yield `### Findings\n\n${head(['severity', 'instance', 'finding', 'what to do'])}`;
    for (const { level, name, finding } of findings) yield findingRow(level, name, finding);
    yield '\n';
  }
  for (const { name, note } of noteTexts(report)) yield `- ${markdownText(`${name}: ${note}`)}\n`;
  const lists = listRows(report);
  if (lists.length > 0) yield `\n### Lists of instances\n\n${head(['account', 'region', 'found', 'list'])}`;
  for (const cells of lists) yield textRow(cells);
  yield `\n### Instances\n\n${head(['severity', 'instance', 'account', 'region', 'labels'])}`;
  for (const instance of instances) {
    const { severity, account, cloud_region: region, labels } = instance;
    yield textRow([severity, nameText(instance), account, region, labelsText(labels)]);
  }
  yield '\n<details><summary>All facts</summary>\n\n';
  yield head(['instance', 'check', 'fact', 'value', 'source', 'age']);
  for (const instance of instances) yield factRows(instance);
  yield '\n</details>\n';
}

function findingRow(level: string, name: string, finding: Problem): string {
  const advice = `${markdownText(finding.advice)} [${finding.alert}](${finding.runbook})`;
  return row([level, markdownText(name), markdownText(findingText(finding)), advice]);
}

function factRows(instance: ReportedInstance): string {
  return instance.facts
    .map((fact) => {
      const value = valueTexts(fact, instance.facts).join('; ');
      return textRow([
        nameText(instance),
        fact.check ?? '',
        fact.fact,
        value,
        fact.source ?? '',
        ageText(fact.age_seconds),
      ]);
    })
    .join('');
}
