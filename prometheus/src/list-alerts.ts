// Alerts on the lists of instances of accounts with discovery.
import { list, target } from './promql.ts';
import type { Alert } from './rule.ts';
import { account } from './texts.ts';

const pending = `max without (${target}) (list:clouddb_discovery_info:pending)`;
const lastSuccess = 'list:clouddb_discovery_last_success_timestamp_seconds:last';

const of = '{{ with $labels.cloud_region }} in region {{ . }}{{ end }}';
const reason =
  '{{ with query (printf "list:clouddb_discovery_failure_info:last{provider=%q,account=%q,cloud_region=%q}" $labels.provider $labels.account $labels.cloud_region) }}, reason {{ . | first | label "reason" }}{{ end }}';
const isPending =
  'query (printf "list:clouddb_discovery_info:pending{provider=%q,account=%q,cloud_region=%q}" $labels.provider $labels.account $labels.cloud_region)';

/** Never both for one list. */
export const listAlerts: readonly Alert[] = [
  {
    comment:
      'An hour after the last complete list; earlier if the exporter was restarted since, because it then has no list. The value ' +
      'is the age of the last complete list.',
    alert: 'CloudDBDiscoveryFailing',
    expr: `time() - ${lastSuccess}
and on (${list})
  (
    list:clouddb_discovery_success:last == 0
    and on (${list}) time() - ${lastSuccess} > 2700
    or
    ${pending}
  )`,
    for: '15m',
    severity: 'warning',
    about: 'account',
    summary: `Account {{ $labels.account }}: instances${of} cannot be listed`,
    description: `The list of the instances of ${account}${of} fails${reason}. The last complete list is {{ $value | humanizeDuration }} old: {{ if ${isPending} }}the exporter has been started since, and monitors none of its instances that are not in the configuration; alerts on them show what was last known{{ else }}its instances are still monitored, new ones are not{{ end }}.`,
  },
  {
    comment: 'After an earlier success, CloudDBDiscoveryFailing fires instead, even if the exporter was restarted.',
    alert: 'CloudDBDiscoveryNeverSucceeded',
    expr: `${pending}
unless on (${list}) ${lastSuccess}`,
    for: '15m',
    severity: 'warning',
    about: 'account',
    summary: `Account {{ $labels.account }}: instances${of} have never been listed`,
    description: `There has been no complete list of the instances of ${account}${of}${reason}. Only those in the configuration are monitored.`,
  },
];
