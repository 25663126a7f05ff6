// Problems of checks, accounts and exporters, as queries.
import { instanceFamilies as family, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { failingMs } from '../../src/model/thresholds.ts';
import { instances } from './facts.ts';
import { andOf, current, identity, ofAccounts, selector, unlessOf } from './queries.ts';

const perCheck = `${identity}, check`;
const window = `${failingMs / 60_000}m`;

/** The checks among these series of results that have failed for so long that it is a finding. */
function lasting(results: string): string {
  const failsNow = `min by (${perCheck}) (${results}) == 0`;
  const failed = `min by (${perCheck}) (max_over_time(${results}[${window}])) == 0`;
  const failedThen = `${results} offset ${window} == 0`;
  return andOf(andOf(failsNow, failed, perCheck), failedThen, perCheck);
}

const resultsOfAccounts = `${family.checkSuccess.name}{${ofAccounts}}`;

/** The accounts of which every check fails, with selected instances or not: a selection makes no account blind. */
const blindAccounts = `(count by (provider, account) (${lasting(resultsOfAccounts)})
== count by (provider, account) (count by (${perCheck}) (${resultsOfAccounts})))`;

/** The accounts of selected instances of which every check fails. */
export const accountBlind = andOf(blindAccounts, instances, 'provider, account');

/** The checks that fail, with the reason that matches, other than those of blind accounts. */
export function checkFailing(reason: string): string {
  const failure = current(family.checkFailureInfo, { by: ['check', 'reason'], where: `reason${reason}` });
  const found = andOf(failure, lasting(selector(family.checkSuccess.name)), perCheck);
  return unlessOf(found, blindAccounts, 'provider, account');
}

/** The fields of the API that are not understood. */
export const fieldUnreadable = current(family.checkUnreadableField, { by: ['check', 'field'] });

const { buildInfo, credentialsRefresh } = lastingFamilies;

/** The exporters that are down: targets that were exporters within the time range. */
export const exporterDown = `(up == 0 and on (job, instance) last_over_time(${buildInfo.name}[$__range]))`;

/** Has a value when no exporter is scraped. */
export const exporterAbsent = `(absent(${buildInfo.name}) unless on () ${exporterDown})`;

/** The jobs whose exporters watch no instance. */
export const nothingWatched = `(count by (job) (${buildInfo.name}) unless on (job) sum by (job) (${stateFamilies.instances.name}) > 0)`;

/** The exporters whose configuration or web configuration was invalid when last read. */
export const configurationInvalid = `(${stateFamilies.reloadSuccessful.name} == 0 or ${stateFamilies.webReloadSuccessful.name} == 0)`;

/** The accounts whose credentials could not be read or renewed. */
export const credentialsNotRenewed = `(${credentialsRefresh.name}{${ofAccounts}} == 0)`;
