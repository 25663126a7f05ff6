// `serve`: the exporter behind HTTP, until a signal ends it.
import type { ConfigSource } from '../config/config-file.ts';
import { formatProblem } from '../config/yaml-document.ts';
import { aborted, startDeadline } from '../core/deadline.ts';
import type { Log } from '../core/log.ts';
import type { Shard } from '../core/shard.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { createApp } from '../web/app.ts';
import { type ListenAddress, listen } from '../web/listen.ts';
import { createExporter } from './exporter.ts';

/** Flags of `serve` and `demo`. */
export interface ServeFlags {
  listenAddresses: readonly ListenAddress[];
  telemetryPath: string;
  maxRequests: number;
  enableLifecycle: boolean;
  timeoutOffsetMs: number;
  shard: Shard;
}

/** What the surroundings tell a running server. */
export interface ServeEvents {
  /** Aborted when the program is to end. */
  stop: AbortSignal;
  /** Calls back for each SIGHUP. */
  onHangup: (callback: () => void) => void;
}

/** Scrapes that are under way when the program is to end may still take this long. */
const answerGraceMs = 1500;
const closeGraceMs = 2000;
/** The time of a scrape that announces none. */
const firstSweepMs = 10_000;

/**
 * Serves until `stop`, then answers what is under way and returns. @returns the exit status: 0, or 2 when it cannot listen
 * @param ready is told the addresses once they are bound
 */
export async function serve(
  config: ConfigSource,
  flags: ServeFlags,
  { build, log, events }: { build: BuildInfo; log: Log; events: ServeEvents },
  ready: (addresses: readonly string[]) => void = () => undefined,
): Promise<0 | 2> {
  const exporter = createExporter({ config, build, log, processMetrics: true });
  const stopping = new AbortController();

  const app = createApp({
    ...flags,
    sweep: (signal) => exporter.sweep(signal),
    exposition: exporter.exposition,
    status: () => ({
      version: build.version,
      telemetryPath: flags.telemetryPath,
      nowMs: Date.now(),
      instances: exporter.status(),
      pending: exporter.progress().pending,
      config: config.state(),
      shard: flags.shard,
    }),
    readiness: exporter.progress,
    reload: async () => (await config.refresh(true)).map(formatProblem),
    stopping: stopping.signal,
    log,
  });

  let listening: Awaited<ReturnType<typeof listen>>;
  try {
    listening = await listen(app, flags.listenAddresses);
  } catch (error) {
    log.error('cannot listen; choose another address with --web.listen-address', {
      error: error instanceof Error ? error.message : 'unknown',
    });
    exporter.close();
    return 2;
  }
  for (const address of listening.addresses) log.info('listening', { address });
  ready(listening.addresses);
  events.onHangup(() => void config.refresh(true));
  // As a scrape would, so that those that come meanwhile belong to it; but when all has ended, the next one asks.
  const first = startDeadline(firstSweepMs, [stopping.signal]);
  void exporter.sweep(first.signal, 0).finally(first.clear);

  await aborted(events.stop);
  log.info('stopping');
  const answer = setTimeout(() => stopping.abort(), answerGraceMs);
  await listening.close(closeGraceMs);
  clearTimeout(answer);
  exporter.close();
  log.info('stopped');
  return 0;
}
