// Wires configuration, fleet, collector and metrics into one exporter, without an HTTP surface.
import { setMaxListeners } from 'node:events';
import { createPublicLookup } from '../ca-bundle/public-lookup.ts';
import { type Collector, createCollector } from '../collector/collector.ts';
import type { Watch } from '../collector/watch.ts';
import { caFileIn, createCaFiles } from '../config/ca-file.ts';
import type { Config } from '../config/config.ts';
import type { ConfigSource } from '../config/config-file.ts';
import { createCredentialSearch } from '../config/credential-search.ts';
import { createFleetSource, type Fleet, type FleetSource } from '../fleet/fleet.ts';
import { createHttpClient } from '../http/client.ts';
import { createConnect } from '../http/connect.ts';
import { createLookup, type Lookup } from '../http/lookup.ts';
import { readProxies } from '../http/proxy.ts';
import type { Format } from '../metrics/encode.ts';
import { type BuildInfo, createExporterMetrics, type ExporterMetrics } from '../metrics/exporter-metrics.ts';
import {
  type Exposition,
  renderExposition,
  renderShortExposition,
  type ShortExposition,
} from '../metrics/exposition.ts';
import { createViews } from '../metrics/instance-view.ts';
import type { ExporterState } from '../metrics/state-samples.ts';
import { untilAborted } from '../model/deadline.ts';
import { type HttpClient, resendIfStale } from '../model/http.ts';
import type { Knowledge } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import { wholeTurn } from '../model/pace.ts';
import { programName } from '../model/program-name.ts';
import { reportableFacts } from '../model/provider.ts';
import type { Shard } from '../model/shard.ts';
import type { WebConfigSource } from '../web-config/web-config-source.ts';
import { createCaBundleSource } from './ca-bundle-source.ts';
import { createHeapLimit } from './heap.ts';
import { credentialTools, processClock } from './process-tools.ts';

/** Options of `createExporter`. */
export interface ExporterOptions {
  config: ConfigSource;
  shard: Shard;
  /** undefined: the HTTP surface is not protected, or there is none. */
  webConfig?: WebConfigSource | undefined;
  build: BuildInfo;
  log: Log;
  /** Whether process_* and nodejs_* are exposed. */
  processMetrics: boolean;
}

/** An exporter without an HTTP surface. */
export interface Exporter extends Omit<Collector, 'sweep' | 'stop'> {
  /** Reads a changed configuration, then sweeps; see Collector.sweep. */
  sweep: Collector['sweep'];
  /** What is known at this moment. */
  exposition: (format: Format) => Promise<Exposition>;
  /** What is known about one instance. */
  expositionOf: (knowledge: Knowledge, format: Format) => Promise<ShortExposition>;
  /** Adopts a changed configuration; reads it once a second at most. Returns at the signal at the latest. */
  refresh: (signal: AbortSignal) => Promise<void>;
  fleet: () => Fleet;
  close: () => void;
}

/** Timeout of one request of the credential search: a metadata service may not exist. */
const maxSearchRequestMs = 5000;

/** Creates an exporter that has not called any API yet. */
export function createExporter(options: ExporterOptions): Exporter {
  const { config, shard, build, log, processMetrics } = options;
  const metrics = createExporterMetrics(build, processMetrics);
  const heap = createHeapLimit();
  const fleets = createFleetSource(shard);
  const watch = createWatch(config, fleets, heap.adapt);
  const fleet = () => watch().fleet;
  const lookup = createLookup();
  const { http, publicHttp } = createHttpClients(build, lookup);
  const { readCa, trustedCa } = createTrust(config);
  const stopping = new AbortController();
  // One listener per concurrent request for credentials or CA certificates: Node warns of a leak above 10.
  setMaxListeners(0, stopping.signal);
  const collector = createCollector({
    ...processClock,
    watch,
    listed: fleets.listed,
    findCredentials: credentialSearch(config, http, trustedCa, stopping.signal),
    async http(request, options) {
      heap.countRequest();
      return await http.send(request, { ...options, ca: await trustedCa(options.account) });
    },
    connect: createConnect(lookup),
    readCa,
    caBundle: createCaBundleSource({ config: config.current, http, publicHttp, trustedCa, signal: stopping.signal }),
    observer: metrics.observer,
    log,
  });

  const prepare = createPreparation(collector, http);
  const { sweep, stop, ...rest } = collector;
  return {
    ...rest,
    async sweep(signal, minWaitMs) {
      await prepare(config.refresh(), signal);
      // The search of the fleet for checks that are due.
      await wholeTurn();
      await sweep(signal, minWaitMs);
    },
    refresh: shared(() => prepare(config.refresh(), undefined)),
    ...createExpositions(options, { fleet, collector, registry: metrics.registry }),
    fleet,
    close() {
      heap.close();
      stop();
      stopping.abort();
      http.close();
      publicHttp.close();
    },
  };
}

