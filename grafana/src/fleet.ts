// The dashboard of the fleet: unencrypted instances, expiring certificates, problems by urgency.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { assemble } from './dashboard.ts';
import { compliant, daysLeft, encryptedAtRest, keyCreated, keyEnabled, sslEnabled, sslForced } from './facts.ts';
import { glance } from './glance.ts';
import { type Column, coloured, graph, merged, onOff, states, table, textsOf, thresholds, wide } from './panels.ts';
import { problemRows, runbooks } from './problems.ts';
import { howMany, labelled } from './queries.ts';
import { offSince } from './since-when.ts';
import { dataSourceVariable, labelVariable, textVariable } from './variables.ts';

const info = family.instanceInfo.name;
const certificates = daysLeft('server', 'ca');

const variables = [
  dataSourceVariable(),
  labelVariable('provider', 'Provider', `label_values(${info}, provider)`, 'Cloud provider.'),
  labelVariable(
    'account',
    'Account',
    `label_values(${info}{provider=~"$provider"}, account)`,
    'Account name in the configuration of the exporter.',
  ),
  labelVariable(
    'region',
    'Region',
    `label_values(${info}{provider=~"$provider", account=~"$account"}, cloud_region)`,
    'Cloud region; All includes the instances without one.',
  ),
  textVariable('team_label', 'Team label', 'team', 'Name of the label with the owner of an instance.'),
  labelVariable(
    'team',
    'Team',
    `label_values(${info}{provider=~"$provider", account=~"$account", cloud_region=~"$region"}, $team_label)`,
    'Values of the team label; All includes the instances without it.',
  ),
  textVariable('warn_days', 'Warn (days)', '30', 'A server certificate with fewer days left is a warning.'),
  textVariable('crit_days', 'Critical (days)', '7', 'A server certificate with fewer days left is critical.'),
  textVariable('ca_warn_days', 'CA warn (days)', '180', 'A CA certificate with fewer days left is a warning.'),
  textVariable('ca_crit_days', 'CA critical (days)', '30', 'A CA certificate with fewer days left is critical.'),
];

const runbookLink = (alert: string) => ({
  id: 'links',
  value: [{ title: 'What to do', url: `${runbooks}${alert}.md`, targetBlank: true }],
});

const who: readonly Column[] = [
  { field: 'instance_name', title: 'Instance', look: [wide(150)] },
  { field: 'team', title: 'Team', look: [wide(110)] },
  { field: 'provider', title: 'Provider', look: [wide(140)] },
  { field: 'account', title: 'Account', look: [wide(130)] },
  { field: 'cloud_region', title: 'Region', look: [wide(120)] },
  { field: 'instance_id', title: 'Instance id' },
];

const severities = textsOf({
  critical: ['critical', 'red'],
  warning: ['warning', 'orange'],
  info: ['info', 'blue'],
});

// Cells with days get their colour from the variables: Grafana reads thresholds with variables only from a query.
const limits = { from0: '-1000000', from1: '0', from2: '$crit_days', from3: '$warn_days' };
const limitColours = { from0: 'dark-red', from1: 'red', from2: 'orange', from3: 'green' };

const needsAction = table({
  title: 'Needs action',
  description:
    'All problems of instances that have an alert, fewest remaining days first; "now" means without a date. Server certificates by the thresholds above, with automatic renewal only within the critical days; CA certificates by theirs. Problem and runbook link to the runbook.',
  unit: 'suffix: d',
  width: 24,
  height: 12,
  sortBy: 'Days left',
  queries: { A: problemRows(), limits: labelled('vector(0)', limits) },
  transformations: [
    {
      id: 'configFromData',
      options: {
        configRefId: 'limits',
        applyTo: { id: 'byType', options: 'number' },
        mappings: Object.entries(limitColours).map(([fieldName, color]) => ({
          fieldName,
          handlerKey: 'threshold1',
          reducerId: 'lastNotNull',
          handlerArguments: { threshold: { color } },
        })),
      },
    },
  ],
  columns: [
    {
      field: 'Value #A',
      title: 'Days left',
      look: [
        wide(100),
        coloured,
        { id: 'decimals', value: 1 },
        { id: 'mappings', value: [textsOf({ 0: ['now', 'transparent'] })] },
      ],
    },
    { field: 'severity', title: 'Severity', look: [wide(95), coloured, { id: 'mappings', value: [severities] }] },
    {
      field: 'problem',
      title: 'Problem',
      // oxlint-disable-next-line no-template-curly-in-string -- Grafana's
      look: [wide(240), runbookLink('${__data.fields.Runbook}')],
    },
    { field: 'detail', title: 'Which', look: [wide(170)] },
    ...who,
    // oxlint-disable-next-line no-template-curly-in-string -- Grafana's
    { field: 'alert', title: 'Runbook', look: [wide(240), runbookLink('${__value.raw}')] },
  ],
}).thresholds(thresholds(['dark-red', [0, 'red'], [7, 'orange'], [30, 'green']]));

