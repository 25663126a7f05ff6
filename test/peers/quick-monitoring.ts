// What is shipped in prometheus/, with short durations.
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { Labels } from './monitoring.ts';

export const shipped = resolve(import.meta.dirname, '../../prometheus');

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

async function readYaml<T>(path: string): Promise<T> {
  return parse(await readFile(resolve(shipped, path), 'utf8')) as T;
}

/** The shipped file with short intervals, and what it names where the test has it. */
export async function quickPrometheus(rules: string, targets: string, holder: string): Promise<PrometheusConfig> {
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
export async function quickRules(): Promise<RuleFile['groups']> {
  const groups = await shippedRules();
  for (const group of groups) {
    group.interval = evaluationInterval;
    for (const rule of group.rules) {
      if (rule.for !== undefined) rule.for = /\bup\{/.test(rule.expr) ? downtime : shortWait(rule.for);
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

/** For how long an exporter may be down without an alert: a restart that takes several scrapes is shorter. */
const downtime = '8s';

/** How long something lasts before it is sent: a quarter of an hour becomes 1.5 seconds, so that the order is kept. */
function shortWait(duration: string): string {
  return clamp(secondsOf(duration) / 600, 1, 3);
}

/** How far a rule looks back: far enough for a few scrapes, at most ten seconds. */
function shortRange(duration: string): string {
  return clamp(secondsOf(duration) / 120, 5, 10);
}

function clamp(seconds: number, least: number, most: number): string {
  return `${Math.round(Math.max(least, Math.min(most, seconds)) * 1000)}ms`;
}

/** The shipped routing; only times and the addresses of receivers differ. */
export async function quickAlertmanager(url: string): Promise<AlertmanagerConfig> {
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
