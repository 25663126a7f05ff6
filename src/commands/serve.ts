// `serve`: the exporter behind HTTP, until a signal stops it.
import { performance } from 'node:perf_hooks';
import type { ConfigSource } from '../config/config-file.ts';
import { describeSystemError } from '../files/system-error.ts';
import { formatProblem, type Problem } from '../files/yaml-document.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { aborted, startDeadline } from '../model/deadline.ts';
import type { Log } from '../model/log.ts';
import type { Shard } from '../model/shard.ts';
import { createApp } from '../web/app.ts';
import type { BasePaths } from '../web/base-path.ts';
import { createHealthApp } from '../web/health-app.ts';
import { type ListenAddress, type Listener, type Listening, listen } from '../web/listen.ts';
import type { StatusModel } from '../web/status-model.ts';
import type { WebConfigSource } from '../web-config/web-config-source.ts';
import { createExporter, type Exporter } from './exporter.ts';
import { protect } from './protection.ts';

/** Flags of `serve` and `demo`. */
export interface ServeFlags {
  listenAddresses: readonly ListenAddress[];
  /** For probes only, without TLS or authentication. */
  probeAddresses: readonly ListenAddress[];
  base: BasePaths;
  telemetryPath: string;
  maxRequests: number;
  enableLifecycle: boolean;
  timeoutOffsetMs: number;
  shard: Shard;
}

/** Signals that a running server reacts to. */
export interface ServeEvents {
  /** Aborted by SIGTERM and SIGINT. */
  stop: AbortSignal;
  /** Calls back for each SIGHUP. */
  onHangup: (callback: () => void) => void;
}

/** At shutdown, scrapes in progress return after this time at the latest. */
const answerGraceMs = 1500;
const closeGraceMs = 2000;
/** The timeout of a scrape that announces none. */
const firstSweepMs = 10_000;

/**
 * Serves until `stop`, then finishes the requests in progress. @returns the exit status: 0, or 2 when it cannot listen
 * @param ready receives the addresses once they are bound
 */
export async function serve(
  config: ConfigSource,
  webConfig: WebConfigSource | undefined,
  flags: ServeFlags,
  { build, log, events }: { build: BuildInfo; log: Log; events: ServeEvents },
  ready: (addresses: readonly string[]) => void = () => undefined,
): Promise<0 | 2> {
  const exporter = createExporter({ config, shard: flags.shard, webConfig, build, log, processMetrics: true });
  const stopping = new AbortController();

  async function reload(): Promise<readonly Problem[]> {
    const [problems] = await Promise.all([config.refresh(true), webConfig?.latest()]);
    exporter.adopt();
    return [...problems, ...(webConfig?.problems() ?? [])];
  }

  const app = createApp({
    ...flags,
    sweep: (signal) => exporter.sweep(signal),
    exposition: exporter.exposition,
    targets: { ...exporter, maxStaleMs: () => config.current().scrape.max_stale, now: Date.now },
    status: () => statusOf(exporter, { config, webConfig, flags, build }),
    readiness: exporter.progress,
    reload: async () => (await reload()).map(formatProblem),
    stopping: stopping.signal,
    log,
  });

  events.onHangup(() => void reload().catch((error: unknown) => logFailedReload(error, log)));
  const main = { addresses: flags.listenAddresses, ...protect(app, webConfig, log) };
  const probes = { addresses: flags.probeAddresses, handler: createHealthApp(exporter.progress, flags.base, log) };
  const listening = await tryListen(main, '--web.listen-address', log);
  const probing = listening && (await tryListen(probes, '--web.probe-listen-address', log));
  if (listening === undefined || probing === undefined) {
    await listening?.close(0);
    exporter.close();
    return 2;
  }
  for (const address of listening.addresses) log.info('listening', { address });
  // Logged last with another message and key, so that scripts matching "listening" do not pick the probe port.
  for (const at of probing.addresses) log.info('serving probes without TLS or authentication', { at });
  ready(listening.addresses);
  // The startup sweep is open like a scrape, so that scrapes join it; once it is done, the next scrape starts another.
  const first = startDeadline(firstSweepMs, [stopping.signal]);
  void exporter.sweep(first.signal, 0).finally(first.clear);

  await aborted(events.stop);
  log.info('stopping');
  const answer = setTimeout(() => stopping.abort(), answerGraceMs);
  await Promise.all([listening.close(closeGraceMs), probing.close(closeGraceMs)]);
  clearTimeout(answer);
  exporter.close();
  log.info('stopped');
  return 0;
}

interface Served {
  config: ConfigSource;
  webConfig: WebConfigSource | undefined;
  flags: ServeFlags;
  build: BuildInfo;
}

/** What the pages show. */
function statusOf(
  { knowledge, knowledgeOf, lists, fleet, progress }: Exporter,
  { config, webConfig, flags, build }: Served,
): Omit<StatusModel, 'linkBase'> {
  const { accounts, thresholds } = config.current();
  return {
    version: build.version,
    telemetryPath: flags.telemetryPath,
    nowMs: Date.now(),
    fleet: knowledge(),
    lists: lists(),
    withId: fleet().withId,
    knowledgeOf,
    providerOf: (account) => accounts.get(account)?.provider ?? { checks: [] },
    thresholds,
    pending: progress().pending,
    config: config.state(),
    shard: flags.shard,
    webConfig: webConfig?.state(),
  };
}

function logFailedReload(error: unknown, log: Log): void {
  log.error('reload failed; please report this', { stack: error instanceof Error ? error.stack : 'none' });
}

/** One line for connections that cannot be accepted, which can be thousands. */
const acceptErrorPauseMs = 60_000;

/** @returns undefined after logging the error */
async function tryListen(
  listener: Omit<Listener, 'onAcceptError'>,
  flag: string,
  log: Log,
): Promise<Listening | undefined> {
  let nextLogAt = 0;
  const onAcceptError = (error: Error) => {
    if (performance.now() < nextLogAt) return;
    nextLogAt = performance.now() + acceptErrorPauseMs;
    log.error('a connection could not be accepted; check the limits of open files', {
      error: describeSystemError(error),
    });
  };
  try {
    return await listen({ ...listener, onAcceptError });
  } catch (error) {
    log.error(`cannot listen; choose another address with ${flag}`, {
      error: error instanceof Error ? error.message : 'unknown',
    });
    return undefined;
  }
}
