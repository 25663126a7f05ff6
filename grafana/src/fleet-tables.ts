// The tables of the fleet dashboard: open problems, accepted findings, instances, certificates, keys, settings that are
// off.
import { keyLabels } from '../../src/metrics/instance-families.ts';
import { dayMs, defaultThresholds } from '../../src/model/thresholds.ts';
import { ageOfFacts } from './age.ts';
import { allServerExpiries, caExpiry, certificateLabels, daysUntil, known, serverExpiry } from './facts.ts';
import { fleetUid, runbooks } from './links.ts';
import { listedRows } from './listed-rows.ts';
import { offSince } from './off-since.ts';
import { onOff, textsOf } from './panels.ts';
import { accepted, openProblems } from './problems.ts';
import { andOf, copied, labelled, rows, together } from './queries.ts';
import {
  atRestState,
  certificateState,
  certificateTexts,
  forcedState,
  instanceState,
  instanceTexts,
  settingTexts,
  sslState,
} from './states.ts';
import { type Column, colouredBy, inUnit, links, mapped, stateOf, table, texts, values, width } from './tables.ts';

/* oxlint-disable no-template-curly-in-string -- Grafana's variables */

const ofInstance = links(
  {
    title: 'Only this instance',
    url: `/d/${fleetUid}?var-instance=\${__value.raw}&var-datasource=\${datasource}&\${__url_time_range}`,
  },
  {
    title: 'Status page',
    url: '${status_page}/instance?account=${__data.fields.Account}&region=${__data.fields.Region}&id=${__data.fields.Id}',
    targetBlank: true,
  },
);

/** The columns that say which instance a row is about. */
export const instance = texts('instance_name', 'Instance', ofInstance);

export const team = texts('team', 'Team');
const account = texts('account', 'Account');
const where: readonly Column[] = [team, account, texts('cloud_region', 'Region'), texts('instance_id', 'Id')];

const runbook = links({ title: 'What to do', url: `${runbooks}\${__value.raw}.md`, targetBlank: true });

const severities = textsOf({ 3: ['critical', 'red'], 2: ['warning', 'orange'], 1: ['info', 'blue'] });

const titlesBy = (name: 'kind' | 'alert') =>
  // Of several rows of a kind the first one is the general one.
  mapped(textsOf(Object.fromEntries(listedRows.toReversed().map((row) => [row[name], [row.title]]))));

const { certificateCritical, certificateWarning, caCritical, caWarning, keyAge } = defaultThresholds;

/** Colours of days left; thresholds of columns have no variables, so these are the defaults. */
export const daysLeft = (critical: number, warning: number) => [
  ...inUnit('suffix:d'),
  ...colouredBy(['dark-red', [0, 'red'], [critical / dayMs, 'orange'], [warning / dayMs, 'transparent']]),
];

const yesNo = mapped(textsOf({ 1: ['yes'], 0: ['no'] }));

export const whatToDo = table({
  title: 'What to do',
  description:
    'Open problems, the most severe first, without accepted findings. Problem links to the runbook, Instance to its status page. "last known": the exporter no longer reports it; the recording rules keep the last value.',
  unit: 'short',
  width: 24,
  height: 12,
  sortBy: ['-Severity', 'Days left'],
  noValue: 'Nothing to do',
  numbers: ['severity'],
  queries: { A: openProblems() },
  without: ['provider', 'finding'],
  columns: [
    values('severity', 'Severity', 85, ...stateOf(severities)),
    texts('alert', 'Problem', runbook, titlesBy('alert'), width(275)),
    instance,
    texts('detail', 'Which'),
    values('Value', 'Days left', 85, ...inUnit('suffix:d', 1), mapped(textsOf({ 0: [''] }))),
    values('known', 'Known', 85),
    ...where,
  ],
});

export const acceptedFindings = table({
  title: 'Accepted findings',
  description:
    'Findings that are accepted in the configuration, ordered by the last day of acceptance. From the next day, they count as problems again. The status page has the reasons.',
  unit: 'short',
  width: 24,
  height: 6,
  sortBy: ['Ends in'],
  noValue: 'No accepted finding is known',
  queries: {
    A: daysUntil(accepted),
    B: `1000 * ${accepted}`,
  },
  without: ['provider'],
  columns: [
    values('Value #A', 'Ends in', 85, ...inUnit('suffix:d')),
    values('Value #B', 'Accepted until', 120, ...inUnit('time:YYYY-MM-DD')),
    texts('finding', 'Finding', titlesBy('kind'), width(235)),
    instance,
    ...where,
  ],
});

