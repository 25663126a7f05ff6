// `scrape`: runs every check once and writes one exposition, for a terminal or for the textfile collector.
import type { ConfigSource } from '../config/config-file.ts';
import { describeSystemError } from '../files/bounded-file.ts';
import { writeOutput } from '../files/write-output.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { expositionBytes } from '../metrics/exposition.ts';
import { aborted, startDeadline } from '../model/deadline.ts';
import { isFailing } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import { wholeFleet } from '../model/shard.ts';
import { createExporter } from './exporter.ts';
import type { ProgressBar } from './progress-bar.ts';

/** Where the exposition and the progress bar are written. */
export interface ScrapeTarget {
  /** See writeOutput; undefined or `-`: use `write`. */
  output: string | undefined;
  write: (text: string) => Promise<void>;
  /** undefined: no bar is drawn. */
  bar: ProgressBar | undefined;
  /** Interrupts the run: nothing is written. */
  stop: AbortSignal;
}

/** A pipe as output may have its reader later. */
const outputTimeoutMs = 10_000;

/** @returns the exit status: 0, 3 when some check failed, 1 when it was interrupted or the output could not be written */
export async function scrape(
  config: ConfigSource,
  target: ScrapeTarget,
  { build, log }: { build: BuildInfo; log: Log },
): Promise<0 | 1 | 3> {
  // process_* would clash with the textfile collector's own.
  const exporter = createExporter({ config, shard: wholeFleet, build, log, processMetrics: false });
  const erase = target.bar?.draw(exporter.progress);
  try {
    await exporter.sweep(target.stop);
    const body = await expositionBytes(await exporter.exposition('text'));
    erase?.();
    if (!(await writeExposition(body, target, log))) return 1;
    const checks = exporter.knowledge().flatMap((instance) => instance.checks);
    const failed = checks.filter(({ last }) => last === undefined || isFailing(last)).length;
    log.info('scraped', { checks: checks.length, failed });
    return failed === 0 ? 0 : 3;
  } finally {
    erase?.();
    exporter.close();
  }
}

/** @returns false after logging why it is not written */
async function writeExposition(body: Buffer, { output, write, stop }: ScrapeTarget, log: Log): Promise<boolean> {
  const { signal, expired, clear } = startDeadline(outputTimeoutMs, [stop]);
  try {
    stop.throwIfAborted();
    if (output === undefined || output === '-') await Promise.race([write(body.toString()), rejectWhenAborted(stop)]);
    else {
      const file = await writeOutput(output, body, signal, (message) => log.warn(message, { output }));
      if (file !== undefined && ![output, file].some((path) => path.endsWith('.prom'))) {
        log.warn('the textfile collector of node_exporter reads only files that end in .prom', { output });
      }
    }
    return true;
  } catch (error) {
    const cause = expired() ? `not written within ${outputTimeoutMs / 1000} s` : describeSystemError(error);
    if (stop.aborted) log.error('interrupted; the output is not written', { output });
    else log.error('cannot write the output; check --output and its folder', { output, error: cause });
    return false;
  } finally {
    clear();
  }
}

async function rejectWhenAborted(signal: AbortSignal): Promise<void> {
  await aborted(signal);
  signal.throwIfAborted();
}
