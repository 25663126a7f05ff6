// The dashboard of the exporter itself: failures, age of data, and API calls.
import { instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import type { Provider } from '../../src/model/provider.ts';
import { apiCalls } from './api-calls.ts';
import { assemble } from './dashboard.ts';
import { ofAccount, ofExporter } from './exporter-selectors.ts';
import { coloured, goodAtZero, graph, type Steps, stat, table, textsOf, wide } from './panels.ts';
import { type RateLimit, rateLimits } from './rate-limits.ts';
import { dataSourceVariable, labelVariable, textVariable } from './variables.ts';

const { requests, checkFailures, clockSkew, buildInfo } = lastingFamilies;
const { checkSuccess, checkLastSuccess } = instanceFamilies;

const variables = [
  dataSourceVariable(),
  labelVariable(
    'instance',
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

function small(
  title: string,
  description: string,
  options: { expr: string; steps: Steps; unit?: string; noValue?: string },
) {
  return stat({ title, description, unit: 'short', width: 3, height: 4, ...options });
}

const age = `time() - ${checkLastSuccess.name}{${ofAccount}}`;

const glance = [
  small('Exporters', 'Exporters whose last scrape succeeded.', {
    expr: `count(${buildInfo.name}{${ofExporter}})`,
    steps: ['blue'],
    noValue: 'none',
  }),
  small('Instances', 'Configured database instances; an instance of two exporters counts twice.', {
    expr: `sum(${stateFamilies.instances.name}{${ofAccount}})`,
    steps: ['blue'],
  }),
  small('Failing now', 'Checks whose last attempt failed.', {
    expr: `sum(${checkSuccess.name}{${ofAccount}} == bool 0)`,
    steps: goodAtZero('orange'),
  }),
  small('Oldest data', 'Time since the last success, of the check for which it is longest.', {
    expr: `max(${age})`,
    steps: ['green', [900, 'orange'], [3600, 'red']],
    unit: 's',
  }),
  small(
    'Largest clock skew',
    'Difference between the clocks of the exporter and an API; with some minutes, an API refuses signatures.',
    {
      expr: `max(abs(${clockSkew.name}{${ofAccount}}))`,
      steps: ['green', [5, 'orange'], [60, 'red']],
      unit: 's',
    },
  ),
  small(
    'Configuration',
    'Whether the configuration and the web configuration were valid when last read; an invalid one never replaces a valid one.',
    {
      // The extra label keeps both: `or` ignores metric names and would drop one.
      expr: `min(${stateFamilies.reloadSuccessful.name}{${ofExporter}} or label_replace(${stateFamilies.webReloadSuccessful.name}{${ofExporter}}, "file", "web", "", ""))`,
      steps: ['red', [1, 'green']],
    },
  ).mappings([textsOf({ 1: ['good', 'green'], 0: ['bad', 'red'] })]),
  small('Pending now', 'Checks that were due and not finished at the last scrape.', {
    expr: `sum(${stateFamilies.sweepPending.name}{${ofExporter}})`,
    steps: goodAtZero('orange'),
  }),
];

function highestBudget(limits: readonly RateLimit[]) {
  return small('Highest budget used', 'The highest share of a rate limit, see "Budget used".', {
    expr: `max(${limits.map(({ rate, variable }) => `${rate} / $${variable}`).join('\nor\n')})`,
    steps: ['green', [0.7, 'orange'], [0.9, 'red']],
    unit: 'percentunit',
  });
}

const checks = [
  graph({
    title: 'Failed checks by reason',
    description:
      'Failed checks in each interval, by reason; docs/metrics.md has the meaning of each reason and what to do.',
    unit: 'short',
    width: 12,
    height: 9,
    stacked: true,
    lines: [
      {
        expr: `sum by (reason) (increase(${checkFailures.name}{${ofAccount}}[$__rate_interval])) > 0`,
        legend: '{{reason}}',
      },
    ],
  }).min(0),
  table({
    title: 'Failing checks',
    description: 'Checks whose last attempt failed, with the age of their facts; none: never succeeded.',
    unit: 's',
    width: 12,
    height: 9,
    sortBy: '-Age of the facts',
    queries: {
      A: `max by (provider, account, instance_name, instance_id, check) (${checkSuccess.name}{${ofAccount}} == 0)`,
      B: `max by (provider, account, instance_name, instance_id, check) (${age} and on (instance, provider, account, cloud_region, instance_id, check) ${checkSuccess.name} == 0)`,
    },
    transformations: [{ id: 'merge', options: {} }],
    columns: [
      {
        field: 'Value #A',
        title: 'Result',
        look: [wide(80), coloured, { id: 'mappings', value: [textsOf({ 0: ['failed', 'red'] })] }],
      },
      { field: 'check', title: 'Check', look: [wide(80)] },
      { field: 'instance_name', title: 'Instance', look: [wide(150)] },
      { field: 'provider', title: 'Provider', look: [wide(140)] },
      { field: 'account', title: 'Account', look: [wide(130)] },
      {
        field: 'Value #B',
        title: 'Age of the facts',
        look: [wide(120), { id: 'noValue', value: 'none' }],
      },
      { field: 'instance_id', title: 'Instance id' },
    ],
  }),
];

const freshness = [
  graph({
    title: 'Sweep duration',
    description: 'Duration of the last finished sweep, the longest of all accounts, by exporter.',
    unit: 's',
    width: 12,
    height: 9,
    lines: [{ expr: `max by (instance) (${stateFamilies.sweepDuration.name}{${ofExporter}})`, legend: '{{instance}}' }],
  }).min(0),
  graph({
    title: 'Age of data',
    description: 'Time since the last success, the longest by account and check.',
    unit: 's',
    width: 12,
    height: 9,
    lines: [{ expr: `max by (provider, account, check) (${age})`, legend: '{{account}} {{check}}' }],
  }).min(0),
  graph({
    title: 'Clock skew',
    description:
      'Clock of the API minus clock of the exporter, by account; in whole seconds, so 1 s is not significant.',
    unit: 's',
    width: 12,
    height: 9,
    lines: [
      {
        expr: `max by (instance, provider, account) (${clockSkew.name}{${ofAccount}})`,
        legend: '{{account}} at {{instance}}',
      },
    ],
  }),
  graph({
    title: 'Checks pending',
    description:
      'Checks that were due and not finished at a scrape. If it never reaches 0, the scrape interval is shorter than a sweep.',
    unit: 'short',
    width: 12,
    height: 9,
    lines: [{ expr: `max by (instance) (${stateFamilies.sweepPending.name}{${ofExporter}})`, legend: '{{instance}}' }],
  }).min(0),
];

/** The exporter dashboard. @param providers the providers whose rate limits are shown */
export function exporterDashboard(providers: readonly Provider[]): object {
  const limits = rateLimits(providers);
  return assemble({
    uid: 'clouddb-encryption-exporter',
    title: 'Cloud database encryption: exporter',
    description: 'Failing checks, age of data and API calls of clouddb-encryption-exporter.',
    from: 'now-6h',
    variables: [...variables, ...limitVariables(limits)],
    rows: [
      { title: 'At a glance', panels: [...glance, highestBudget(limits)] },
      { title: 'Checks', panels: checks },
      { title: 'API calls', panels: apiCalls(limits) },
      { title: 'Sweep, age and clock', panels: freshness },
    ],
  });
}
