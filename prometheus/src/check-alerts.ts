// Alerts on checks that fail, and on the accounts that they belong to.
import { offApiChecks } from '../../src/model/check.ts';
import { listAlerts } from './list-alerts.ts';
import { identity, list, notAccepted, ofApi, target } from './promql.ts';
import type { Alert, Group } from './rule.ts';
import { account, exporter, instance, name } from './texts.ts';

/** Shorter than `for` of the alerts below: none of them starts to fire in it. */
const window = '14m';
const reasons = 'check:clouddb_check_failure_info:last';

/** Each attempt within the window failed for the state of the instance: another reason now and then counts. */
const changing = `on (${identity}, check)
  (
    ${reasons}{reason="instance_state"}
    unless on (${identity}, check) last_over_time(${reasons}{reason!="instance_state"}[${window}])
  )`;

/**
 * In a blind account only CloudDBAccountBlind fires, and what the TLS probe has. Not at once: each short success of one
 * check would restart all others.
 */
const failing = `(
  check:clouddb_check_success:last == 0
  unless
    (
      check:clouddb_check_success:last${ofApi}
      and on (provider, account) (max_over_time(provider_account:clouddb_check_success:last[${window}]) == 0)
    )
)`;

const checkFailing: Omit<Alert, 'expr' | 'severity'> = {
  alert: 'CloudDBCheckFailing',
  for: '15m',
  about: 'instance',
  summary: `${name}: check {{ $labels.check }} fails`,
  description: `Check {{ $labels.check }} of ${instance} fails{{ with query (printf "check:clouddb_check_failure_info:last{provider=%q,account=%q,cloud_region=%q,instance_id=%q,check=%q}" $labels.provider $labels.account $labels.cloud_region $labels.instance_id $labels.check) }}, reason {{ . | first | label "reason" }}{{ end }}. The last error is on the status page of the exporter.`,
};

const vanished: Omit<Alert, 'expr' | 'severity' | 'description'> = {
  comment: 'Looks back two hours: an instance whose target no longer exists counts as removed only after one hour.',
  alert: 'CloudDBInstanceVanished',
  for: '5m',
  about: 'instance',
  summary: `${name} is no longer monitored`,
};
const gone = `max without (${target}, engine_version) (last_over_time(clouddb_instance_info[2h]))
unless on (${identity}) instance:clouddb_instance_info:last`;
const complete = `(list:clouddb_discovery_info:last unless on (${list}) list:clouddb_discovery_info:pending)`;

const onInstances: Alert[] = [
  {
    alert: 'CloudDBFieldUnreadable',
    expr: `field:clouddb_check_unreadable_field:last == 1${notAccepted('field_unreadable')}`,
    for: '15m',
    severity: 'info',
    about: 'instance',
    summary: `${name}: field {{ $labels.field }} of the API cannot be read`,
    description: `The API returns {{ $labels.field }} to check {{ $labels.check }} of ${instance} in a form that the exporter cannot read, or can read only in part. No alert can be derived from this field.`,
  },
  {
    ...checkFailing,
    expr: `${failing}
unless ${changing}${notAccepted('check_failing')}`,
    severity: 'warning',
  },
  {
    ...checkFailing,
    comment:
      'While an instance is being changed, there is nothing to do. The findings of the exporter use only the last reason: they ' +
      'have no `for` that an alternating reason would restart.',
    expr: `${failing}
and ${changing}${notAccepted('check_failing')}`,
    severity: 'info',
  },
  {
    comment: 'Only checks that do not fail, but are not run.',
    alert: 'CloudDBDataStale',
    expr: `time() - max without (${target}) (clouddb_check_last_success_timestamp_seconds) > 3600
and on (${identity}, check) (check:clouddb_check_success:last == 1)`,
    for: '5m',
    keepFiringFor: '15m',
    severity: 'warning',
    about: 'instance',
    summary: `${name}: data is stale`,
    description: `Check {{ $labels.check }} of ${instance} does not fail, but last ran {{ $value | humanizeDuration }} ago.`,
  },
  {
    ...vanished,
    expr: `${gone}
unless on (${list}) ${complete}`,
    severity: 'warning',
    description: `${instance} was monitored within the last two hours and is no longer, although the exporter responds.`,
  },
  {
    ...vanished,
    comment: 'With discovery, databases are created and deleted, so this is only information.',
    expr: `${gone}
and on (${list}) ${complete}`,
    severity: 'info',
    description: `${instance} was monitored within the last two hours and is no longer: the current list of the instances of its account does not have it, or the settings of discovery leave it out.`,
  },
];

