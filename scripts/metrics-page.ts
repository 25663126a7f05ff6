// Writes the reference page of the metrics from the catalogue.

import {
  type Family,
  identityLabels,
  instanceFamilies,
  lastingFamilies,
  stateFamilies,
} from '../src/metrics/catalogue.ts';
import { listCheckName } from '../src/model/discovery.ts';
import { reasons } from '../src/model/failure.ts';
import type { Provider } from '../src/model/provider.ts';
import { code, table } from './markdown.ts';

/** The content of docs/metrics.md. */
export function metricsPage(providers: readonly Provider[]): string {
  const identity = identityLabels.map(code).join(', ');
  return `${[
    '# Metrics',
    '<!-- Generated from src/metrics by `npm run generate`: edits here are lost. -->',
    'All families of `/metrics`, with the source field in the API and an example query.',
    '**Unknown is absent**: a fact that the API does not return, or returns empty or in an unknown form, has no series; it is never 0, -1 or NaN.',
    [
      '- [Instances](#instances): facts and results of checks',
      '- [State of the exporter](#state-of-the-exporter)',
      '- [Work of the exporter](#work-of-the-exporter)',
      '- [Checks](#checks): API calls and facts of each check',
      '- [Reasons](#reasons) of a failure',
    ].join('\n'),
    '## Instances',
    `**identity** means the labels ${identity} and the instance’s own \`labels\` in the configuration. \`cloud_region\` is empty for providers without regions; a custom label is empty on instances that do not set it. Facts of a failing check are kept up to \`max_stale\`.`,
    ...sections(instanceFamilies, providers, ['identity']),
    '## State of the exporter',
    ...sections(stateFamilies, providers),
    '## Work of the exporter',
    ...sections(lastingFamilies, providers),
    '`serve` and `demo` also expose `process_*` and `nodejs_*`, the default metrics of [prom-client](https://github.com/siimon/prom-client) except those that a scrape resets ([ADR 5](adr/0005-process-metrics.md)); `rate(nodejs_eventloop_active_seconds_total[5m])` is the share of time in which the event loop was busy.',
    '## Checks',
    'Label `check`, the call of the API that it makes (label `action`), the permission that this call needs, the default rate limit (changed by `rate_limits`), and the facts that it reports. `discovery` is the list of instances, which counters and logs treat as a check ([Discovery](discovery.md)). [Providers](providers/README.md) has the same by fact.',
    table(
      ['provider', 'check', 'action', 'permission', 'calls a second', 'facts'],
      providers.flatMap(({ id, checks, list, perSecond: common }) =>
        [...checks, ...(list === undefined ? [] : [{ ...list, name: listCheckName, facts: {} }])].map(
          ({ name, action, permission, perSecond = common, facts }) => [
            code(id),
            code(name),
            action === undefined ? 'none' : code(action),
            permission === undefined ? 'none' : code(permission),
            action === undefined || perSecond === undefined ? 'none' : String(perSecond),
            Object.keys(facts).map(code).join(', '),
          ],
        ),
      ),
    ),
    '## Reasons',
    'Label `reason`, a closed list; each is present from the start at 0.',
    table(
      ['reason', 'meaning, and what to do'],
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

/** The column `source` of a family: the fields of its facts, or its other source. */
function sourceOf({ facts, source }: Family, providers: readonly Provider[]): string {
  if (facts === undefined) return source ?? 'the exporter';
  const fields = providers.flatMap(({ title, checks }) => {
    const ofProvider = checks.flatMap((check) => facts.flatMap((fact) => check.facts[fact] ?? []));
    return ofProvider.length === 0 ? [] : [`${title}: ${[...new Set(ofProvider)].join(', ')}`];
  });
  return fields.length === 0 ? 'no provider yet' : fields.join('<br>');
}
