// Parts of expressions that several rules have in common.
import { offApiChecks } from '../../src/model/check.ts';
import { lateRenewalMs } from '../../src/model/thresholds.ts';

/** What identifies an instance. */
export const identity = 'provider, account, cloud_region, instance_id';
/** What identifies a list of instances. */
export const list = 'provider, account, cloud_region';
/** What identifies the exporters of one service. */
export const service = 'job, namespace, service';
/** Labels of the target that change when an exporter is replaced: an alert with one of them would fire again. */
export const target = 'instance, pod, node';

/** Matcher of the checks that call the API. */
export const ofApi = `{check!~"${offApiChecks.join('|')}"}`;
/** Matchers of certificates that the database serves, and of all others. */
export const probed = 'source="tls_probe"';
export const notProbed = 'source!="tls_probe"';

export const secondsPerDay = 86_400;
/** Days before the expiry from which an automatic renewal is late. */
export const lateRenewalDays = lateRenewalMs / (secondsPerDay * 1000);

/** Indents all lines of an expression but the first. */
export const indent = (text: string, width: number) => text.replaceAll('\n', `\n${' '.repeat(width)}`);

/** The number of shards without an exporter. Exporters without shards, and other services, are counted separately. */
export const missingShards = `max by (${service}) (clouddb_exporter_total_shards)
  - count by (${service}) (
    count_values by (${service}) (
      "shard",
      clouddb_exporter_shard_ordinal and on (job, instance) clouddb_exporter_total_shards > 1
    )
  )
  > 0`;

/** Of the instances for which this finding is accepted today: the right side of an operator. */
export const accepted = (finding: string) => `on (${identity})
  (finding:clouddb_finding_accepted_until_timestamp_seconds:last{finding="${finding}"} >= time())`;

/** Without these instances. */
export const notAccepted = (finding: string) => `
unless ${accepted(finding)}`;
