// Since when a setting is off, according to Prometheus.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { keyLabels } from '../../src/metrics/instance-families.ts';
import { andOf, columnsOfInstance, copied, current, identity, labelled, together } from './queries.ts';

const sslOn = `${current(family.sslEnabled)} == 1`;

const switches = [
  { what: 'SSL', state: current(family.sslEnabled) },
  { what: 'SSL forced', state: andOf(andOf(current(family.sslForced), `${current(family.sslForceSupported)} == 1`), sslOn) },
  { what: 'encryption at rest', state: current(family.atRestEncryptionEnabled) },
  { what: 'key', state: current(family.kmsKeyEnabled, { by: keyLabels }), labels: keyLabels, detail: 'key_alias' },
];

const window = '[$__range:$__interval]';

/**
 * Unix milliseconds when each setting that is off was last seen on within the time range; 0 for one that was not.
 */
export function offSince(): string {
  const rows = switches.map(({ what, state, labels = [], detail }) => {
    const on = [identity, ...labels].join(', ');
    const off = `((${state}) == 0)`;
    const lastOn = `max_over_time(timestamp((${state}) == 1)${window})`;
    const since = `1000 * (${lastOn} and on (${on}) ${off} or on (${on}) ${off})`;
    return labelled(detail === undefined ? since : copied(since, 'detail', detail), { what });
  });
  return `max by (what, detail, ${columnsOfInstance}) (${copied(`\n${together(rows)}\n`, 'team', '$team_label')})`;
}
