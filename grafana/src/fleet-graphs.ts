// The graphs of the fleet dashboard.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { keyLabels } from '../../src/metrics/instance-families.ts';
import { daysLeft, known, sslForced } from './facts.ts';
import { compliant } from './glance.ts';
import { graph, onOff, states } from './panels.ts';
import { current, howMany, identity, selector } from './queries.ts';

const fixed = (color: string) => ({ id: 'color', value: { mode: 'fixed', fixedColor: color } });
const dashed = { id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 6] } };

export const certificatesByDays = graph({
  title: 'Certificates by days left',
  description: 'Number of server and CA certificates by the thresholds of server certificates.',
  unit: 'short',
  width: 10,
  height: 10,
  stacked: true,
  lines: [
    { expr: howMany(daysLeft, '<= bool 0'), legend: 'expired' },
    {
      expr: `sum(((${daysLeft}) > bool 0) * ((${daysLeft}) < bool $crit_days))`,
      legend: 'under $crit_days days',
    },
    {
      expr: `sum(((${daysLeft}) >= bool $crit_days) * ((${daysLeft}) < bool $warn_days))`,
      legend: '$crit_days to $warn_days days',
    },
    { expr: howMany(daysLeft, '>= bool $warn_days'), legend: '$warn_days days or more' },
  ],
})
  .min(0)
  .decimals(0)
  .overrideByRegexp('/^expired$/', [fixed('dark-red')])
  .overrideByRegexp('/^under /', [fixed('red')])
  .overrideByRegexp('/ to /', [fixed('orange')])
  .overrideByRegexp('/ or more$/', [fixed('green')]);

export const daysOfEach = graph({
  title: 'Days left of each certificate',
  description:
    'Certificates with fewer days left than twice "CA warning". A line jumps up when the certificate is renewed. Dashed: "Warning" and "Critical".',
  unit: 'suffix:d',
  width: 14,
  height: 10,
  legend: 'right',
  order: 'rising',
  lines: [
    { expr: `(${daysLeft}) < 2 * $ca_warn_days`, legend: '{{instance_name}} {{certificate}} {{subject_cn}}' },
    { expr: 'vector($warn_days)', legend: 'warning' },
    { expr: 'vector($crit_days)', legend: 'critical' },
  ],
})
  .decimals(0)
  .overrideByName('warning', [fixed('orange'), dashed])
  .overrideByName('critical', [fixed('red'), dashed]);

/** Only what was off at some time in the range, so that a large fleet stays readable. */
function offInRange(name: string, by: readonly string[] = []): string {
  const labels = [identity, ...by].join(', ');
  return `min by (${labels}) (min_over_time(${selector(name)}[$__range] @ end())) == 0`;
}

export const sslOverTime = states({
  title: 'SSL over time',
  description: 'Instances whose SSL was off at some time in the range. Gaps: unknown.',
  unit: 'short',
  width: 12,
  height: 9,
  texts: onOff,
  noValue: 'On for all that is known, in all of the range',
  lines: [
    {
      expr: `${current(family.sslEnabled)} and on (${identity}) ${offInRange(family.sslEnabled.name)}`,
      legend: '{{instance_name}}',
    },
  ],
});

export const keysOverTime = states({
  title: 'Keys over time',
  description: 'Keys that were disabled at some time in the range. Gaps: unknown.',
  unit: 'short',
  width: 12,
  height: 9,
  texts: onOff,
  noValue: 'On for all that is known, in all of the range',
  lines: [
    {
      expr: `${current(family.kmsKeyEnabled, { by: keyLabels })} and on (${identity}, ${keyLabels.join(', ')}) ${offInRange(family.kmsKeyEnabled.name, keyLabels)}`,
      legend: '{{instance_name}}: {{key_alias}}',
    },
  ],
});

export const shares = graph({
  title: 'Shares over time',
  description:
    'Compliant: share of all instances, as above. The others: share of the instances of which it is known, accepted or not; SSL forced of those that can force it.',
  unit: 'percentunit',
  width: 24,
  height: 9,
  legend: 'right',
  lines: [
    { expr: compliant, legend: 'compliant' },
    { expr: `avg(${known.sslEnabled})`, legend: 'SSL on' },
    { expr: `avg(${sslForced})`, legend: 'SSL forced' },
    { expr: `avg(${known.atRest})`, legend: 'encrypted at rest' },
  ],
})
  .min(0)
  .max(1)
  .decimals(0)
  .interval('5m');
