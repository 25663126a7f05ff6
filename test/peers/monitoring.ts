// Prometheus and Alertmanager with what is shipped in prometheus/, made quick, around a running exporter.
import { once } from 'node:events';
import { readdir, readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse, stringify } from 'yaml';
import { createPeerFolder, findPeer, type Peer, startPeer, startPrometheus } from './peer.ts';
import { callPrometheus, queryPrometheus, type Series } from './prometheus-api.ts';

export const shipped = resolve(import.meta.dirname, '../../prometheus');
const prometheus = findPeer('prometheus');
const alertmanager = findPeer('prometheus-alertmanager');

/** A program of the monitoring is not there. */
export const monitoringMissing = prometheus.missing || alertmanager.missing;

export type Labels = Record<string, string>;

/** A notification of one alert. */
export interface Notification {
  receiver: string;
  status: 'firing' | 'resolved';
  labels: Labels;
  annotations: Labels;
  /** `performance.now()` of the arrival. */
  atMs: number;
}

/** One rule as Prometheus reports it. */
export interface LoadedRule {
  type: 'alerting' | 'recording';
  name: string;
  query: string;
  health: string;
  lastError?: string;
}

/** A running Prometheus and Alertmanager. */
export interface Monitoring {
  /** All notifications of all receivers, in order. */
  notifications: Notification[];
  /** All that Prometheus has loaded from the shipped rules. */
  rules: () => Promise<LoadedRule[]>;
  /** An instant query. @throws what Prometheus says of a wrong one */
  query: (expression: string) => Promise<Series[]>;
  /** The labels of the current alerts in Alertmanager; suppressed ones are not sent. */
  held: (state?: 'active' | 'suppressed') => Promise<Labels[]>;
  /** Scrapes these exporters, each `HOST:PORT`, and no others. */
  scrape: (exporters: readonly string[]) => Promise<void>;
  stop: () => Promise<void>;
}

interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  scrape_configs: { static_configs?: unknown; file_sd_configs?: { files: string[] }[] }[];
}

interface Route {
  group_wait?: string;
  group_interval?: string;
  routes?: Route[];
}

interface AlertmanagerConfig {
  route: Route;
  receivers: { name: string; webhook_configs: { url: string }[] }[];
}

interface RuleFile {
  groups: {
    interval?: string;
    rules: { alert?: string; labels?: Labels; for?: string; keep_firing_for?: string; expr: string }[];
  }[];
}

