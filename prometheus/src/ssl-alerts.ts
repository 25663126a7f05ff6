// Alerts on SSL that is off, not forced, outdated, or not what the database itself does.
import { outdatedTls } from '../../src/posture/fact-rows.ts';
import { identity, notAccepted } from './promql.ts';
import type { Alert, Group } from './rule.ts';
import { instance, lastKnown, name } from './texts.ts';

const forced = `on (${identity}) (instance:clouddb_ssl_forced:last == 1)`;

const plaintext: Omit<Alert, 'expr' | 'severity' | 'description'> = {
  alert: 'CloudDBPlaintextAccepted',
  for: '15m',
  about: 'instance',
  summary: `${name} accepts connections without TLS`,
};
const reaches = `A connection without TLS to ${instance} gets as far as authentication`;

/** Those on what the TLS probe finds. */
const probeAlerts: readonly Alert[] = [
  {
    ...plaintext,
    comment: 'Listed before the alerts that inhibit it, so that it resolves first.',
    expr: `instance:clouddb_plaintext_accepted:last == 1
unless ${forced}${notAccepted('plaintext_accepted')}`,
    severity: 'warning',
    description: `${reaches}.${lastKnown('clouddb_plaintext_accepted')}`,
  },
  {
    ...plaintext,
    expr: `instance:clouddb_plaintext_accepted:last == 1
and ${forced}${notAccepted('plaintext_accepted')}`,
    severity: 'critical',
    description: `${reaches}, although the API reports SSL as forced.${lastKnown('clouddb_plaintext_accepted')}`,
  },
  {
    alert: 'CloudDBTLSRefused',
    expr: `instance:clouddb_tls_accepted:last == 0
and on (${identity}) (instance:clouddb_ssl_enabled:last == 1)${notAccepted('tls_refused')}`,
    for: '15m',
    severity: 'critical',
    about: 'instance',
    summary: `${name} does not accept TLS although SSL is on`,
    description: `The API reports SSL as on for ${instance}, but the database does not accept TLS: clients connect unencrypted or not at all.${lastKnown('clouddb_tls_accepted')}`,
  },
  {
    alert: 'CloudDBTLSOutdated',
    expr: `instance:clouddb_tls_info:last{version=~"${outdatedTls.join('|')}"}${notAccepted('tls_outdated')}`,
    for: '15m',
    severity: 'warning',
    about: 'instance',
    summary: `${name} supports only an outdated version of TLS`,
    description: `The best version that ${instance} negotiates is {{ $labels.version }}, which RFC 8996 forbids. Current clients refuse it.${lastKnown('clouddb_tls_info')}`,
  },
];

/** Their group. */
export const sslAlerts = (): Group => ({
  name: 'clouddb-encryption-ssl',
  rules: [
    ...probeAlerts,
    {
      alert: 'CloudDBSSLDisabled',
      expr: `instance:clouddb_ssl_enabled:last == 0${notAccepted('ssl_disabled')}`,
      for: '5m',
      severity: 'critical',
      about: 'instance',
      summary: `SSL is off for ${name}`,
      description: `${instance} accepts only unencrypted connections.${lastKnown('clouddb_ssl_enabled')}`,
    },
    {
      alert: 'CloudDBSSLNotForced',
      expr: `instance:clouddb_ssl_forced:last == 0
and on (${identity}) (instance:clouddb_ssl_force_supported:last == 1)
and on (${identity}) (instance:clouddb_ssl_enabled:last == 1)${notAccepted('ssl_not_forced')}`,
      for: '15m',
      severity: 'warning',
      about: 'instance',
      summary: `SSL is on but not forced for ${name}`,
      description: `${instance} accepts unencrypted connections although it can refuse them.${lastKnown('clouddb_ssl_forced')}`,
    },
  ],
});