/** What an exposition shows. */
interface Shown {
  fleet: () => Fleet;
  collector: Collector;
  registry: ExporterMetrics['registry'];
}

function createExpositions(
  options: ExporterOptions,
  { fleet, collector, registry }: Shown,
): Pick<Exporter, 'exposition' | 'expositionOf'> {
  const views = createViews();
  const common = (format: Format) => {
    const { accounts } = options.config.current();
    const engineOf = (account: string) => accounts.get(account)?.provider.engine ?? '';
    return { format, nowMs: Date.now(), engineOf, ownLabels: fleet().labelNames };
  };
  return {
    exposition(format) {
      const exporter = { state: stateOf(options, fleet(), collector), registry };
      return renderExposition({ ...common(format), instances: collector.knowledge(), views, exporter });
    },
    expositionOf: (knowledge, format) => renderShortExposition(knowledge, common(format)),
  };
}

/** @returns a function that adopts a configuration once it is read, at the signal at the latest */
function createPreparation({ adopt }: Collector, http: HttpClient) {
  // A file system that hangs must not delay a scrape: it then uses the current configuration. Each step takes a while:
  // adopting a large fleet; loading, once. The event loop runs in between. When loading fails, the requests report it.
  return async (reading: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> => {
    await (signal === undefined ? reading : untilAborted(reading, signal));
    adopt();
    await wholeTurn();
    await http.prepare().catch(() => undefined);
  };
}

/** Milliseconds in which requests for single instances share one reading of the configuration. */
const sharedMs = 1000;

/** @returns a function that starts the work, or joins what has been started just before */
function shared(work: () => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let startedAt = Number.NEGATIVE_INFINITY;
  let working: Promise<void> | undefined;
  return async (signal) => {
    const nowMs = processClock.monotonic();
    if (working === undefined && nowMs - startedAt > sharedMs) {
      startedAt = nowMs;
      working = work().finally(() => {
        working = undefined;
      });
    }
    if (working !== undefined) await untilAborted(working, signal);
  };
}

/** The client for the APIs, and one that connects to public addresses only. */
function createHttpClients({ version }: BuildInfo, lookup: Lookup) {
  const userAgent = `${programName}/${version}`;
  const findProxy = readProxies(process.env);
  return {
    http: createHttpClient(userAgent, findProxy, lookup),
    publicHttp: createHttpClient(userAgent, findProxy, lookup, createPublicLookup(lookup)),
  };
}

/**
 * What to watch: the same object until the configuration or the fleet changes, because the collector reads it at each
 * step.
 */
function createWatch(config: ConfigSource, fleets: FleetSource, adopted: (instances: number) => void): () => Watch {
  let last: { config: Config; watch: Watch } | undefined;
  return () => {
    const current = config.current();
    const fleet = fleets.of(current);
    if (last?.config !== current || last.watch.fleet !== fleet) {
      last = { config: current, watch: { ...current, fleet } };
      adopted(fleet.size);
    }
    return last.watch;
  };
}

/** The PEM certificates that an account trusts for its API; undefined: those of the system. @throws {Failure} network */
type TrustedCa = (account: string) => Promise<string | undefined>;

function createTrust(config: ConfigSource) {
  const caFiles = createCaFiles(processClock);
  const readCa = (file: string) => caFiles(caFileIn(config.current().folder, file));
  const trustedCa: TrustedCa = async (account) => {
    const file = config.current().accounts.get(account)?.settings.ca_file;
    return file === undefined ? undefined : await readCa(file);
  };
  return { readCa, trustedCa };
}

function credentialSearch(config: ConfigSource, http: HttpClient, trustedCa: TrustedCa, signal: AbortSignal) {
  return createCredentialSearch(config.current, {
    ...credentialTools(),
    async send(request, account) {
      const timeoutMs = Math.min(config.current().scrape.request_timeout, maxSearchRequestMs);
      const ca = await trustedCa(account);
      return await resendIfStale((fresh) => http.send(request, { timeoutMs, signal, ca, fresh }));
    },
  });
}

function stateOf({ config, webConfig }: ExporterOptions, fleet: Fleet, collector: Collector): ExporterState {
  const { pending, lastSweepSeconds } = collector.progress();
  const accounts = [...config.current().accounts.values()];
  return {
    lastSweepSeconds,
    pendingChecks: pending,
    accounts: accounts.map(({ name, provider }) => ({
      provider: provider.id,
      account: name,
      instances: fleet.byAccount.get(name)?.length ?? 0,
    })),
    lists: collector.lists(),
    shard: fleet.shard,
    config: config.state(),
    webConfig: webConfig?.state(),
    facts: [...new Set(accounts.map(({ provider }) => provider))].flatMap(reportableFacts),
  };
}
