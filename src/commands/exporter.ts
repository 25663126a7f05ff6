// Wires a configuration, the collector and the metrics into one exporter, for every command that needs one.
import { type Collector, createCollector } from '../collector/collector.ts';
import type { ConfigSource } from '../config/config-file.ts';
import { createCredentialSearch, withPatience } from '../config/credential-search.ts';
import { createHttpClient } from '../http/client.ts';
import { readProxies } from '../http/proxy.ts';
import type { Format } from '../metrics/encode.ts';
import { type BuildInfo, createExporterMetrics } from '../metrics/exporter-metrics.ts';
import { expositionText, renderExposition } from '../metrics/exposition.ts';
import type { ExporterState } from '../metrics/state-samples.ts';
import { aborted } from '../model/deadline.ts';
import type { Instance } from '../model/instance.ts';
import type { Knowledge } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import type { StatusInstance } from '../web/status-rows.ts';
import type { WebConfigSource } from '../web-config/web-config-source.ts';
import { programName } from './build-info.ts';
import { later, surroundings } from './surroundings.ts';

/** What an exporter is built from. */
export interface ExporterOptions {
  config: ConfigSource;
  /** undefined: the HTTP surface is not protected, or there is none. */
  webConfig?: WebConfigSource | undefined;
  build: BuildInfo;
  log: Log;
  /** Whether process_* and nodejs_* are shown. */
  processMetrics: boolean;
}

/** An exporter without an HTTP surface. */
export interface Exporter {
  /** Reads a changed configuration, then sweeps; see Collector.sweep. */
  sweep: Collector['sweep'];
  exposition: (format: Format) => Promise<{ body: string; contentType: string }>;
  status: () => StatusInstance[];
  progress: Collector['progress'];
  close: () => void;
}

/** Milliseconds for one request in the search for credentials, where a metadata service may not exist at all. */
const longestSearchMs = 5000;

/** Creates an exporter that has not asked anything yet. */
export function createExporter({ config, webConfig, build, log, processMetrics }: ExporterOptions): Exporter {
  const metrics = createExporterMetrics(build, processMetrics);
  const http = createHttpClient(
    `${programName}/${build.version}`,
    () => config.current().scrape.concurrency,
    readProxies(process.env),
  );
  const stopping = new AbortController();
  const around = surroundings();
  const collector = createCollector({
    watch: config.current,
    findCredentials: withPatience(
      createCredentialSearch(config.current, {
        ...around,
        send: (request) => {
          const timeoutMs = Math.min(config.current().scrape.request_timeout, longestSearchMs);
          return http.send(request, { timeoutMs, signal: stopping.signal });
        },
      }),
      later,
    ),
    http: http.send,
    observer: metrics.observer,
    log,
    now: around.now,
    monotonic: around.monotonic,
    random: around.random,
    later,
  });

  function knowledgeOf(instance: Instance): Knowledge {
    const checks = instance.checks.map((check) => {
      const result = collector.result(instance, check);
      const { facts, factsAtMs, lastSuccessMs, last } = result ?? {};
      return { check, facts, factsAtMs, lastSuccessMs, failingSinceMs: undefined, last };
    });
    return { instance, checks };
  }

  function stateNow(): ExporterState {
    const { pending, lastSweepSeconds } = collector.progress();
    const { accounts, instances, shard } = config.current();
    const counts = new Map<string, number>();
    for (const { account } of instances) counts.set(account, (counts.get(account) ?? 0) + 1);
    return {
      lastSweepSeconds,
      pendingChecks: pending,
      accounts: [...accounts.values()].map(({ name, provider }) => ({
        provider: provider.id,
        account: name,
        instances: counts.get(name) ?? 0,
      })),
      shard,
      config: config.state(),
      webConfig: webConfig?.state(),
      facts: [],
    };
  }

  return {
    async sweep(signal, company) {
      // A file system that hangs must not hold up a scrape: then the configuration in force serves on.
      await Promise.race([config.refresh(), ...(signal === undefined ? [] : [aborted(signal)])]);
      await collector.sweep(signal, company);
    },
    async exposition(format) {
      const { accounts, instances } = config.current();
      const exposition = renderExposition({
        format,
        nowMs: Date.now(),
        instances: instances.map((instance) => ({
          knowledge: knowledgeOf(instance),
          engine: accounts.get(instance.account)?.provider.engine ?? '',
        })),
        ownLabels: [...new Set(instances.flatMap(({ labels }) => Object.keys(labels)))].toSorted(),
        exporter: { state: stateNow(), registry: metrics.registry },
      });
      return { contentType: exposition.contentType, body: await expositionText(exposition) };
    },
    status: () =>
      config.current().instances.map((instance) => ({
        instance,
        checks: instance.checks.map((check) => {
          const result = collector.result(instance, check);
          return {
            check,
            facts: result?.facts,
            factsAtMs: result?.factsAtMs,
            endedAtMs: result?.last.endedAtMs,
            failure: result?.last.failure,
          };
        }),
      })),
    progress: collector.progress,
    close() {
      collector.stop();
      stopping.abort();
      http.close();
    },
  };
}
