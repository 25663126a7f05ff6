// Recording rules that keep what was last known, while an API, an exporter or Prometheus itself does not respond.
import { tlsCheckName } from '../../src/model/check.ts';
import { evaluated, held } from './held.ts';
import { identity, notProbed, ofApi, probed, target } from './promql.ts';
import type { Group, Recording } from './rule.ts';
import { watchedRules } from './watched.ts';

const watched = `and on (${identity}) instance:clouddb_instance_info:last`;

const pending = 'check:clouddb_check_success:pending';
const answered = 'instance:clouddb_check_success:answered';

/**
 * True while a check that can report the fact fails or has no result. Without fact_info: while any check does.
 * @param checks matcher of the label `check`, where other checks report the same fact from another source
 */
const whileUnanswered = (facts: string, checks = '') => `${watched}
unless on (${identity}) ${answered}
unless on (${identity})
  (
    ${pending}
    and on (${identity}) clouddb_instance_info
    and on (provider) clouddb_exporter_fact_info{fact=~"${facts}"${checks}}
    unless on (${identity})
      (${pending} and on (provider, check) clouddb_exporter_fact_info{fact=~"${facts}"${checks}})
  )`;

/**
 * A fact of an instance. Of several exporters the worst value counts, as of several checks.
 * @param worst which one it is
 */
function fact(level: string, family: string, facts: string, worst: 'min' | 'max' = 'min'): Recording {
  return held({
    record: `${level}:${family}:last`,
    live: `${worst} without (${target}) (${family})`,
    key: identity,
    keep: whileUnanswered(facts),
  });
}

const checks = held({
  comment:
    'The last result of each check; with several exporters, one success is enough. A result is dropped when its exporter has ' +
    'completed a sweep without it or has run for an hour without it, or when its instance has been watched for an hour without ' +
    'it, because the check was removed from the instance.',
  record: 'check:clouddb_check_success:last',
  live: `max without (${target}) (clouddb_check_success)`,
  key: `${identity}, check`,
  keep: `${watched}
unless on (${identity})
  (
    clouddb_instance_info
    and on (job, instance)
      (
        clouddb_exporter_sweep_pending_checks == 0 and on (job, instance) clouddb_exporter_sweep_duration_seconds
        or on (job, instance) time() - process_start_time_seconds > 3600
      )
  )
unless on (${identity}, check)
  (
    check:clouddb_check_success:last
    and on (${identity}) (clouddb_instance_info and on (${identity}) clouddb_instance_info offset 1h)
    unless on (${identity}, check) last_over_time(clouddb_check_success[1h])
  )`,
});

const pendingChecks: Recording = {
  comment: 'The checks that do not succeed now: they fail, or have no result since a restart of the exporter.',
  record: pending,
  expr: `check:clouddb_check_success:last unless on (${identity}, check) (clouddb_check_success == 1)`,
};

const answeredInstances: Recording = {
  comment: 'The instances whose checks all succeed now.',
  record: answered,
  expr: `group by (${identity}) (clouddb_check_success) unless on (${identity}) ${pending}`,
};

const reasons = held({
  record: 'check:clouddb_check_failure_info:last',
  live: `max without (${target}) (clouddb_check_failure_info)`,
  key: `${identity}, check`,
  keep: `and on (${identity}, check) check:clouddb_check_success:last
unless on (${identity}, check) clouddb_check_success`,
});

/** The checks that the API answers: those that succeed, and those that the state of their instance does not allow. */
const answers = (level = '') => {
  const [success, failure] = ['clouddb_check_success', 'clouddb_check_failure_info'].map((name) =>
    level === '' ? name : `${level}:${name}:last`,
  );
  return `max by (provider, account) (${success}${ofApi} or ${failure}{reason="instance_state", ${ofApi.slice(1)})`;
};

const accounts: Recording = {
  comment:
    'Per account: 0 while all checks that call the API fail, none of them because of the state of its instance, which is a ' +
    'response. With several exporters, one response is enough. The last known result counts only while there is no current one.',
  record: 'provider_account:clouddb_check_success:last',
  expr: `${answers()}
or ${answers('check')}`,
};

const unreadableFields = held({
  record: 'field:clouddb_check_unreadable_field:last',
  live: `max without (${target}) (clouddb_check_unreadable_field)`,
  key: `${identity}, check`,
  keep: `and on (${identity}, check) ${pending}`,
});

