// Alerts on SSL that is off or not forced.
import { identity, notAccepted } from './promql.ts';
import type { Group } from './rule.ts';
import { instance, lastKnown, name } from './texts.ts';

/** Their group. */
export const sslAlerts = (): Group => ({
  name: 'clouddb-encryption-ssl',
  rules: [
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
