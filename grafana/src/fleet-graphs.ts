// The graphs of the fleet dashboard.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { keyLabels } from '../../src/metrics/instance-families.ts';
import { caExpiry, certificateLabels, daysUntil, known, serverExpiry, sslForced } from './facts.ts';
import { compliant } from './glance.ts';
import { graph, onOff, states } from './panels.ts';
import { distinct, identity } from './queries.ts';

const daysLeft = `(${daysUntil(distinct(`(${serverExpiry} or ${caExpiry})`, certificateLabels))})`;

/** How many certificates have days left that satisfy these conditions; 0 for none of some, no value if none is known. */
const howMany = (...conditions: readonly string[]) =>
  `sum(${conditions.map((condition) => `(${daysLeft} ${condition})`).join(' * ')})`;

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
    { expr: howMany('<= bool 0'), legend: 'expired' },
    { expr: howMany('> bool 0', '< bool $crit_days'), legend: 'under $crit_days days' },
    { expr: howMany('>= bool $crit_days', '< bool $warn_days'), legend: '$crit_days to $warn_days days' },
    { expr: howMany('>= bool $warn_days'), legend: '$warn_days days or more' },
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
    { expr: `${daysLeft} < 2 * $ca_warn_days`, legend: '{{instance_name}} {{certificate}} {{subject_cn}}' },
    { expr: 'vector($warn_days)', legend: 'warning' },
    { expr: 'vector($crit_days)', legend: 'critical' },
  ],
})
  .decimals(0)
  .overrideByName('warning', [fixed('orange'), dashed])
  .overrideByName('critical', [fixed('red'), dashed]);

/** Whether a setting is on, of what was off at some time in the range only: a large fleet stays readable. */
function statesOff(name: string, by: readonly string[] = []): string {
  const off = `min_over_time(${name}[$__range] @ end()) == 0`;
  return distinct(`(${name} and on (${[identity, ...by].join(', ')}) ${off})`, by);
}

function statesOverTime(title: string, what: string, line: { expr: string; legend: string }) {
  return states({
    title,
    description: `${what} at some time in the range. Gaps: unknown.`,
    unit: 'short',
    width: 12,
    height: 9,
    texts: onOff,
    noValue: 'On for all known instances, in the complete range',
    lines: [line],
  });
}

export const sslOverTime = statesOverTime('SSL over time', 'Instances whose SSL was off', {
  expr: statesOff(family.sslEnabled.name),
  legend: '{{instance_name}}',
});

export const keysOverTime = statesOverTime('Keys over time', 'Keys that were disabled', {
  expr: statesOff(family.kmsKeyEnabled.name, keyLabels),
  legend: '{{instance_name}}: {{key_alias}}',
});

export const shares = graph({
  title: 'Shares over time',
  description:
    'Compliant: share of all instances, as above. Other lines: share of the instances whose state is known, accepted or not; SSL forced: share of those that can force it.',
  unit: 'percentunit',
  width: 24,
  height: 9,
  legend: 'right',
  lines: [
    { expr: compliant, legend: 'compliant' },
    { expr: `avg(${distinct(known.sslEnabled)})`, legend: 'SSL on' },
    { expr: `avg(${distinct(sslForced)})`, legend: 'SSL forced' },
    { expr: `avg(${distinct(known.atRest)})`, legend: 'encrypted at rest' },
  ],
})
  .min(0)
  .max(1)
  .interval('5m');
