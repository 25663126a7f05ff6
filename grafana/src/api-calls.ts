// The API calls on the exporter dashboard: number, duration, and share of the rate limits.
import { GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common';
import { lastingFamilies } from '../../src/metrics/catalogue.ts';
import { ofAccount, ofExporter } from './exporter-selectors.ts';
import { failuresPerMinute } from './failures.ts';
import { graph, thresholds } from './panels.ts';
import type { RateLimit } from './rate-limits.ts';

const { requests, requestFailures, requestDuration, rateLimitWait } = lastingFamilies;

const rate = graph({
  title: 'API calls',
  description: 'HTTP requests to the APIs per second, by account and action, including retries and Digest challenges.',
  unit: 'reqps',
  width: 12,
  height: 9,
  lines: [
    {
      expr: `sum by (account, action) (rate(${requests.name}{${ofAccount}}[$__rate_interval]))`,
      legend: '{{account}} {{action}}',
    },
  ],
}).min(0);

function budgetUsed(limits: readonly RateLimit[]) {
  return graph({
    title: 'Budget used',
    description:
      'Average calls per second as a share of the rate limit of the account and action: the documented limit, or a low default if the vendor documents none. Dashboard variables change the limits. Within a sweep, calls reach the limit and wait, as "Waiting for the rate limit" shows. Some clouds count by API host: with endpoints in several regions, each has its own limit.',
    unit: 'percentunit',
    width: 12,
    height: 9,
    lines: limits.map(({ variable, rate, legend }) => ({ expr: `${rate} / $${variable}`, legend })),
  })
    .min(0)
    .max(1)
    .thresholds(thresholds(['transparent', [0.7, 'orange'], [0.9, 'red']]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** Their failures. */
export const failedCalls = failuresPerMinute({
  title: 'Failed API calls by reason',
  description: 'Failed calls a minute, by action and reason; a retry counts again.',
  family: requestFailures,
  by: ['action', 'reason'],
});

const durations = graph({
  title: 'Duration of API calls',
  description: 'Median and 95th percentile of the response time of the APIs, by action.',
  unit: 's',
  width: 12,
  height: 9,
  legend: 'right',
  order: 'falling',
  lines: ['0.5', '0.95'].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le, provider, action) (rate(${requestDuration.name}_bucket{${ofExporter}, provider=~"$provider"}[$__rate_interval])))`,
    legend: `{{action}} p${Number(quantile) * 100}`,
  })),
}).min(0);

const waiting = graph({
  title: 'Waiting for the rate limit',
  description:
    'Seconds waited by all calls per second, which is the average number of waiting calls. Large values are normal in a large fleet: the rate limit sets the pace, not the exporter.',
  unit: 'short',
  width: 12,
  height: 9,
  lines: [
    {
      expr: `sum by (account, action) (rate(${rateLimitWait.name}{${ofAccount}}[$__rate_interval]))`,
      legend: '{{account}} {{action}}',
    },
  ],
}).min(0);

/** Its panels, but for the failures. */
export function apiCalls(limits: readonly RateLimit[]) {
  return [rate, budgetUsed(limits), durations, waiting];
}
