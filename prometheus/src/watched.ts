// Recording rules of what the exporters watch: their lists of instances, and the instances.
import { lastKnown, previous } from './held.ts';
import { identity, indent, list, missingShards, service, target } from './promql.ts';
import type { Recording } from './rule.ts';

const runningExporters: Recording = {
  comment: 'The number of exporters that respond.',
  record: 'job:clouddb_exporter_build_info:count',
  expr: `count by (${service}) (
  group by (${service}, instance) (clouddb_exporter_build_info or clouddb_instance_info)
)`,
};

/** Whose exporter does not respond. */
const silent = 'unless on (job, instance) (up == 1 or clouddb_exporter_build_info or clouddb_instance_info)';

/** Holds while the exporter does not respond, and its target exists or may be being replaced. */
const whileSilent = (record: string) => `${silent}
unless on (${service})
  (
    job:clouddb_exporter_build_info:count >= max_over_time(job:clouddb_exporter_build_info:count[1h])
    unless on (${service})
      (
        ${indent(missingShards, 8)}
      )
  )
or
${previous(record)}
and on (job, instance) (up == 0)`;

const lists = lastKnown({
  comment:
    'The lists of instances that the exporters read. A list is dropped when its exporter responds without it. If its target no ' +
    'longer exists, it is dropped when all other exporters of the service respond: as many as at any time within the last hour, ' +
    'and all shards. Such a target may have been removed, or may be in replacement: after an hour it counts as removed.',
  record: 'list:clouddb_discovery_info:last',
  live: 'clouddb_discovery_info',
  key: list,
  keep: whileSilent('list:clouddb_discovery_info:last'),
});

const pending = 'list:clouddb_discovery_info:pending';

const pendingLists = lastKnown({
  comment: 'The lists that have not been complete since their exporter was started.',
  record: pending,
  live: `(
  clouddb_discovery_info unless on (job, instance, ${list}) clouddb_discovery_instances
)`,
  key: list,
  keep: `and on (${list}) list:clouddb_discovery_info:last
unless on (${list}) clouddb_discovery_info`,
});

const known = `and on (${list}) list:clouddb_discovery_info:last`;

const listResults = lastKnown({
  comment:
    'The last result of each list; with several exporters the worst one, because each shard reads its own lists.',
  record: 'list:clouddb_discovery_success:last',
  live: `min without (${target}) (clouddb_discovery_success)`,
  key: list,
  keep: known,
});

const listReasons = lastKnown({
  record: 'list:clouddb_discovery_failure_info:last',
  live: `max without (${target}) (clouddb_discovery_failure_info)`,
  key: list,
  keep: `${known}
unless on (${list}) clouddb_discovery_success`,
});

const listAges = lastKnown({
  record: 'list:clouddb_discovery_last_success_timestamp_seconds:last',
  live: `min without (${target}) (clouddb_discovery_last_success_timestamp_seconds)`,
  key: list,
  keep: known,
});

const instance = 'instance:clouddb_instance_info:last';

const instances = lastKnown({
  comment:
    'The instances, configured and discovered. An instance is dropped when its exporter responds without it, unless its list has ' +
    'not been complete since the exporter was started. If its target no longer exists, the same rule applies as for lists.',
  record: instance,
  live: 'clouddb_instance_info',
  key: identity,
  keep: `${whileSilent(instance)}
or
${previous(instance)}
and on (job, instance, ${list}) ${pending}
or
${previous(instance)}
${silent}
and on (${service}, ${list}) ${pending}`,
});

/** The rules build on each other: their order counts. */
export const watchedRules: readonly Recording[] = [
  runningExporters,
  lists,
  pendingLists,
  listResults,
  listReasons,
  listAges,
  instances,
];
