// Writes the reference page of the metrics from the catalogue.

import {
  type Family,
  identityLabels,
  instanceFamilies,
  lastingFamilies,
  stateFamilies,
} from '../src/metrics/catalogue.ts';
import { reasons } from '../src/model/failure.ts';
import { providers } from '../src/providers/index.ts';

/** The whole of docs/metrics.md. */
export function metricsPage(): string {
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
      '- [Checks](#checks): which call of which API provides the fields',
      '- [Reasons](#reasons) of a failure',
    ].join('\n'),
    '## Instances',
    `**identity** stands for the labels ${identity} and the instance’s own \`labels\` of the configuration. \`cloud_region\` is empty where the provider has no regions, and an own label on an instance that lacks it. Facts of a check that fails stay up to \`max_stale\`.`,
    ...sections(instanceFamilies, ['identity']),
    '## State of the exporter',
    ...sections(stateFamilies),
    '## Work of the exporter',
    ...sections(lastingFamilies),
    'Beside these there are `process_*` and `nodejs_*`, the default metrics of [prom-client](https://github.com/siimon/prom-client), in `serve` and `demo`.',
    '## Checks',
    'Label `check`, the call of the API that it makes (label `action`), and the rate limit that is kept unless `rate_limits` says otherwise.',
    table(
      ['provider', 'check', 'action', 'calls a second'],
      providers.flatMap(({ id, checks, rateLimits }) =>
        Object.entries(checks).map(([check, { action }]) => [
          code(id),
          code(check),
          code(action),
          String(rateLimits[action] ?? rateLimits['*']),
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

function sections(families: Readonly<Record<string, Family>>, common: readonly string[] = []): string[] {
  return Object.values(families).flatMap((family) => [
    `### ${family.name}`,
    family.meaning,
    table(
      ['type', 'labels', 'present', 'source'],
      [[family.type, [...common, ...family.labels.map(code)].join(', ') || 'none', family.present, sourceOf(family)]],
    ),
    ['```promql', family.example, '```'].join('\n'),
  ]);
}

/** The column `source` of a family: its facts, or what else it comes from. */
function sourceOf({ facts, source }: Family): string {
  if (facts !== undefined) return `fact ${facts.map(code).join(', ')}`;
  return source ?? 'the exporter';
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
