// The dashboard of the exporter itself: whether what it tells is fresh, and what asking costs.
import { instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { providers } from '../../src/providers/index.ts';
import { assemble } from './dashboard.ts';
import { coloured, goodAtZero, graph, type Steps, stat, table, textsOf, thresholds, wide } from './panels.ts';
import { dataSourceVariable, labelVariable, textVariable } from './variables.ts';

const { requests, requestFailures, requestDuration, rateLimitWait, checkFailures, clockSkew, buildInfo } =
  lastingFamilies;
const { checkSuccess, checkLastSuccess } = instanceFamilies;

const ofExporter = 'instance=~"$instance"';
const ofAccount = `${ofExporter}, provider=~"$provider", account=~"$account"`;

/** Calls a second. */
function callRate(matcher: string, by: string): string {
  return `sum by (${by}) (rate(${requests.name}{${ofAccount}, ${matcher}}[$__rate_interval]))`;
}

/** Each rate limit that a cloud documents (or that the exporter keeps where none is), with a variable for another. */
const limits = providers.flatMap(({ id, rateLimits }) => {
  const named = Object.keys(rateLimits).filter((action) => action !== '*');
  return Object.entries(rateLimits).map(([action, limit]) =>
    action === '*'
      ? {
          variable: `limit_${id}`,
          title: `${id}, calls/s`,
          limit,
          rate: callRate(`provider="${id}"${named.length === 0 ? '' : `, action!~"${named.join('|')}"`}`, 'account'),
          legend: '{{account}}',
        }
      : {
          variable: `limit_${action}`,
          title: `${action}, calls/s`,
          limit,
          rate: callRate(`action="${action}"`, 'account, action'),
          legend: '{{account}} {{action}}',
        },
  );
});

const budgets = limits.map(({ variable, rate, legend }) => ({ expr: `${rate} / $${variable}`, legend }));

const variables = [
  dataSourceVariable(),
  labelVariable(
    'instance',
    'Exporter',
    `label_values(${buildInfo.name}, instance)`,
    'Exporter, as Prometheus scrapes it.',
  ),
  labelVariable('provider', 'Provider', `label_values(${requests.name}{${ofExporter}}, provider)`, 'Cloud provider.'),
  labelVariable(
    'account',
    'Account',
    `label_values(${requests.name}{${ofExporter}, provider=~"$provider"}, account)`,
    'Account, as the configuration of the exporter names it.',
  ),
  ...limits.map(({ variable, title, limit }) =>
    textVariable(
      variable,
      title,
      String(limit),
      'The rate limit that calls are compared with; change it where rate_limits does.',
    ),
  ),
];

function small(
  title: string,
  description: string,
  options: { expr: string; steps: Steps; unit?: string; noValue?: string },
) {
  return stat({ title, description, unit: 'short', width: 3, height: 4, ...options });
}

const age = `time() - ${checkLastSuccess.name}{${ofAccount}}`;

const glance = [
  small('Exporters', 'Exporters that Prometheus scrapes with success.', {
    expr: `count(${buildInfo.name}{${ofExporter}})`,
    steps: ['blue'],
    noValue: 'none',
  }),
  small('Instances', 'Database instances that are configured; one that two exporters watch counts twice.', {
    expr: `sum(${stateFamilies.instances.name}{${ofAccount}})`,
    steps: ['blue'],
  }),
  small('Failing now', 'Checks whose last attempt failed.', {
    expr: `sum(${checkSuccess.name}{${ofAccount}} == bool 0)`,
    steps: goodAtZero('orange'),
  }),
  small('Oldest data', 'How long ago the check succeeded that has gone longest without success.', {
    expr: `max(${age})`,
    steps: ['green', [900, 'orange'], [3600, 'red']],
    unit: 's',
  }),
  small(
    'Largest clock skew',
    'Between the clock of the exporter and that of an API; beyond some minutes an API refuses signatures.',
    {
      expr: `max(abs(${clockSkew.name}{${ofAccount}}))`,
      steps: ['green', [5, 'orange'], [60, 'red']],
      unit: 's',
    },
  ),
  small(
    'Configuration',
    'Whether the file, and the web configuration, were good when last read; a bad one never replaces a good one.',
    {
      // Without the extra label the one would hide the other: to `or`, names do not count.
      expr: `min(${stateFamilies.reloadSuccessful.name}{${ofExporter}} or label_replace(${stateFamilies.webReloadSuccessful.name}{${ofExporter}}, "file", "web", "", ""))`,
      steps: ['red', [1, 'green']],
    },
  ).mappings([textsOf({ 1: ['good', 'green'], 0: ['bad', 'red'] })]),
  small('Pending now', 'Checks that were due and had not ended when the last scrape was answered.', {
    expr: `sum(${stateFamilies.sweepPending.name}{${ofExporter}})`,
    steps: goodAtZero('orange'),
  }),
  small('Highest budget used', 'The highest of the shares of a rate limit in use, see "Budget used".', {
    expr: `max(${limits.map(({ rate, variable }) => `${rate} / $${variable}`).join('\nor\n')})`,
    steps: ['green', [0.7, 'orange'], [0.9, 'red']],
    unit: 'percentunit',
  }),
];

const checks = [
  graph({
    title: 'Failed checks by reason',
    description:
      'Checks that failed in each interval, by reason; the README says what each reason means and what to do.',
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
    description: 'Checks whose last attempt failed, and how old the facts are that they left; none: never succeeded.',
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

const calls = [
  graph({
    title: 'API calls',
    description: 'HTTP requests to the APIs a second, by account and action; retries and Digest challenges included.',
    unit: 'reqps',
    width: 12,
    height: 9,
    lines: [
      {
        expr: `sum by (account, action) (rate(${requests.name}{${ofAccount}}[$__rate_interval]))`,
        legend: '{{account}} {{action}}',
      },
    ],
  }).min(0),
  graph({
    title: 'Budget used',
    description:
      'Calls a second, as an average, against the rate limit of the account and action. The limits are those that Tencent documents and a modest one for OceanBase; a variable changes each. Within a sweep calls go up to the limit and wait there, which "Waiting for the rate limit" shows. Tencent counts by access host: with endpoints in several regions each has the limit of its own.',
    unit: 'percentunit',
    width: 12,
    height: 9,
    lines: budgets,
  })
    .min(0)
    .thresholds(thresholds(['green', [0.7, 'orange'], [0.9, 'red']])),
  graph({
    title: 'Failed API calls by reason',
    description: 'Calls that failed in each interval, by action and reason; a retry counts again.',
    unit: 'short',
    width: 8,
    height: 9,
    stacked: true,
    lines: [
      {
        expr: `sum by (action, reason) (increase(${requestFailures.name}{${ofAccount}}[$__rate_interval])) > 0`,
        legend: '{{action}} {{reason}}',
      },
    ],
  }).min(0),
  graph({
    title: 'Duration of API calls',
    description: 'Median and 95th percentile of the time that the APIs take to answer, by action.',
    unit: 's',
    width: 8,
    height: 9,
    lines: ['0.5', '0.95'].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (le, provider, action) (rate(${requestDuration.name}_bucket{${ofExporter}, provider=~"$provider"}[$__rate_interval])))`,
      legend: `{{action}} p${Number(quantile) * 100}`,
    })),
  }).min(0),
  graph({
    title: 'Waiting for the rate limit',
    description:
      'Seconds that calls waited, all together, in each second: how many calls stand in line on average. Large values in a large fleet are as they should be: the limit, not the exporter, sets the pace.',
    unit: 'short',
    width: 8,
    height: 9,
    lines: [
      {
        expr: `sum by (account, action) (rate(${rateLimitWait.name}{${ofAccount}}[$__rate_interval]))`,
        legend: '{{account}} {{action}}',
      },
    ],
  }).min(0),
];

const freshness = [
  graph({
    title: 'Sweep duration',
    description: 'Duration of the last finished sweep, of the account where it took longest, by exporter.',
    unit: 's',
    width: 12,
    height: 9,
    lines: [{ expr: `max by (instance) (${stateFamilies.sweepDuration.name}{${ofExporter}})`, legend: '{{instance}}' }],
  }).min(0),
  graph({
    title: 'Age of data',
    description: 'How long ago the check succeeded that has gone longest without success, by account and check.',
    unit: 's',
    width: 12,
    height: 9,
    lines: [{ expr: `max by (provider, account, check) (${age})`, legend: '{{account}} {{check}}' }],
  }).min(0),
  graph({
    title: 'Clock skew',
    description: "The provider's clock minus that of the exporter, by account; whole seconds, so 1 s is nothing.",
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
      'Checks that were due and had not ended when a scrape was answered; always above 0: the scrape interval is shorter than a sweep.',
    unit: 'short',
    width: 12,
    height: 9,
    lines: [{ expr: `max by (instance) (${stateFamilies.sweepPending.name}{${ofExporter}})`, legend: '{{instance}}' }],
  }).min(0),
];

/** The exporter dashboard. */
export function exporterDashboard(): object {
  return assemble({
    uid: 'clouddb-encryption-exporter',
    title: 'Cloud database encryption: exporter',
    description: 'Whether clouddb-encryption-exporter learns what it should, how fresh that is, and what asking costs.',
    from: 'now-6h',
    variables,
    rows: [
      { title: 'At a glance', panels: glance },
      { title: 'Checks', panels: checks },
      { title: 'API calls', panels: calls },
      { title: 'Sweep, age and clock', panels: freshness },
    ],
  });
}
