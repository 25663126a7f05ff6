// The tables of the exporter dashboard: exporters, accounts, lists of instances, failing checks.
import { instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { reasons } from '../../src/model/failure.ts';
import { busy, ofAccount, ofExporter, ofProcess, targets } from './exporter-selectors.ts';
import { runbooks } from './links.ts';
import { textsOf } from './panels.ts';
import { copied } from './queries.ts';
import { colouredBy, inUnit, links, mapped, stateOf, table, texts, values, width } from './tables.ts';

const { buildInfo, clockSkew, credentialsExpiration, credentialsRefresh } = lastingFamilies;
const { instances, reloadSuccessTime, shardOrdinal, totalShards } = stateFamilies;
const { discoveryInfo, discoverySuccess, discoveryFailureInfo, discoveryLastSuccess, discoveryInstances } =
  stateFamilies;
const { checkSuccess, checkLastSuccess, checkFailureInfo, instanceInfo } = instanceFamilies;

const runbook = (alert: string) => links({ title: 'What to do', url: `${runbooks}${alert}.md`, targetBlank: true });

const goodBad = textsOf({ 1: ['valid', 'green'], 0: ['failed', 'red'] });

const perExporter = (vector: string) => `max by (instance) (${vector})`;
const ofState = ({ name }: { name: string }) => perExporter(`${name}{${ofExporter}}`);

/** Each exporter. */
export const exporters = table({
  title: 'Each exporter',
  description:
    'Exporters that were scraped in the time range. Busy: share of the time in which the event loop works; near 100 % requests wait.',
  unit: 'short',
  width: 24,
  height: 6,
  sortBy: ['State'],
  noValue: 'No exporter is known',
  queries: {
    A: perExporter(targets),
    B: `max by (instance, version, node_version) (label_join(${buildInfo.name}{${ofExporter}}, "version", " ", "version", "revision"))`,
    C: ofState(shardOrdinal),
    D: ofState(totalShards),
    E: perExporter(`time() - ${ofProcess('process_start_time_seconds')}`),
    F: perExporter(`1000 * ${reloadSuccessTime.name}{${ofExporter}}`),
    G: perExporter(ofProcess('process_resident_memory_bytes')),
    H: perExporter(busy),
    I: `sum by (instance) (${instances.name}{${ofExporter}})`,
  },
  without: ['Value #B'],
  columns: [
    values('Value #A', 'State', 66, ...stateOf(textsOf({ 1: ['up', 'green'], 0: ['down', 'red'] }))),
    texts('instance', 'Exporter', runbook('CloudDBExporterDown')),
    texts('version', 'Version'),
    texts('node_version', 'Node'),
    values('Value #C', 'Shard', 62),
    values('Value #D', 'Shards', 66),
    values('Value #I', 'Instances', 84),
    values('Value #E', 'Uptime', 86, { id: 'unit', value: 's' }),
    values('Value #F', 'Config read', 150, ...inUnit('dateTimeAsSystem')),
    values('Value #G', 'Memory', 76, ...inUnit('bytes')),
    values(
      'Value #H',
      'Busy',
      66,
      ...inUnit('percentunit'),
      ...colouredBy(['transparent', [0.5, 'orange'], [0.8, 'red']]),
    ),
  ],
});

const perAccount = (operator: 'max' | 'min' | 'sum', vector: string) =>
  `${operator} by (provider, account) (${vector})`;

/** Each account. */
export const accounts = table({
  title: 'Each account',
  description:
    'Credentials: whether they could be read or renewed; "Expire in" is for temporary ones. If the clock skew reaches some minutes, an API refuses signatures.',
  unit: 'short',
  width: 24,
  height: 6,
  sortBy: ['Credentials', '-Failing'],
  noValue: 'No account is known',
  queries: {
    A: perAccount('min', `${credentialsRefresh.name}{${ofAccount}}`),
    B: perAccount('min', `${credentialsExpiration.name}{${ofAccount}} - time()`),
    C: perAccount('sum', `${instances.name}{${ofAccount}}`),
    D: perAccount('sum', `${checkSuccess.name}{${ofAccount}} == bool 0`),
    E: perAccount('max', `abs(${clockSkew.name}{${ofAccount}})`),
  },
  columns: [
    texts('account', 'Account'),
    texts('provider', 'Provider'),
    values('Value #A', 'Credentials', 110, ...stateOf(goodBad), runbook('CloudDBCredentialsNotRenewed')),
    values('Value #B', 'Expire in', 100, ...inUnit('s'), ...colouredBy(['red', [600, 'transparent']])),
    values('Value #C', 'Instances', 90),
    values('Value #D', 'Failing', 90, ...colouredBy(['transparent', [1, 'orange']])),
    values(
      'Value #E',
      'Clock skew',
      100,
      ...inUnit('s', 1),
      ...colouredBy(['transparent', [5, 'orange'], [60, 'red']]),
    ),
  ],
});

const ofList = 'provider, account, cloud_region';
const perList = (operator: 'count' | 'max' | 'min' | 'sum', { name }: { name: string }) =>
  `${operator} by (${ofList}) (${name}{${ofAccount}})`;

/** The instances of each account and region, and the list that finds them. */
export const lists = table({
  title: 'Instances: discovered and configured',
  description:
    'Watched instances by account and region; discovered: those of the last complete list. If a list fails, its instances are still watched, unless the exporter was restarted since. An instance watched by two exporters counts twice.',
  unit: 'short',
  width: 24,
  height: 7,
  sortBy: ['-List', 'Account', 'Region'],
  noValue: 'No instance is known',
  queries: {
    A: perList('count', instanceInfo),
    B: perList('sum', discoveryInstances),
    C: `${perList('count', instanceInfo)} - (${perList('sum', discoveryInstances)} or 0 * ${perList('count', instanceInfo)})`,
    D: `2 - 2 * ${perList('min', discoverySuccess)} or ${perList('max', discoveryInfo)}`,
    E: `max by (${ofList}, reason) (${discoveryFailureInfo.name}{${ofAccount}})`,
    F: `time() - ${perList('min', discoveryLastSuccess)}`,
  },
  without: ['provider', 'Value #E'],
  columns: [
    texts('account', 'Account'),
    texts('cloud_region', 'Region'),
    values('Value #A', 'Watched', 90),
    values('Value #B', 'Discovered', 90),
    values('Value #C', 'Only configured', 130),
    values(
      'Value #D',
      'List',
      110,
      ...stateOf(textsOf({ 0: ['complete', 'green'], 1: ['not read', 'purple'], 2: ['fails', 'red'] })),
      runbook('CloudDBDiscoveryFailing'),
    ),
    texts('reason', 'Reason', runbook('CloudDBDiscoveryFailing')),
    values('Value #F', 'Age of list', 110, ...inUnit('s'), ...colouredBy(['transparent', [3600, 'orange']])),
  ],
});

const ofCheck = 'provider, account, cloud_region, instance_name, instance_id, check';
/** Each check that fails. */
export const failingChecks = table({
  title: 'Failing checks',
  description:
    'Checks whose last attempt failed, with the reason, and the age of their facts. Reason links to the runbook.',
  unit: 'short',
  width: 24,
  height: 8,
  sortBy: ['-Age', 'Instance'],
  noValue: 'No failing check is known',
  queries: {
    A: copied(`max by (${ofCheck}, reason) (${checkFailureInfo.name}{${ofAccount}})`, 'meaning', 'reason'),
    B: `max by (${ofCheck}) ((time() - ${checkLastSuccess.name}{${ofAccount}}) and on (instance, ${ofCheck}) ${checkSuccess.name} == 0
or on (instance, ${ofCheck}) 0 * (${checkSuccess.name}{${ofAccount}} == 0) - 1)`,
  },
  without: ['provider', 'Value #A'],
  columns: [
    texts('instance_name', 'Instance', width(120)),
    values('check', 'Check', 60),
    texts('reason', 'Reason', runbook('CloudDBCheckFailing'), width(130)),
    values('Value #B', 'Age', 80, ...inUnit('s'), mapped(textsOf({ '-1': ['never', 'purple'] }))),
    texts(
      'meaning',
      'Meaning',
      mapped(textsOf(Object.fromEntries(Object.entries(reasons).map(([reason, text]) => [reason, [text]])))),
    ),
    texts('account', 'Account', width(150)),
    texts('cloud_region', 'Region', width(110)),
    texts('instance_id', 'Id', width(130)),
  ],
});