const certificatePanels = [
  graph({
    title: 'Certificates by days left',
    description: 'Number of server and CA certificates that are expired, critical, warning and OK.',
    unit: 'short',
    width: 12,
    height: 9,
    stacked: true,
    lines: [
      { expr: howMany(certificates, '<= bool 0'), legend: 'expired' },
      {
        expr: `sum(((${certificates}) > bool 0) * ((${certificates}) < bool $crit_days))`,
        legend: 'under $crit_days days',
      },
      {
        expr: `sum(((${certificates}) >= bool $crit_days) * ((${certificates}) < bool $warn_days))`,
        legend: '$crit_days to $warn_days days',
      },
      { expr: howMany(certificates, '>= bool $warn_days'), legend: '$warn_days days or more' },
    ],
  })
    .min(0)
    .decimals(0)
    .overrideByRegexp('/^expired$/', [fixedColour('dark-red')])
    .overrideByRegexp('/^under /', [fixedColour('red')])
    .overrideByRegexp('/ to /', [fixedColour('orange')])
    .overrideByRegexp('/ or more$/', [fixedColour('green')]),
  graph({
    title: 'Days left of each certificate',
    description:
      'Days until each certificate expires, negative once expired. A line jumps up when the certificate is renewed.',
    unit: 'suffix: d',
    width: 12,
    height: 9,
    lines: [{ expr: certificates, legend: '{{instance_name}} {{certificate}} {{subject_cn}}' }],
  }).decimals(1),
];

function fixedColour(color: string) {
  return { id: 'color', value: { mode: 'fixed', fixedColor: color } };
}

const atRestPanels = [
  table({
    title: 'Encryption at rest by key',
    description: 'All keys of each instance, disabled ones first, with their age.',
    unit: 'short',
    width: 14,
    height: 9,
    sortBy: 'Key is',
    queries: { A: keyEnabled, B: `time() - ${keyCreated}` },
    transformations: [merged],
    columns: [
      { field: 'Value #A', title: 'Key is', look: [wide(70), coloured, { id: 'mappings', value: [onOff] }] },
      {
        field: 'Value #B',
        title: 'Age',
        look: [
          wide(110),
          coloured,
          { id: 'unit', value: 's' },
          { id: 'decimals', value: 1 },
          { id: 'thresholds', value: thresholds(['transparent', [365 * 86_400, 'blue']]).build() },
        ],
      },
      { field: 'key_alias', title: 'Key alias', look: [wide(140)] },
      { field: 'instance_name', title: 'Instance', look: [wide(120)] },
      { field: 'key_region', title: 'Key region', look: [wide(120)] },
      { field: 'kms_cluster_id', title: 'KMS cluster', look: [wide(130)] },
      { field: 'key_id', title: 'Key id' },
    ],
  }),
  states({
    title: 'Keys over time',
    description: 'Whether each key was enabled. Gaps: unknown.',
    unit: 'short',
    width: 10,
    height: 9,
    texts: onOff,
    lines: [{ expr: keyEnabled, legend: '{{instance_name}} {{key_alias}}' }],
  }),
];

const overTime = [
  graph({
    title: 'Share of compliant instances',
    description:
      'Share of the instances with known facts that have SSL on, force it (if supported), are encrypted at rest, and are compliant in all of these with valid certificates.',
    unit: 'percentunit',
    width: 12,
    height: 9,
    lines: [
      { expr: `avg(${compliant})`, legend: 'compliant' },
      { expr: `avg(${sslEnabled})`, legend: 'SSL on' },
      { expr: `avg(${sslForced})`, legend: 'SSL forced' },
      { expr: `avg(${encryptedAtRest})`, legend: 'encrypted at rest' },
    ],
  })
    .min(0)
    .max(1),
  states({
    title: 'SSL over time',
    description: 'Whether SSL was on for each instance. Gaps: unknown.',
    unit: 'short',
    width: 12,
    height: 9,
    texts: onOff,
    lines: [{ expr: sslEnabled, legend: '{{instance_name}}' }],
  }),
  table({
    title: 'Off since',
    description:
      'Settings that are off now, and when they were last seen on within the time range of the dashboard. A setting that was never on in that range is shown with the start of its monitoring: extend the time range to find the change.',
    unit: 'dateTimeAsSystem',
    width: 24,
    height: 9,
    sortBy: '-Off since',
    queries: { A: offSince() },
    columns: [
      { field: 'Value', title: 'Off since', look: [wide(170)] },
      { field: 'before', title: 'Before that', look: [wide(230)] },
      { field: 'what', title: 'What is off', look: [wide(240)] },
      { field: 'detail', title: 'Which', look: [wide(170)] },
      ...who,
    ],
  }).interval('1m'),
];

/** The fleet dashboard. */
export function fleetDashboard(): object {
  return assemble({
    uid: 'clouddb-encryption-fleet',
    title: 'Cloud database encryption: fleet',
    description:
      'Encryption of cloud databases on the wire and at rest, and expiry of their certificates, from clouddb-encryption-exporter.',
    from: 'now-24h',
    variables,
    rows: [
      { title: 'At a glance', panels: glance },
      { title: 'What to do', panels: [needsAction] },
      { title: 'Certificates', panels: certificatePanels },
      { title: 'Encryption at rest', panels: atRestPanels },
      { title: 'Over time', panels: overTime },
    ],
  });
}