export const instancesTable = table({
  title: 'Each instance',
  description:
    'All facts of each instance, the most severe first. "?": not known although a check can report it; "was": last known; empty: no check reports it. State is the most severe open problem. Days are coloured by the default thresholds.',
  unit: 'short',
  width: 24,
  height: 16,
  sortBy: ['-State', 'Cert'],
  noValue: 'No instance is known',
  queries: {
    A: instanceState,
    B: sslState,
    C: forcedState,
    D: atRestState,
    E: daysUntil(rows(serverExpiry, [], 'min')),
    F: rows(known.autoRenewed, [], 'min'),
    G: daysUntil(rows(caExpiry, [], 'min')),
    H: ageOfFacts,
  },
  without: ['provider'],
  columns: [
    values('Value #A', 'State', 72, ...stateOf(instanceTexts)),
    instance,
    values('Value #B', 'SSL', 58, ...stateOf(settingTexts('red'))),
    values('Value #C', 'Forced', 62, ...stateOf(settingTexts('orange'))),
    values('Value #D', 'At rest', 62, ...stateOf(settingTexts('orange'))),
    values('Value #E', 'Cert', 60, ...daysLeft(certificateCritical, certificateWarning)),
    values('Value #F', 'Renews', 62, yesNo),
    values('Value #G', 'CA', 60, ...daysLeft(caCritical, caWarning)),
    values(
      'Value #H',
      'Age',
      60,
      ...inUnit('s'),
      mapped(textsOf({ '-1': ['never', 'purple'] })),
      ...colouredBy(['transparent', [900, 'orange'], [3600, 'red']]),
    ),
    ...where,
  ],
});

const expiries = rows(`(${allServerExpiries} or ${caExpiry})`, certificateLabels, 'min');

const sources = mapped(textsOf({ api: ['API'], ca_bundle: ['CA bundle'], tls_probe: ['TLS probe'] }));

export const certificatesTable = table({
  title: 'Certificates',
  description:
    'All certificates, ordered by expiry, with a state by the thresholds above. Server certificates only with SSL on. If the database serves the certificate that the API reports, it is listed once, with the source TLS probe.',
  unit: 'short',
  width: 24,
  height: 10,
  sortBy: ['Days left'],
  noValue: 'No certificate is known',
  queries: {
    A: daysUntil(expiries),
    B: `1000 * ${expiries}`,
    C: rows(`(${certificateState})`, certificateLabels),
    D: rows(labelled(andOf(known.autoRenewed, allServerExpiries), { certificate: 'server' }), ['certificate'], 'min'),
  },
  without: ['provider', 'cloud_region', 'instance_id'],
  columns: [
    values('Value #A', 'Days left', 85, ...inUnit('suffix:d', 1)),
    values('Value #C', 'State', 78, ...stateOf(certificateTexts)),
    values('Value #B', 'Expires', 100, ...inUnit('time:YYYY-MM-DD')),
    values('certificate', 'Kind', 64, mapped(textsOf({ ca: ['CA'] }))),
    instance,
    texts('subject_cn', 'Subject'),
    values('Value #D', 'Renews', 66, yesNo),
    values('source', 'Source', 84, sources),
    team,
    account,
  ],
});

/** Tenants with the labels of keys. */
const tenants = copied(copied(known.tenants, 'key_alias', 'tenant_name'), 'key_id', 'tenant_id');

export const keysTable = table({
  title: 'Keys and tenants',
  description:
    'Keys that encrypt data at rest, and tenants with their encryption state; disabled and unencrypted ones first. Instances without keys and tenants are only in "Each instance". Blue: older than the default of "Key age".',
  unit: 'short',
  width: 24,
  height: 9,
  sortBy: ['State', '-Age'],
  noValue: 'No key or tenant is known',
  queries: {
    A: rows(`(${together([known.keyEnabled, tenants])})`, keyLabels, 'min'),
    B: `(time() - ${rows(known.keyCreated, keyLabels, 'min')}) / 86400`,
  },
  without: ['provider', 'cloud_region', 'instance_id'],
  columns: [
    values('Value #A', 'State', 64, ...stateOf(onOff)),
    values('Value #B', 'Age', 72, ...inUnit('suffix:d'), ...colouredBy(['transparent', [keyAge / dayMs, 'blue']])),
    instance,
    texts('key_alias', 'Name'),
    texts('key_id', 'Id'),
    texts('key_region', 'Key region'),
    texts('kms_cluster_id', 'KMS cluster'),
    team,
    account,
  ],
});

export const offSinceTable = table({
  title: 'Off since',
  description:
    'Settings that are off now, and when they were last on within the time range of the dashboard. Extend the range to find an earlier change.',
  unit: 'short',
  width: 24,
  height: 12,
  sortBy: ['-Last seen on'],
  noValue: 'No known setting is off',
  queries: { A: offSince() },
  without: ['provider'],
  columns: [
    values('Value', 'Last seen on', 165, ...inUnit('dateTimeAsSystem'), mapped(textsOf({ 0: ['before this range'] }))),
    texts('what', 'What is off', width(150)),
    texts('detail', 'Which'),
    instance,
    ...where,
  ],
}).interval('1m');
