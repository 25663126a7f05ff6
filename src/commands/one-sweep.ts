// What the commands that sweep once share: the progress bar, the output, the interruption.
import type { ConfigSource } from '../config/config-file.ts';
import { describeSystemError } from '../files/system-error.ts';
import { checkOutput, writeOutput } from '../files/write-output.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { aborted, startDeadline } from '../model/deadline.ts';
import type { Log } from '../model/log.ts';
import { createPace } from '../model/pace.ts';
import { wholeFleet } from '../model/shard.ts';
import { createExporter, type Exporter } from './exporter.ts';
import type { ProgressBar } from './progress-bar.ts';

/** Where the output and the progress bar are written. */
export interface SweepTarget {
  /** See writeOutput; undefined or `-`: use `write`. */
  output: string | undefined;
  write: (text: string) => Promise<void>;
  /** undefined: no bar is drawn. */
  bar: ProgressBar | undefined;
  /** Interrupts the run: nothing is written. */
  stop: AbortSignal;
}

/** What a command makes of one sweep. */
interface SweepResult<Status> {
  /** The output, in pieces. */
  pieces: Iterable<string>;
  status: Status;
  /** Called once the output is written. @param file a regular file that was replaced */
  written: (file: string | undefined) => void;
}

/** A pipe as output may have its reader later. */
const outputTimeoutMs = 10_000;

const chunkLength = 64 * 1024;

/**
 * Runs every check once and writes what `finish` makes of it.
 * @returns the exit status of the result, or 1 when it was interrupted or the output could not be written
 */
export async function sweepOnce<Status extends number>(
  config: ConfigSource,
  target: SweepTarget,
  { build, log }: { build: BuildInfo; log: Log },
  finish: (exporter: Exporter) => Promise<SweepResult<Status>>,
): Promise<Status | 1> {
  if (!(await checked(target, log))) return 1;
  // process_* would clash with the textfile collector's own.
  const exporter = createExporter({ config, shard: wholeFleet, build, log, processMetrics: false });
  const erase = target.bar?.draw(exporter.progress);
  try {
    await exporter.sweep(target.stop);
    const { pieces, status, written } = await finish(exporter);
    erase?.();
    return (await writeResult(pieces, target, log, written)) ? status : 1;
  } finally {
    erase?.();
    exporter.close();
  }
}

const toFile = ({ output }: SweepTarget) => (output === undefined || output === '-' ? undefined : output);

/** Before any API is called. @returns false after logging why the output could not be written */
function checked(target: SweepTarget, log: Log): Promise<boolean> {
  const file = toFile(target);
  return attempt(target, log, async (signal) => {
    if (file !== undefined) await Promise.race([checkOutput(file), rejectWhenAborted(signal)]);
  });
}

/** @returns false after logging why it is not written */
function writeResult(
  pieces: Iterable<string>,
  target: SweepTarget,
  log: Log,
  written: (file: string | undefined) => void,
): Promise<boolean> {
  const { write, stop } = target;
  const file = toFile(target);
  return attempt(target, log, async (signal) => {
    if (file === undefined) {
      const interrupted = rejectWhenAborted(stop);
      for (const chunk of chunksOf(pieces)) await Promise.race([write(chunk), interrupted]);
      written(undefined);
      return;
    }
    const bytes: Buffer[] = [];
    const pace = createPace();
    for (const chunk of chunksOf(pieces)) {
      bytes.push(Buffer.from(chunk));
      if (pace.isDue()) await pace.rest();
    }
    const warn = (message: string) => log.warn(message, { output: file });
    written(await writeOutput(file, Buffer.concat(bytes), signal, warn));
  });
}

/** @returns false after logging why the output is not written */
async function attempt(
  { output, stop }: SweepTarget,
  log: Log,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const { signal, expired, clear } = startDeadline(outputTimeoutMs, [stop]);
  try {
    stop.throwIfAborted();
    await run(signal);
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

/** Larger pieces: each one is a call of the system. */
function* chunksOf(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** Rejects with the reason of the signal; a rejection that is not awaited is no error. */
function rejectWhenAborted(signal: AbortSignal): Promise<void> {
  const rejected = aborted(signal).then(() => signal.throwIfAborted());
  rejected.catch(() => undefined);
  return rejected;
}
