// Rules of the group clouddb-encryption-last-known.
import type { Group } from './rule.ts';

export const lastKnown = (): Group => ({
  name: 'clouddb-encryption-last-known',
  rules: [
    {
      record: 'instance:clouddb_instance_info:last',
      expr: `clouddb_instance_info
or on (provider, account, cloud_region, instance_id)
(
  instance:clouddb_instance_info:last
  and on (job, instance) (up == 0)
)`,
    },
    {
      record: 'instance:clouddb_cert_auto_renew_enabled:last',
      expr: `clouddb_cert_auto_renew_enabled
or on (provider, account, cloud_region, instance_id)
(
  last_over_time(instance:clouddb_cert_auto_renew_enabled:last[1h])
  and on (provider, account, cloud_region, instance_id) instance:clouddb_instance_info:last
  unless on (provider, account, cloud_region, instance_id)
    (
      clouddb_check_success == 1
      and on (provider, check) clouddb_exporter_fact_info{fact="cert_auto_renew_enabled"}
    )
)`,
    },
    {
      comment:
        'Without the serial number: of the CA certificates of one subject the one that expires last, of the server certificates the one that expires first. Dropped when the instance is removed from the configuration, when the checks that report certificates succeed and report none, when SSL is off, and where the provider renews automatically and renewal was not late yet: the certificate may have been renewed since.',
      record: 'certificate:clouddb_cert_not_after_timestamp_seconds:last',
      expr: `(
  max without (serial) (clouddb_cert_not_after_timestamp_seconds{certificate="ca"})
  or min without (serial) (clouddb_cert_not_after_timestamp_seconds{certificate="server"})
)
or on (provider, account, cloud_region, instance_id, certificate, source)
(
  last_over_time(certificate:clouddb_cert_not_after_timestamp_seconds:last[1h])
  and on (provider, account, cloud_region, instance_id) instance:clouddb_instance_info:last
  unless on (provider, account, cloud_region, instance_id)
    (
      min by (provider, account, cloud_region, instance_id) (
        clouddb_check_success
        and on (provider, check) clouddb_exporter_fact_info{fact=~"(server|ca)_certificate"}
      ) == 1
    )
  unless on (provider, account, cloud_region, instance_id) (clouddb_ssl_enabled == 0)
  unless on (provider, account, cloud_region, instance_id, certificate, source, subject_cn)
    (
      last_over_time(certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"}[1h])
        - time() >= 7 * 86400
      and on (provider, account, cloud_region, instance_id)
        (instance:clouddb_cert_auto_renew_enabled:last == 1)
    )
)`,
    },
    {
      comment:
        'Of the CA certificates of one subject, from all sources, the one that expires last: it has replaced the others.',
      record: 'certificate:clouddb_cert_not_after_timestamp_seconds:current',
      expr: `certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="server"}
or
(
  certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="ca"}
  == on (provider, account, cloud_region, instance_id, subject_cn) group_left ()
    max by (provider, account, cloud_region, instance_id, subject_cn) (
      certificate:clouddb_cert_not_after_timestamp_seconds:last{certificate="ca"}
    )
)`,
    },
  ],
});
