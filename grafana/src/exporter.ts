// The dashboard of the exporter itself: failures, age of data, and API calls.
import { instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import type { Provider } from '../../src/model/provider.ts';
import { apiCalls, failedCalls } from './api-calls.ts';
import { assemble } from './dashboard.ts';
import { busy, ofAccount, ofExporter, ofProcess, targets } from './exporter-selectors.ts';
import { accounts, exporters, failingChecks, lists } from './exporter-tables.ts';
import { failuresPerMinute } from './failures.ts';
import { goodAtZero, graph, type Steps, stat, textsOf } from './panels.ts';
import { type RateLimit, rateLimits } from './rate-limits.ts';
import { labelVariable, textVariable } from './variables.ts';

const { requests, checkFailures, clockSkew, buildInfo, credentialsRefresh } = lastingFamilies;
const { checkSuccess, checkLastSuccess, checkDuration } = instanceFamilies;

const variables = [
  labelVariable(
    'exporter',
    'Exporter',
    `label_values(${buildInfo.name}, instance)`,
    'Instance label of the exporter in Prometheus.',
  ),
  labelVariable('provider', 'Provider', `label_values(${requests.name}{${ofExporter}}, provider)`, 'Cloud provider.'),
  labelVariable(
    'account',
    'Account',
    `label_values(${requests.name}{${ofExporter}, provider=~"$provider"}, account)`,
    'Account name in the configuration of the exporter.',
  ),
];

/** A text box for each rate limit. */
function limitVariables(limits: readonly RateLimit[]) {
  return limits.map(({ variable, title, limit }) =>
    textVariable(
      variable,
      title,
      String(limit),
      'The rate limit for the comparison; set it to the value in rate_limits.',
    ),
  );
}

/** A number in a row of six. */
function tile(
  title: string,
  description: string,
  { unit = 'short', noValue, ...rest }: { expr: string; steps: Steps; unit?: string; noValue?: string },
) {
  const options = noValue === undefined ? rest : { ...rest, noValue };
  return stat({ title, description, unit, width: 4, height: 3, ...options }).decimals(0);
}

const age = `time() - ${checkLastSuccess.name}{${ofAccount}}`;
const running = `count(${buildInfo.name}{${ofExporter}})`;
const validFailed = textsOf({ 1: ['valid', 'green'], 0: ['failed', 'red'] });

/** What the shards of one fleet have in common. */
const service = 'job, namespace, service';

const exporterTiles = [
  tile('Exporters', 'Exporters whose last scrape succeeded.', {
    expr: running,
    steps: ['red', [1, 'blue']],
    noValue: 'none',
  }),
  tile('Down', 'Exporters that were scraped in the time range and are still targets, but do not respond.', {
    expr: `count(${targets} == 0) or 0 * ${running}`,
    steps: goodAtZero('red'),
  }),
  tile('Lost shards', 'Shards without an exporter: their instances are not monitored.', {
    expr: `sum(max by (${service}) (${stateFamilies.totalShards.name} > 1)
- count by (${service}) (count_values by (${service}) ("shard", ${stateFamilies.shardOrdinal.name})))
or 0 * ${running}`,
    steps: goodAtZero('red'),
  }),
  tile(
    'Config',
    'Whether the configuration and the web configuration were valid when last read; an invalid one never replaces a valid one.',
    {
      // The extra label keeps both: `or` ignores metric names and would drop one.
      expr: `min(${stateFamilies.reloadSuccessful.name}{${ofExporter}} or label_replace(${stateFamilies.webReloadSuccessful.name}{${ofExporter}}, "file", "web", "", ""))`,
      steps: ['red', [1, 'green']],
    },
  ).mappings([validFailed]),
  tile('Credentials', 'Whether the credentials of all accounts could be read or renewed, see "Each account".', {
    expr: `min(${credentialsRefresh.name}{${ofAccount}})`,
    steps: ['red', [1, 'green']],
  }).mappings([validFailed]),
  tile(
    'Clock skew',
    'Largest difference between the clocks of an exporter and an API; if it reaches some minutes, an API refuses signatures.',
    { expr: `max(abs(${clockSkew.name}{${ofAccount}}))`, steps: ['green', [5, 'orange'], [60, 'red']], unit: 's' },
  ),
];

const checkTiles = [
  tile('Failing now', 'Checks whose last attempt failed.', {
    expr: `sum(${checkSuccess.name}{${ofAccount}} == bool 0)`,
    steps: goodAtZero('orange'),
  }),
  tile('Never OK', 'Failing checks that have never succeeded since the exporter was started.', {
    expr: `count(${checkSuccess.name}{${ofAccount}} == 0 unless ${checkLastSuccess.name}) or 0 * count(${checkSuccess.name}{${ofAccount}})`,
    steps: goodAtZero('orange'),
  }),
  tile('Oldest data', 'Time since the last success, of the check that succeeded longest ago.', {
    expr: `max(${age})`,
    steps: ['green', [900, 'orange'], [3600, 'red']],
    unit: 's',
  }),
  tile('Pending', 'Checks that were due but not finished at the last scrape.', {
    expr: `sum(${stateFamilies.sweepPending.name}{${ofExporter}})`,
    steps: goodAtZero('orange'),
  }),
];

function highestBudget(limits: readonly RateLimit[]) {
  return tile('Budget', 'The highest share of a rate limit, see "Budget used".', {
    expr: `max(${limits.map(({ rate, variable }) => `${rate} / $${variable}`).join('\nor\n')})`,
    steps: ['green', [0.7, 'orange'], [0.9, 'red']],
    unit: 'percentunit',
  });
}

const instancesTile = tile(
  'Instances',
  'Instances, configured and discovered. An instance watched by two exporters counts twice.',
  {
    expr: `sum(${stateFamilies.instances.name}{${ofAccount}})`,
    steps: ['blue'],
  },
);

/** A graph of half the width. */
function half(title: string, description: string, unit: string, expr: string, legend: string) {
  return graph({ title, description, unit, width: 12, height: 9, lines: [{ expr, legend }] });
}

const failures = [
  failuresPerMinute({
    title: 'Failed checks by reason',
    description: 'Failed checks a minute, by reason; docs/metrics.md has the meaning of each reason and what to do.',
    family: checkFailures,
    by: ['reason'],
  }),
  failedCalls,
];

const sweeps = [
  half(
    'Age of data',
    'Time since the last success, the longest by account and check.',
    'suffix:min',
    `max by (provider, account, check) (${age}) / 60`,
    '{{account}} {{check}}',
  ).min(0),
  half(
    'Duration of checks',
    'Duration of the longest last attempt, by account and check, without the wait for the rate limit.',
    's',
    `max by (provider, account, check) (${checkDuration.name}{${ofAccount}})`,
    '{{account}} {{check}}',
  ).min(0),
  half(
    'Sweep duration',
    'Duration of the last finished sweep, the longest of all accounts, by exporter.',
    's',
    `max by (instance) (${stateFamilies.sweepDuration.name}{${ofExporter}})`,
    '{{instance}}',
  ).min(0),
  half(
    'Checks pending',
    'Checks that were due and not finished at a scrape. If it never reaches 0, the scrape interval is shorter than a sweep.',
    'short',
    `max by (instance) (${stateFamilies.sweepPending.name}{${ofExporter}})`,
    '{{instance}}',
  )
    .min(0)
    .axisSoftMax(5)
    .decimals(0),
];

const processes = [
  third('Memory', 'Resident memory of each exporter.', 'bytes', ofProcess('process_resident_memory_bytes')),
  third(
    'CPU',
    'CPU time of each exporter, in cores.',
    'short',
    `rate(process_cpu_seconds_total{${ofExporter}}[$__rate_interval]) and on (job, instance) ${buildInfo.name}`,
  ),
  third(
    'Event loop',
    'Share of the time in which the event loop works; near 100 % requests wait.',
    'percentunit',
    busy,
  ),
  half(
    'Clock skew over time',
    'Clock of the API minus clock of the exporter, by account. The header of the API has whole seconds: up to 1 s is not significant.',
    's',
    `max by (instance, provider, account) (${clockSkew.name}{${ofAccount}})`,
    '{{account}} at {{instance}}',
  )
    .axisSoftMin(-5)
    .axisSoftMax(5),
];

/** A graph by exporter. */
function third(title: string, description: string, unit: string, vector: string) {
  return half(title, description, unit, `max by (instance) (${vector})`, '{{instance}}').min(0);
}

/** The exporter dashboard. @param providers the providers whose rate limits are shown */
export function exporterDashboard(providers: readonly Provider[]): object {
  const limits = rateLimits(providers);
  return assemble({
    uid: 'clouddb-encryption-exporter',
    title: 'Cloud database encryption: exporter',
    description: 'Failing checks, age of data and API calls of clouddb-encryption-exporter.',
    from: 'now-6h',
    variables: [...variables, ...limitVariables(limits)],
    annotation: {
      name: 'Configuration read',
      expr: `1000 * ${stateFamilies.reloadSuccessTime.name}{${ofExporter}}`,
      color: 'blue',
      title: 'Configuration read by {{instance}}',
      useValueForTime: true,
    },
    rows: [
      { title: 'At a glance', panels: [...exporterTiles, ...checkTiles, highestBudget(limits), instancesTile] },
      { title: 'Exporters and accounts', panels: [exporters, accounts, lists] },
      { title: 'Failures', panels: [failingChecks, ...failures] },
      { title: 'API calls', panels: apiCalls(limits) },
      { title: 'Sweeps and age', panels: sweeps },
      { title: 'Processes and clocks', panels: processes },
    ],
  });
}