/** Starts both and a receiver of every webhook. @param exporter `HOST:PORT`, also once it is down */
export async function startMonitoring(exporter: string): Promise<Monitoring> {
  const folder = await createPeerFolder();
  const receiver = await startReceiver();
  const started: Peer[] = [];

  async function stop(): Promise<void> {
    for (const peer of started.toReversed()) await peer.stop();
    receiver.close();
    await folder.remove();
  }

  try {
    const config = await folder.write('alertmanager.yml', stringify(await quickAlertmanager(receiver.url)));
    const holder = await startPeer(alertmanager.path, (port) =>
      Promise.resolve([
        `--config.file=${config}`,
        `--storage.path=${folder.path}/alertmanager`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=warn',
      ]),
    );
    started.push(holder);

    const targets = join(folder.path, 'targets.json');
    async function scrape(exporters: readonly string[]): Promise<void> {
      // Renamed, because Prometheus reads the file as soon as it changes.
      const written = await folder.write('targets.new', JSON.stringify([{ targets: exporters }]));
      await rename(written, targets);
    }
    await scrape([exporter]);
    const rules = await folder.write('rules.yaml', stringify({ groups: await quickRules() }));
    const scraping = await quickPrometheus(rules, targets, `127.0.0.1:${holder.port}`);
    const server = await startPrometheus(prometheus.path, folder, stringify(scraping));
    started.push(server);
    const api = `${server.url}/api/v1`;

    return {
      notifications: receiver.notifications,
      rules: async () => {
        const { groups } = await callPrometheus<{ groups: { rules: LoadedRule[] }[] }>(api, 'rules');
        return groups.flatMap((group) => group.rules);
      },
      query: (expression) => queryPrometheus(api, expression),
      scrape,
      held: async (state) => {
        const answer = await fetch(`${holder.url}/api/v2/alerts`);
        const alerts = (await answer.json()) as { labels: Labels; status: { state: string } }[];
        return alerts.filter(({ status }) => (state ?? status.state) === status.state).map(({ labels }) => labels);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readYaml<T>(path: string): Promise<T> {
  return parse(await readFile(resolve(shipped, path), 'utf8')) as T;
}

/** The shipped file with short intervals, and what it names where the test has it. */
async function quickPrometheus(rules: string, targets: string, holder: string): Promise<PrometheusConfig> {
  const config = await readYaml<PrometheusConfig>('prometheus.yml');
  config.global = {
    ...config.global,
    scrape_interval: '1s',
    scrape_timeout: '1s',
    evaluation_interval: evaluationInterval,
  };
  config.rule_files = [rules];
  for (const { static_configs } of config.alerting.alertmanagers) {
    for (const entry of static_configs) entry.targets = [holder];
  }
  for (const job of config.scrape_configs) {
    delete job.static_configs;
    job.file_sd_configs = [{ files: [targets] }];
  }
  return config;
}

/** The groups of every shipped file of rules. */
export async function shippedRules(): Promise<RuleFile['groups']> {
  const files = (await readdir(resolve(shipped, 'rules'))).filter((name) => name.endsWith('.yaml'));
  return (await Promise.all(files.map((name) => readYaml<RuleFile>(`rules/${name}`)))).flatMap((file) => file.groups);
}

/** The same; only durations differ. */
async function quickRules(): Promise<RuleFile['groups']> {
  const groups = await shippedRules();
  for (const group of groups) {
    group.interval = evaluationInterval;
    for (const rule of group.rules) {
      if (rule.for !== undefined) rule.for = shortWait(rule.for);
      if (rule.keep_firing_for !== undefined) rule.keep_firing_for = shortWait(rule.keep_firing_for);
      rule.expr = rule.expr
        .replaceAll(/\[(\w+)(:\w*)?\]/g, (_, range: string) => `[${shortRange(range)}]`)
        .replaceAll(/\boffset (\w+)/g, (_, offset: string) => `offset ${shortRange(offset)}`);
    }
  }
  return groups;
}

const evaluationInterval = '500ms';
const unitSeconds: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };

/** A duration of PromQL in seconds. */
function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.map(([part]) => part).join('') !== duration) throw new Error(`no duration: ${duration}`);
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? Number.NaN), 0);
}

/** How long something lasts before it is told: a quarter of an hour becomes two seconds, so that order is kept. */
function shortWait(duration: string): string {
  return `${clamp(secondsOf(duration) / 600, 1, 6)}s`;
}

/** How far a rule looks back: far enough for a few scrapes, at most ten seconds. */
function shortRange(duration: string): string {
  return `${clamp(secondsOf(duration) / 120, 5, 10)}s`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.round(Math.max(least, Math.min(most, value)));
}

/** The shipped routing; only times and the addresses of receivers differ. */
async function quickAlertmanager(url: string): Promise<AlertmanagerConfig> {
  const config = await readYaml<AlertmanagerConfig>('alertmanager.yml');
  quicken(config.route);
  for (const { name, webhook_configs } of config.receivers) {
    for (const webhook of webhook_configs) webhook.url = `${url}/${name}`;
  }
  return config;
}

/**
 * As with what is shipped, what silences has come before a group is told for the first time, and groups are not told
 * in the moment of an evaluation, when one of two alerts that end together may have ended and the other not.
 */
function quicken(route: Route): void {
  if (route.group_wait !== undefined) route.group_wait = '1250ms';
  if (route.group_interval !== undefined) route.group_interval = evaluationInterval;
  for (const child of route.routes ?? []) quicken(child);
}

/** Receives and records all notifications. */
async function startReceiver(): Promise<{ url: string; notifications: Notification[]; close: () => void }> {
  const notifications: Notification[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { alerts } = JSON.parse(body) as { alerts: Omit<Notification, 'receiver' | 'atMs'>[] };
      const receiver = (request.url ?? '').slice(1);
      const atMs = performance.now();
      for (const { status, labels, annotations } of alerts) {
        notifications.push({ receiver, status, labels, annotations, atMs });
      }
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    notifications,
    close: () => server.close().closeAllConnections(),
  };
}
