// `--format text` of a probe: the results and the served chain for a terminal.
import type { DatabaseProtocol } from '../model/database.ts';
import { countText } from '../model/wording.ts';
import type { ProbeReport } from './probe-report.ts';
import { stylesOf, type TerminalLook } from './table.ts';
import { layOutTable, minWidth, wrapText } from './text-table.ts';
import { secondOf } from './words.ts';

const protocolTitles: Readonly<Record<DatabaseProtocol, string>> = { postgres: 'PostgreSQL', mysql: 'MySQL' };

/** The report as text, in pieces. */
export function* renderProbe(report: ProbeReport, look: TerminalLook): Generator<string> {
  const { address, protocol, duration_seconds: seconds, results, certificates, exit_status: status } = report;
  const width = Math.max(minWidth, look.columns);
  const styles = { ...stylesOf(look.colours), spaced: false };
  const head = `${address}, protocol of ${protocolTitles[protocol]}, probed in ${Math.round(seconds * 1000)} ms`;
  yield `${wrapText(head, width)}\n\n`;
  const rows = results.map(({ level, check, detail }) => [level, check, detail]);
  yield* layOutTable({ heads: ['RESULT', 'CHECK', 'DETAIL'], rows, ...styles }, width);
  if (certificates.length > 0) {
    yield '\n';
    const served = certificates.map((one) => [one.certificate, certificateLines(one).join('\n')]);
    yield* layOutTable({ heads: ['SERVED', 'CERTIFICATE'], rows: served, ...styles }, width);
  }
  const violations = results.filter(({ level }) => level === 'violation').length;
  const isAnswered = results.some(({ check }) => check !== 'failure');
  const summary = isAnswered ? countText(violations, 'violation') : 'No result';
  yield `\n${wrapText(`${summary}. Exit status ${status}.`, width)}\n`;
}

function certificateLines(seen: ProbeReport['certificates'][number]): string[] {
  const lines: [string, string | null][] = [
    ['subject', seen.subject_cn],
    ['issuer', seen.issuer_cn],
    ['serial', seen.serial],
    ['not before', seen.not_before && secondOf(seen.not_before)],
    ['not after', `${secondOf(seen.not_after)}, days left: ${Math.floor(seen.days_remaining)}`],
    ['SHA-256', seen.fingerprint_sha256],
  ];
  return lines.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
}
