// States of instances and certificates as numbers, which the tables show as texts.
import { type Family, instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { allServerExpiries, caExpiry, daysUntil, lateDays, renewed, reports, sslOnNow } from './facts.ts';
import { grey, textsOf } from './panels.ts';
import { acceptances, openUnknown, withProblems } from './problems.ts';
import { andOf, firstOf, instances, perInstance, recorded, rows, together, unlessOf } from './queries.ts';

const purple = 'purple';

/** The worst that is open of an instance; "accepted": nothing is open, but a finding is accepted. */
export const instanceTexts = textsOf({
  5: ['critical', 'red'],
  4: ['unknown', purple],
  3: ['warning', 'orange'],
  2: ['info', 'blue'],
  1: ['accepted', grey],
  0: ['OK', 'green'],
});

/** A value of `instanceTexts` for each instance. */
export const instanceState = (() => {
  const state = (found: string, value: number) => `0 * ${found} + ${value}`;
  const states = firstOf([
    state(withProblems('critical'), 5),
    state(openUnknown, 4),
    state(withProblems('warning'), 3),
    state(withProblems('info'), 2),
    state(perInstance(acceptances()), 1),
    state(perInstance(instances), 0),
  ]);
  return rows(states);
})();

/**
 * Texts of a setting. "was": what the exporter does not report any more.
 * @param off the colour of a setting that is off
 */
export const settingTexts = (off: string) =>
  textsOf({
    '-1': ['?', purple],
    0: ['off', off],
    1: ['on', 'green'],
    2: ['was off', off],
    3: ['was on', grey],
    4: ['n/a', 'transparent'],
    5: ['key off', 'red'],
  });

/** A value of `settingTexts` for each instance: now, else as last known, else unknown where a check can report it. */
function settingState(setting: Family, reporting: string, ...before: readonly string[]): string {
  const states = [...before, setting.name, `2 + ${recorded(setting)}`, `0 * ${reporting} - 1`];
  return rows(firstOf(states), [], 'min');
}

export const sslState = settingState(family.sslEnabled, reports('ssl_enabled'));

/** n/a: the edition cannot force it. */
export const forcedState = settingState(
  family.sslForced,
  andOf(reports('ssl_forced'), sslOnNow),
  `4 + (${family.sslForceSupported.name} == 0)`,
);

const atRest = family.atRestEncryptionEnabled;

/** "key off": encrypted, but no key is enabled. n/a: it has no tenants. */
export const atRestState = settingState(
  atRest,
  reports('at_rest_encryption_enabled'),
  `5 + ${andOf(`(${atRest.name} == 0)`, `(${family.kmsKeys.name} > 0)`)}`,
  `4 + (${family.tenants.name} == 0)`,
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
  const server = daysUntil(allServerExpiries);
  const ca = daysUntil(caExpiry);
  const under = (days: string, limit: string | number) => `((${days}) < bool ${limit})`;
  return together([
    unlessOf(`(((${server}) <= bool 0) + ${under(server, '$crit_days')} + ${under(server, '$warn_days')})`, renewed),
    andOf(`(((${server}) <= bool 0) + 2 * ${under(server, lateDays)})`, renewed),
    `(((${ca}) <= bool 0) + ${under(ca, '$ca_crit_days')} + ${under(ca, '$ca_warn_days')})`,
  ]);
})();
