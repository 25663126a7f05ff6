// `scrape`: runs every check once and writes one exposition, for a terminal or for the textfile collector.
import { rename, rm, writeFile } from 'node:fs/promises';
import type { ConfigSource } from '../config/config-file.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { expositionBytes } from '../metrics/exposition.ts';
import { isFailing } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import { wholeFleet } from '../model/shard.ts';
import { createExporter, type Exporter } from './exporter.ts';

/** Where the exposition and the progress bar are written. */
export interface ScrapeTarget {
  /** File to replace atomically; undefined: use `write`. */
  output: string | undefined;
  write: (text: string) => Promise<void>;
  /** Draws the progress bar; undefined when stderr is not a terminal. */
  progress: ((text: string) => void) | undefined;
  /** Stops the sweep early; what is known is still written. */
  stop: AbortSignal;
}

/** @returns the exit status: 0, 3 when some check failed, 1 when the output could not be written */
export async function scrape(
  config: ConfigSource,
  target: ScrapeTarget,
  { build, log }: { build: BuildInfo; log: Log },
): Promise<0 | 1 | 3> {
  // process_* would clash with the textfile collector's own.
  const exporter = createExporter({ config, shard: wholeFleet, build, log, processMetrics: false });
  const redraw = target.progress === undefined ? undefined : drawProgress(exporter, target.progress);
  try {
    await exporter.sweep(target.stop);
    const body = await expositionBytes(await exporter.exposition('text'));
    if (target.output === undefined) await target.write(body.toString());
    else if (!(await replaceFile(target.output, body, log))) return 1;
    const checks = exporter.knowledge().flatMap((instance) => instance.checks);
    const failed = checks.filter(({ last }) => last === undefined || isFailing(last)).length;
    log.info('scraped', { checks: checks.length, failed });
    return failed === 0 ? 0 : 3;
  } finally {
    redraw?.();
    exporter.close();
  }
}

/** Writes a temporary file and renames it, so that a reader never sees half a file. */
async function replaceFile(path: string, content: Buffer, log: Log): Promise<boolean> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content, { mode: 0o644 });
    await rename(beside, path);
    return true;
  } catch (error) {
    await rm(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    log.error('cannot write the output; check the folder and its permissions', { output: path, error: code });
    return false;
  }
}

/** @returns a function that stops and erases it */
function drawProgress({ progress }: Exporter, write: (text: string) => void): () => void {
  const width = 30;
  const timer = setInterval(() => {
    const { finished, configured } = progress();
    const filled = configured === 0 ? width : Math.floor((finished / configured) * width);
    write(`\r[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${finished}/${configured} checks`);
  }, 100);
  return () => {
    clearInterval(timer);
    write('\r\u001b[K');
  };
}