const acceptances = held({
  record: 'finding:clouddb_finding_accepted_until_timestamp_seconds:last',
  live: `max without (${target}) (clouddb_finding_accepted_until_timestamp_seconds)`,
  key: identity,
  keep: `${watched}
unless on (${identity}) clouddb_instance_info`,
});

const notAfter = 'clouddb_cert_not_after_timestamp_seconds';

const certificates = held({
  comment:
    'Without the serial number: of the CA certificates of one subject the one that expires last, of the server certificates ' +
    'the one that expires first. Those of the API are kept while its checks fail, those of the TLS probe while the probe fails.',
  record: `certificate:${notAfter}:last`,
  live: `(
  max without (serial, ${target}) (${notAfter}{certificate="ca"})
  or min without (serial, ${target}) (${notAfter}{certificate="server"})
)`,
  key: `${identity}, certificate, source`,
  keep: {
    [`{${notProbed}}`]: whileUnanswered('(server|ca)_certificate', `, check!="${tlsCheckName}"`),
    [`{${probed}}`]: whileUnanswered('(server|ca)_certificate', `, check="${tlsCheckName}"`),
  },
});

/** One of the certificates with the same key: of two sources that agree, the API's. */
const oneOf = (certificate: string, key: string, aggregation: string) => {
  const known = `certificate:${notAfter}:last{certificate="${certificate}"`;
  const extreme = `== on (${key}) group_left ()
    ${aggregation} by (${key}) (${known}})`;
  return `  ${known}, ${notProbed}}
  ${extreme}
  or on (${key})
  ${known}, ${probed}}
  ${extreme}`;
};

const currentCertificates: Recording = {
  comment:
    'From all sources: of the server certificates the one that expires first, while SSL is not off; of the CA certificates of ' +
    'one subject the one that expires last, which has replaced the others.',
  record: `certificate:${notAfter}:current`,
  expr: `(
${oneOf('server', identity, 'min')}
)
unless on (${identity}) (instance:clouddb_ssl_enabled:last == 0)
or
(
${oneOf('ca', `${identity}, subject_cn`, 'max')}
)`,
};

const tlsVersions = held({
  comment: 'By TLS version, without the cipher.',
  record: 'instance:clouddb_tls_info:last',
  live: `max without (cipher, ${target}) (clouddb_tls_info)`,
  key: identity,
  keep: whileUnanswered('tls_version'),
});

/** The rules build on each other: their order counts. */
export const lastKnownGroup = (): Group => ({
  comment:
    'What was last known, while an API or the exporter does not respond. Each rule reads its own previous result. Labels of the ' +
    'target that change when an exporter is replaced are removed. clouddb_exporter_fact_info lists the checks that report a fact: a ' +
    'fact is dropped when all of them succeed without it, or when these checks or the instance were removed.',
  name: 'clouddb-encryption-last-known',
  rules: [
    ...watchedRules,
    checks,
    pendingChecks,
    answeredInstances,
    reasons,
    accounts,
    unreadableFields,
    acceptances,
    fact('instance', 'clouddb_ssl_enabled', 'ssl_enabled'),
    fact('instance', 'clouddb_ssl_forced', 'ssl_forced'),
    fact('instance', 'clouddb_ssl_force_supported', 'ssl_force_supported'),
    fact('instance', 'clouddb_cert_valid', 'cert_valid'),
    fact('instance', 'clouddb_cert_auto_renew_enabled', 'cert_auto_renew_enabled'),
    fact('instance', 'clouddb_tls_accepted', 'tls_accepted'),
    fact('instance', 'clouddb_plaintext_accepted', 'plaintext_accepted', 'max'),
    tlsVersions,
    fact('instance', 'clouddb_cert_trusted', 'cert_trusted'),
    fact('instance', 'clouddb_cert_hostname_match', 'cert_hostname_match'),
    fact('instance', 'clouddb_kms_keys', 'kms_keys'),
    fact('key', 'clouddb_kms_key_enabled', 'kms_keys'),
    fact('key', 'clouddb_kms_key_created_timestamp_seconds', 'kms_keys'),
    fact('tenant', 'clouddb_tenant_at_rest_encryption_enabled', 'tenants'),
    fact('instance', 'clouddb_at_rest_encryption_enabled', 'at_rest_encryption_enabled'),
    certificates,
    currentCertificates,
    {
      comment: 'The number of instances. Its absence shows a gap in the evaluations.',
      record: evaluated,
      expr: 'count(instance:clouddb_instance_info:last) or vector(0)',
    },
  ],
});
