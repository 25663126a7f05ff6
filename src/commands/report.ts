// `report`: runs every check once and writes findings and facts for people, pipelines and auditors.
import type { ConfigSource } from '../config/config-file.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import type { Log } from '../model/log.ts';
import type { ReportFormat } from '../report/format-names.ts';
import { renderReport } from '../report/formats.ts';
import { buildReport } from '../report/report.ts';
import type { TerminalLook } from '../report/table.ts';
import { type SweepTarget, sweepOnce } from './one-sweep.ts';

/** Flags of the command. */
export interface ReportFlags {
  format: ReportFormat;
  /** Days for which a certificate must still be valid. */
  minDays: number;
  /** undefined: stdout. */
  output: string | undefined;
}

/** Characters of a line where stdout is no terminal. */
const fileColumns = 100;

/** What the command needs of the process. */
export interface ReportTools {
  build: BuildInfo;
  log: Log;
  configFile: string;
  /** How the table looks on stdout; see TerminalLook. */
  look: { columns: number | undefined; colours: boolean };
  /** Unix milliseconds. */
  now: () => number;
}

/** @returns the exit status: that of the report, or 1 when it was interrupted or the output could not be written */
export async function report(
  config: ConfigSource,
  target: SweepTarget,
  { format, minDays }: ReportFlags,
  tools: ReportTools,
): Promise<0 | 1 | 3 | 4> {
  const { build, log, configFile, now } = tools;
  return await sweepOnce(config, target, tools, async (exporter) => {
    const { accounts, thresholds } = config.current();
    const built = await buildReport({
      fleet: exporter.knowledge(),
      lists: exporter.lists(),
      providerOf: (account) => accounts.get(account)?.provider ?? { checks: [] },
      thresholds,
      nowMs: now(),
      version: build.version,
      configFile,
      minDays,
    });
    const { instances, lists, failed_lists, checks, failed_checks: failed, violations } = built.summary;
    const ofLists = lists === 0 ? {} : { lists, failed_lists };
    return {
      pieces: renderReport(built, format, lookOf(target, tools)),
      status: built.summary.exit_status,
      written(file) {
        if (file !== undefined) {
          log.info('report written', { output: file, instances, checks, failed, ...ofLists, violations });
        }
      },
    };
  });
}

function lookOf({ output }: SweepTarget, { look }: ReportTools): TerminalLook {
  if (output !== undefined && output !== '-') return { columns: fileColumns, colours: false };
  return terminalLook(look);
}

/** How text looks on stdout, whose columns are known where it is a terminal. */
export function terminalLook({ columns = 0, colours }: ReportTools['look']): TerminalLook {
  // A terminal whose size is not set reports 0 columns.
  return { colours, columns: columns > 0 ? columns : fileColumns };
}
