// Problems of checks, accounts and exporters, as queries.
import { instanceFamilies as family, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { offApiChecks } from '../../src/model/check.ts';
import { failingMs } from '../../src/model/thresholds.ts';
import { andOf, identity, instances, lastKnown, ofAccounts, reportedOrRecorded, unlessOf } from './queries.ts';

const perCheck = `${identity}, check`;
const window = `${failingMs / 60_000}m`;

const results = family.checkSuccess.name;

/** The checks that failed for so long that it is a finding, some of which may have been removed since. */
const lasting = `(max_over_time(${results}[${window}]) == 0 and on (${perCheck}) ${results} offset ${window} == 0)`;

/** The checks that fail and have failed for so long, by reason. @param where matchers */
const failing = (where = '') => andOf(`${family.checkFailureInfo.name}${where}`, lasting, perCheck);

/** Number of checks of each account. */
const checksOf = (vector: string) => `count by (provider, account) (count by (${perCheck}) (${vector}))`;

/** The checks that call no API, and those that do. */
const offApi = `check=~"${offApiChecks.join('|')}"`;
const ofApi = `check!~"${offApiChecks.join('|')}"`;

/** The accounts of which every such check fails, and none for the state of its instance: that is an answer of the API. */
const blindAccounts = `(${checksOf(failing(`{${ofApi}, reason!="instance_state"}`))} == ${checksOf(`${results}{${ofApi}}`)})`;

/** The accounts of selected instances of which every check fails. */
export const accountBlind = andOf(blindAccounts, instances, 'provider, account');

/** The checks that fail, with the reason that matches, without those that call the API of blind accounts. */
export function checkFailing(reason: string): string {
  const seeing = unlessOf(failing(`{${ofApi}, reason${reason}}`), blindAccounts, 'provider, account');
  return `(${seeing} or ${failing(`{${offApi}, reason${reason}}`)})`;
}

/** The fields of the API that are not understood. */
export const fieldUnreadable = lastKnown(family.checkUnreadableField);

const { buildInfo, credentialsRefresh } = lastingFamilies;

/** The exporters that are down: targets that were exporters within the time range. */
export const exporterDown = `(up == 0 and on (job, instance) last_over_time(${buildInfo.name}[$__range]))`;

/** Has a value when no exporter is scraped. */
export const exporterAbsent = `(absent(${buildInfo.name}) unless on () ${exporterDown})`;

const { instances: watched, discoveryInfo, discoverySuccess, discoveryLastSuccess } = stateFamilies;

/** The jobs whose exporters watch no instance, although all their lists of instances are complete. */
export const nothingWatched = `(count by (job) (${buildInfo.name}) unless on (job) (sum by (job) (${watched.name}) > 0 or count by (job) (${discoveryInfo.name}) > sum by (job) (${discoverySuccess.name} or 0 * ${discoveryInfo.name})))`;

const perList = 'provider, account, cloud_region';

/** The lists that have failed for so long that it is a finding where none has been complete. */
const listsFail = `(max_over_time(${discoverySuccess.name}{${ofAccounts}}[${window}]) == 0 and on (${perList}) ${discoverySuccess.name} offset ${window})`;
const lastListed = reportedOrRecorded(discoveryLastSuccess);

/** The lists that have never been complete. */
export const neverListed = unlessOf(listsFail, lastListed, perList);

/** Those that were complete more than an hour ago, or before the start of the exporter. */
export const listedBefore = unlessOf(
  andOf(listsFail, lastListed, perList),
  `(time() - ${discoveryLastSuccess.name} <= 3600)`,
  perList,
);

/** The exporters whose configuration or web configuration was invalid when last read. */
export const configurationInvalid = `(${stateFamilies.reloadSuccessful.name} == 0 or ${stateFamilies.webReloadSuccessful.name} == 0)`;

/** The accounts whose credentials could not be read or renewed. */
export const credentialsNotRenewed = `(${credentialsRefresh.name}{${ofAccounts}} == 0)`;
