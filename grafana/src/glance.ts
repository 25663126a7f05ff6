// The row of numbers on the fleet dashboard, each coloured by its threshold.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import {
  certValid,
  checkSuccess,
  compliant,
  daysLeft,
  encryptedAtRest,
  keyEnabled,
  sslEnabled,
  sslForced,
} from './facts.ts';
import { goodAtZero, type Steps, stat } from './panels.ts';
import { howMany, identity, selected } from './queries.ts';

const server = daysLeft('server');
const ca = daysLeft('ca');
const certificates = daysLeft('server', 'ca');

/** Stats of a row of six. */
function count(title: string, description: string, expr: string, steps: Steps) {
  return stat({ title, description, expr, steps, unit: 'short', width: 4, height: 4 });
}

const orange = goodAtZero('orange');
const red = goodAtZero('red');

/** Two rows of six. */
export const glance = [
  count(
    'Instances',
    'Configured instances of all exporters.',
    `count(count by (${identity}) (${family.instanceInfo.name}{${selected}}))`,
    ['blue'],
  ),
  stat({
    title: 'Compliant',
    description:
      'Share of the instances whose known facts are all compliant: SSL on, forced if supported, certificates valid, data encrypted at rest. Instances without any known fact do not count.',
    expr: `avg(${compliant})`,
    steps: ['red', [0.8, 'orange'], [1, 'green']],
    unit: 'percentunit',
    width: 4,
    height: 4,
  }),
  count('SSL off', 'Instances whose connections cannot be encrypted.', howMany(sslEnabled, '== bool 0'), red),
  count(
    'SSL not forced',
    'Instances with SSL on that accept unencrypted connections although they can refuse them.',
    howMany(sslForced, '== bool 0'),
    orange,
  ),
  count('Not encrypted at rest', 'Instances without an enabled key.', howMany(encryptedAtRest, '== bool 0'), orange),
  count('Keys disabled', 'Disabled keys of instances.', howMany(keyEnabled, '== bool 0'), red),
  count('Certificates expired', 'Expired server and CA certificates.', howMany(certificates, '<= bool 0'), red),
  count(
    'Expire within $crit_days days',
    'Server certificates with fewer days left than the variable "Critical (days)"; without expired ones.',
    `sum(((${server}) > bool 0) * ((${server}) < bool $crit_days))`,
    red,
  ),
  count(
    'Expire within $warn_days days',
    'Server certificates with fewer days left than the variable "Warn (days)", but not fewer than "Critical (days)".',
    `sum(((${server}) >= bool $crit_days) * ((${server}) < bool $warn_days))`,
    orange,
  ),
  count(
    'CAs expire within $ca_warn_days days',
    'CA certificates with fewer days left than the variable "CA warn (days)"; without expired ones.',
    `sum(((${ca}) > bool 0) * ((${ca}) < bool $ca_warn_days))`,
    orange,
  ),
  count(
    'Reported invalid',
    'Instances with SSL on whose certificate the provider reports as invalid.',
    howMany(certValid, '== bool 0'),
    red,
  ),
  count(
    'Checks failing',
    'Checks whose last attempt failed: their facts are old or unknown.',
    howMany(checkSuccess, '== bool 0'),
    orange,
  ),
];
