// Since when a setting is off, according to Prometheus.
import { autoRenewed, encryptedAtRest, keyEnabled, keyLabels, sslEnabled, sslForced } from './facts.ts';
import { copied, identity, labelled, together } from './queries.ts';

const switches = [
  { what: 'SSL', state: sslEnabled },
  { what: 'SSL forced', state: sslForced },
  { what: 'certificate renewed by the cloud', state: autoRenewed },
  { what: 'encryption at rest', state: encryptedAtRest },
  { what: 'key', state: keyEnabled, labels: keyLabels, detail: 'key_alias' },
];

const window = '[$__range:$__interval]';

/**
 * Unix milliseconds when each setting that is off was last seen on within the time range; for one that was never on, when
 * it was first seen, with the label `before`.
 */
export function offSince(): string {
  const rows = switches.map(({ what, state, labels = [], detail }) => {
    const on = [identity, ...labels].join(', ');
    const lastOn = labelled(`max_over_time(timestamp((${state}) == 1)${window})`, { before: 'on' });
    const first = labelled(`min_over_time(timestamp(${state})${window})`, { before: 'not seen on in the time range' });
    const since = `1000 * ((${lastOn} or on (${on}) ${first}) and on (${on}) ((${state}) == 0))`;
    return labelled(detail === undefined ? since : copied(since, 'detail', detail), { what });
  });
  const columns = `what, detail, before, team, instance_name, ${identity}`;
  return `sort(max by (${columns}) (${copied(`\n${together(rows)}\n`, 'team', '$team_label')}))`;
}
