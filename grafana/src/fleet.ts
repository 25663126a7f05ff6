// The dashboard of the fleet: what is unencrypted, what expires when, what is not known, and what to do.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { assemble } from './dashboard.ts';
import { certificatesByDays, daysOfEach, keysOverTime, shares, sslOverTime } from './fleet-graphs.ts';
import {
  acceptedFindings,
  certificatesTable,
  instancesTable,
  keysTable,
  offSinceTable,
  whatToDo,
} from './fleet-tables.ts';
import { glance } from './glance.ts';
import { fleetUid } from './links.ts';
import { identityLabels } from './queries.ts';
import { tlsProbe } from './tls-probe.ts';
import { labelVariable, numberVariable, setting } from './variables.ts';

const info = family.instanceInfo.name;
const ofRegion = 'provider=~"$provider", account=~"$account", cloud_region=~"$region"';

const filters = [
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
  labelVariable(
    'team',
    'Team',
    `label_values(${info}{${ofRegion}}, $team_label)`,
    'Values of the team label; All includes the instances without it.',
  ),
  labelVariable(
    'instance',
    'Instance',
    `label_values(${info}{${ofRegion}, $team_label=~"$team"}, instance_name)`,
    'Name of the instance.',
  ),
];

const { certificateWarning, certificateCritical, caWarning, caCritical, keyAge } = defaultThresholds;
const days = [1, 2, 3, 7, 14, 30, 60, 90, 180, 365, 730];

/** A threshold in days. @param milliseconds its default */
function threshold(name: string, title: string, milliseconds: number, description: string) {
  return numberVariable(name, title, milliseconds / 86_400_000, days, `${description} In days.`);
}

const thresholds = [
  threshold('crit_days', 'Critical', certificateCritical, 'A server certificate that expires within them is critical.'),
  threshold('warn_days', 'Warning', certificateWarning, 'A server certificate that expires within them is a warning.'),
  threshold('ca_crit_days', 'CA critical', caCritical, 'A CA certificate that expires within them is critical.'),
  threshold('ca_warn_days', 'CA warning', caWarning, 'A CA certificate that expires within them is a warning.'),
  threshold('key_age_days', 'Key age', keyAge, 'An enabled key that is older is reported as info.'),
];

const teamLabel = setting('team_label', 'Team label', 'team', 'Name of the label with the owner of an instance.');

const identity = setting('id', 'Identity', identityLabels, 'Labels that identify an instance: do not change them.');

/** The fleet dashboard. */
export function fleetDashboard(): object {
  return assemble({
    uid: fleetUid,
    title: 'Cloud database encryption: fleet',
    description:
      'Encryption of cloud databases on the wire and at rest, and expiry of their certificates, from clouddb-encryption-exporter.',
    from: 'now-24h',
    variables: [identity, teamLabel, ...filters, ...thresholds],
    annotation: {
      name: 'Critical alerts',
      expr: 'max by (alertname) (ALERTS{alertname=~"CloudDB.+", alertstate="firing", severity="critical"})',
      color: 'red',
      title: '{{alertname}}',
    },
    rows: [
      { title: 'At a glance', panels: glance },
      { title: 'Problems', panels: [whatToDo, acceptedFindings] },
      { title: 'Instances', panels: [instancesTable] },
      { title: 'Certificates', panels: [certificatesTable, certificatesByDays, daysOfEach] },
      { title: 'TLS probe', panels: tlsProbe },
      { title: 'Encryption at rest', panels: [keysTable] },
      { title: 'Over time', panels: [sslOverTime, keysOverTime, shares, offSinceTable] },
    ],
  });
}
