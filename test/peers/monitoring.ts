// Prometheus and Alertmanager with what is shipped in prometheus/, made quick, around a running exporter.
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { createPeerFolder, findPeer, type Peer, startPeer, startPrometheus } from './peer.ts';
import { callPrometheus, queryPrometheus, type Series } from './prometheus-api.ts';
import { quickAlertmanager, quickPrometheus, quickRules } from './quick-monitoring.ts';

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
