// Graphs of failures by reason.

import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Family } from '../../src/metrics/catalogue.ts';
import { ofAccount } from './exporter-selectors.ts';
import { graph } from './panels.ts';
import { labelled } from './queries.ts';

/** Failures a minute, in shades of red; of the reasons that there were in the time range, and 0 without one. */
export function failuresPerMinute({
  title,
  description,
  family,
  by,
}: {
  title: string;
  description: string;
  family: Family;
  by: readonly string[];
}): PanelBuilder {
  const labels = by.join(', ');
  const total = `${family.name}{${ofAccount}}`;
  const perMinute = `60 * sum by (${labels}) (rate(${total}[$__rate_interval]))`;
  const inRange = `sum by (${labels}) (increase(${total}[$__range] @ end())) > 0`;
  const none = labelled(`0 * sum(rate(${total}[$__rate_interval]))`, { reason: 'none' });
  return graph({
    title,
    description,
    unit: 'short',
    width: 12,
    height: 9,
    stacked: true,
    lines: [
      {
        expr: `${perMinute} and on (${labels}) ${inRange} or on () ${none}`,
        legend: by.map((label) => `{{${label}}}`).join(' '),
      },
    ],
  })
    .min(0)
    .axisSoftMax(1)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor('red'));
}
