// States of instances and certificates as numbers, which the tables show as texts.
import { type Family, instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import type { FactName } from '../../src/model/facts.ts';
import { lateRenewalMs } from '../../src/model/thresholds.ts';
import { caExpiry, daysUntil, instances, known, reports, serverExpiry, sslOnNow } from './facts.ts';
import { grey, textsOf } from './panels.ts';
import { openProblems, openUnknown } from './problems.ts';
import { andOf, columnsOfInstance, current, firstOf, rowPerInstance, ruleOf, together, unlessOf } from './queries.ts';

const purple = 'purple';

/** The worst that is open of an instance. */
export const instanceTexts = textsOf({
  4: ['critical', 'red'],
  3: ['unknown', purple],
  2: ['warning', 'orange'],
  1: ['info', 'blue'],
  0: ['OK', 'green'],
});

/** A value of `instanceTexts` for each instance. */
export const instanceState = (() => {
  const worst = (severity: 'critical' | 'warning' | 'info', value: number) =>
    `0 * max by (${columnsOfInstance}) (${openProblems([severity])}) + ${value}`;
  const states = [
    worst('critical', 4),
    `0 * ${rowPerInstance(openUnknown)} + 3`,
    worst('warning', 2),
    worst('info', 1),
    `0 * ${rowPerInstance(instances)}`,
  ];
  return andOf(`(${firstOf(states)})`, instances);
})();

/** A setting of an instance; the ones with "was" are those of an exporter or check that does not report it any more. */
export const settingTexts = textsOf({
  '-1': ['?', purple],
  0: ['off', 'red'],
  1: ['on', 'green'],
  2: ['was off', 'dark-red'],
  3: ['was on', grey],
  4: ['n/a', 'transparent'],
  5: ['key off', 'red'],
});

/** A value of `settingTexts` for each instance: now, else as last known, else unknown where a check can report it. */
function settingState(setting: Family, unknown: string, ...before: readonly string[]): string {
  return rowPerInstance(firstOf([...before, current(setting), `2 + ${ruleOf(setting)}`, `0 * ${unknown} - 1`]));
}

const can = (fact: FactName) => reports(fact);

export const sslState = settingState(family.sslEnabled, can('ssl_enabled'));

/** n/a: the edition cannot force it. */
export const forcedState = settingState(
  family.sslForced,
  andOf(can('ssl_forced'), sslOnNow),
  `4 + (${current(family.sslForceSupported)} == 0)`,
);

/** "key off": encrypted, but no key is enabled. */
export const atRestState = settingState(
  family.atRestEncryptionEnabled,
  can('at_rest_encryption_enabled'),
  `5 + ${andOf(`(${current(family.atRestEncryptionEnabled)} == 0)`, `${current(family.kmsKeys)} > 0`)}`,
);

/** How urgent the expiry of a certificate is. */
export const certificateTexts = textsOf({
  3: ['expired', 'dark-red'],
  2: ['critical', 'red'],
  1: ['warning', 'orange'],
  0: ['OK', 'green'],
});

/** A value of `certificateTexts` for each certificate. */
export const certificateState = (() => {
  const late = lateRenewalMs / 86_400_000;
  const renewed = `${known.autoRenewed} == 1`;
  const server = daysUntil(serverExpiry);
  const ca = daysUntil(caExpiry);
  const under = (days: string, limit: string | number) => `((${days}) < bool ${limit})`;
  return together([
    unlessOf(`(((${server}) <= bool 0) + ${under(server, '$crit_days')} + ${under(server, '$warn_days')})`, renewed),
    andOf(`(((${server}) <= bool 0) + 2 * ${under(server, late)})`, renewed),
    `(((${ca}) <= bool 0) + ${under(ca, '$ca_crit_days')} + ${under(ca, '$ca_warn_days')})`,
  ]);
})();
