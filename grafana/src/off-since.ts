// Since when a setting is off, according to Prometheus.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { keyLabels } from '../../src/metrics/instance-families.ts';
import { andOf, copied, identity, labelled, rows, together } from './queries.ts';

const sslForced = andOf(
  andOf(family.sslForced.name, `(${family.sslForceSupported.name} == 1)`),
  `(${family.sslEnabled.name} == 1)`,
);

const switches = [
  { what: 'SSL', state: family.sslEnabled.name },
  { what: 'SSL forced', state: sslForced },
  { what: 'encryption at rest', state: family.atRestEncryptionEnabled.name },
  { what: 'key', state: family.kmsKeyEnabled.name, labels: keyLabels, detail: 'key_alias' },
];

const window = '[$__range:$__interval]';

/**
 * Unix milliseconds when each setting that is off was last seen on within the time range; 0 for one that was not.
 */
export function offSince(): string {
  const settings = switches.map(({ what, state, labels = [], detail }) => {
    const on = [identity, ...labels].join(', ');
    const off = `(${state} == 0)`;
    const lastOn = `max_over_time(timestamp(${state} == 1)${window})`;
    const since = `1000 * (${lastOn} and on (${on}) ${off} or on (${on}) ${off})`;
    return labelled(detail === undefined ? since : copied(since, 'detail', detail), { what });
  });
  return rows(`(${together(settings)})`, ['what', 'detail']);
}
