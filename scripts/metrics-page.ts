// Writes the reference page of the metrics from the catalogue.

import {
  type Family,
  identityLabels,
  instanceFamilies,
  lastingFamilies,
  stateFamilies,
} from '../src/metrics/catalogue.ts';
import { reasons } from '../src/model/failure.ts';
import type { Provider } from '../src/model/provider.ts';
import { code, table } from './markdown.ts';

/** The whole of docs/metrics.md. */
export function metricsPage(providers: readonly Provider[]): string {
  const identity = identityLabels.map(code).join(', ');
  return `${[
    '# Metrics',
    '<!-- Generated from src/metrics by `npm run generate`: edits here are lost. -->',
    'Every family of `/metrics`, with the field of the cloud’s API that it comes from and a query to begin with.',
    '**Unknown is absent**: a fact that an API did not give, gave empty, or gave in a form that is not understood has no series; it is never 0, -1 or NaN.',
    [
      '- [Instances](#instances): what the clouds say, and how the checks went',
      '- [State of the exporter](#state-of-the-exporter)',
      '- [Work of the exporter](#work-of-the-exporter)',
      '- [Checks](#checks): which call of which API provides the facts',
      '- [Reasons](#reasons) of a failure',
    ].join('\n'),
    '## Instances',
    `**identity** stands for the labels ${identity} and the instance’s own \`labels\` of the configuration. \`cloud_region\` is empty where the provider has no regions, and an own label on an instance that lacks it. Facts of a check that fails stay up to \`max_stale\`.`,
    ...sections(instanceFamilies, providers, ['identity']),
    '## State of the exporter',
    ...sections(stateFamilies, providers),
    '## Work of the exporter',
    ...sections(lastingFamilies, providers),
    'Beside these there are `process_*` and `nodejs_*`, the default metrics of [prom-client](https://github.com/siimon/prom-client), in `serve` and `demo`.',
    '## Checks',
    'Label `check`, the call of the API that it makes (label `action`), the permission that this call needs, the rate limit that is kept unless `rate_limits` says otherwise, and the facts that it reports. [Providers](providers/README.md) has the same by fact.',
    table(
      ['provider', 'check', 'action', 'permission', 'calls a second', 'facts'],
      providers.flatMap(({ id, checks, perSecond: common }) =>
        checks.map(({ name, action, permission, perSecond = common, facts }) => [
          code(id),
          code(name),
          action === undefined ? 'none' : code(action),
          permission === undefined ? 'none' : code(permission),
          action === undefined || perSecond === undefined ? 'none' : String(perSecond),
          Object.keys(facts).map(code).join(', '),
        ]),
      ),
    ),
    '## Reasons',
    'Label `reason`, a closed list; each is present from the start at 0.',
    table(
      ['reason', 'means'],
      Object.entries(reasons).map(([reason, means]) => [code(reason), means]),
    ),
  ].join('\n\n')}\n`;
}

function sections(
  families: Readonly<Record<string, Family>>,
  providers: readonly Provider[],
  common: readonly string[] = [],
): string[] {
  return Object.values(families).flatMap((family) => [
    `### ${family.name}`,
    family.meaning,
    table(
      ['type', 'labels', 'present', 'source'],
      [
        [
          family.type,
          [...common, ...family.labels.map(code)].join(', ') || 'none',
          family.present,
          sourceOf(family, providers),
        ],
      ],
    ),
    ['```promql', family.example, '```'].join('\n'),
  ]);
}

/** The column `source` of a family: the fields of its facts, or what else it comes from. */
function sourceOf({ facts, source }: Family, providers: readonly Provider[]): string {
  if (facts === undefined) return source ?? 'the exporter';
  const fields = providers.flatMap(({ title, checks }) => {
    const ofProvider = checks.flatMap((check) => facts.flatMap((fact) => check.facts[fact] ?? []));
    return ofProvider.length === 0 ? [] : [`${title}: ${[...new Set(ofProvider)].join(', ')}`];
  });
  return fields.length === 0 ? 'no provider yet' : fields.join('<br>');
}