const onAccounts: Alert[] = [
  {
    comment:
      'Uses the last known results, so a restart of the exporter has no effect. Not while the state of an instance is the reason.',
    alert: 'CloudDBAccountBlind',
    expr: 'provider_account:clouddb_check_success:last == 0',
    for: '15m',
    severity: 'critical',
    about: 'account',
    summary: 'Account {{ $labels.account }}: every API check fails',
    description: `Every check of ${account} that calls the API fails{{ with query (printf "count by (reason) (check:clouddb_check_failure_info:last{check!~%q,provider=%q,account=%q})" "${offApiChecks.join('|')}" $labels.provider $labels.account) }}, by reason:{{ range . | sortByLabel "reason" }} {{ .Labels.reason }} {{ .Value }}{{ end }}{{ end }}. The API reports nothing about its instances: alerts on them show what was last known.`,
  },
  {
    comment: 'More specific than CloudDBAccountBlind, and earlier; it inhibits that alert in Alertmanager.',
    alert: 'CloudDBCredentialsRefused',
    expr: `count by (provider, account) (
  check:clouddb_check_failure_info:last{reason=~"auth|credentials"}
  and on (${identity}, check) (check:clouddb_check_success:last == 0)
  or
  list:clouddb_discovery_failure_info:last{reason=~"auth|credentials"}
)`,
    for: '2m',
    severity: 'critical',
    about: 'account',
    summary: 'Account {{ $labels.account }}: credentials are refused or missing',
    description: `{{ $value }} {{ if eq $value 1.0 }}check or list of instances{{ else }}checks and lists of instances{{ end }} of ${account} {{ if eq $value 1.0 }}fails{{ else }}fail{{ end }} because the API refuses its credentials, or because none can be read. It will not recover without a change.`,
  },
  {
    comment:
      'The value is the remaining time. Once the credentials have expired, the series is absent and CloudDBCredentialsRefused fires.',
    alert: 'CloudDBCredentialsNotRenewed',
    expr: `clouddb_exporter_credentials_expiration_timestamp_seconds - time()
and clouddb_exporter_credentials_last_refresh_successful == 0`,
    for: '1m',
    severity: 'warning',
    about: 'account',
    summary: 'Account {{ $labels.account }}: temporary credentials cannot be renewed',
    description: `The temporary credentials of ${account} (exporter ${exporter}) cannot be renewed and expire in {{ $value | humanizeDuration }}. Until then they work.`,
  },
  {
    comment:
      'Fires only for throttling that lasts longer than the window, because the exporter retries single throttled calls.',
    alert: 'CloudDBThrottled',
    expr: 'increase(clouddb_exporter_api_request_failures_total{reason="rate_limited"}[10m]) > 0',
    for: '15m',
    keepFiringFor: '15m',
    severity: 'warning',
    about: 'account',
    summary: 'The API throttles account {{ $labels.account }}',
    description: `{{ $value | humanize }} calls of {{ $labels.action }} in 10 minutes were throttled for ${account} (exporter ${exporter}).`,
  },
];

export const checkAlerts = (): Group => ({
  name: 'clouddb-encryption-checks',
  rules: [...onInstances, ...onAccounts, ...listAlerts],
});
