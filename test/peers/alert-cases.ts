// A fleet in which each instance raises one alert, as the series of an exporter in any state.
import { selector, type TestSeries } from './rule-test.ts';

type Labels = Readonly<Record<string, string>>;

/** A fact as a series without the labels of the instance. */
type Fact = readonly [family: string, value: number, labels?: Labels];

/** An instance and the alerts that it raises. */
export interface AlertCase {
  id: string;
  /** Default: `south`. */
  account?: string;
  /** `NAME severity`, in alphabetical order. */
  alerts: readonly string[];
  /** Its finding. */
  finding?: string;
  facts?: readonly Fact[];
  /** The facts after it was fixed. */
  fixed?: readonly Fact[];
  /** Reason of the failure of check `wire`, or of all checks that call the API. */
  fails?: { reason: string; all?: boolean };
}

const day = 86_400;
const ssl = (value: number): Fact => ['clouddb_ssl_enabled', value];
const server = (days: number): Fact => [
  'clouddb_cert_not_after_timestamp_seconds',
  days * day,
  { certificate: 'server', source: 'api' },
];
const ca = (days: number): Fact => [
  'clouddb_cert_not_after_timestamp_seconds',
  days * day,
  { certificate: 'ca', source: 'ca_bundle', subject_cn: 'Root', serial: '01' },
];
const keys = (...enabled: number[]): Fact[] => [
  ['clouddb_kms_keys', enabled.length],
  ['clouddb_at_rest_encryption_enabled', Math.max(0, ...enabled)],
  ...enabled.map((value, index): Fact => ['clouddb_kms_key_enabled', value, { key_id: `key-${index}` }]),
];
const tenants = (...encrypted: number[]): Fact[] => [
  ['clouddb_tenants', encrypted.length],
  ...(encrypted.length === 0 ? [] : [['clouddb_at_rest_encryption_enabled', Math.min(...encrypted)] satisfies Fact]),
  ...encrypted.map(
    (value, index): Fact => ['clouddb_tenant_at_rest_encryption_enabled', value, { tenant_id: `tenant-${index}` }],
  ),
];
const keyOfAge = (days: number): Fact => [
  'clouddb_kms_key_created_timestamp_seconds',
  -days * day,
  { key_id: 'key-0' },
];
const probed = (days: number): Fact => [
  'clouddb_cert_not_after_timestamp_seconds',
  days * day,
  { certificate: 'server', source: 'tls_probe', subject_cn: 'db', serial: '01' },
];
const healthy = [ssl(1), server(200)];
const served: Fact[] = [
  ...healthy,
  probed(200),
  ['clouddb_tls_accepted', 1],
  ['clouddb_plaintext_accepted', 0],
  ['clouddb_tls_info', 1, { version: 'TLSv1.3', cipher: 'x' }],
  ['clouddb_cert_trusted', 1],
  ['clouddb_cert_hostname_match', 1],
];
/** With another value of one family. */
const butFor = (...fact: Fact): Fact[] => [...served.filter(([name]) => name !== fact[0]), fact];

export const alertCases: readonly AlertCase[] = [
  { id: 'fine', alerts: [], facts: [...healthy, ca(400), ...keys(1), keyOfAge(1)] },
  {
    id: 'ssl-off',
    alerts: ['CloudDBSSLDisabled critical'],
    finding: 'ssl_disabled',
    facts: [ssl(0)],
    fixed: healthy,
  },
  {
    id: 'not-forced',
    alerts: ['CloudDBSSLNotForced warning'],
    finding: 'ssl_not_forced',
    facts: [...healthy, ['clouddb_ssl_forced', 0], ['clouddb_ssl_force_supported', 1]],
    fixed: [...healthy, ['clouddb_ssl_forced', 1], ['clouddb_ssl_force_supported', 1]],
  },
  {
    id: 'expires-soon',
    alerts: ['CloudDBCertificateExpiring warning'],
    finding: 'certificate_expiring',
    facts: [ssl(1), server(20)],
    fixed: healthy,
  },
  {
    id: 'expires-very-soon',
    alerts: ['CloudDBCertificateExpiring critical'],
    finding: 'certificate_expiring',
    facts: [ssl(1), server(5)],
    fixed: healthy,
  },
  {
    id: 'renewal-late',
    alerts: ['CloudDBCertificateExpiring critical'],
    finding: 'certificate_expiring',
    facts: [ssl(1), server(1.9), ['clouddb_cert_auto_renew_enabled', 1]],
    fixed: [...healthy, ['clouddb_cert_auto_renew_enabled', 1]],
  },
  {
    id: 'renewal-due',
    alerts: [],
    facts: [ssl(1), server(5), ['clouddb_cert_auto_renew_enabled', 1]],
  },
  {
    id: 'expired',
    alerts: ['CloudDBCertificateExpired critical'],
    finding: 'certificate_expired',
    facts: [ssl(1), server(-3)],
    fixed: healthy,
  },
  {
    id: 'invalid',
    alerts: ['CloudDBCertificateInvalid critical'],
    finding: 'certificate_invalid',
    facts: [...healthy, ['clouddb_cert_valid', 0]],
    fixed: [...healthy, ['clouddb_cert_valid', 1]],
  },
  { id: 'served', alerts: [], facts: served },
  {
    id: 'plaintext',
    alerts: ['CloudDBPlaintextAccepted warning'],
    finding: 'plaintext_accepted',
    facts: butFor('clouddb_plaintext_accepted', 1),
    fixed: served,
  },
  {
    id: 'plaintext-forced',
    alerts: ['CloudDBPlaintextAccepted critical'],
    finding: 'plaintext_accepted',
    facts: [...butFor('clouddb_plaintext_accepted', 1), ['clouddb_ssl_forced', 1]],
    fixed: served,
  },
  {
    id: 'refuses-tls',
    alerts: ['CloudDBTLSRefused critical'],
    finding: 'tls_refused',
    facts: [...healthy, ['clouddb_tls_accepted', 0]],
    fixed: [...healthy, ['clouddb_tls_accepted', 1]],
  },
  {
    id: 'old-tls',
    alerts: ['CloudDBTLSOutdated warning'],
    finding: 'tls_outdated',
    facts: butFor('clouddb_tls_info', 1, { version: 'TLSv1.1', cipher: 'x' }),
    fixed: served,
  },
  {
    id: 'not-trusted',
    alerts: ['CloudDBCertificateNotTrusted warning'],
    finding: 'certificate_invalid',
    facts: butFor('clouddb_cert_trusted', 0),
    fixed: served,
  },
  {
    id: 'other-name',
    alerts: ['CloudDBCertificateNameMismatch warning'],
    finding: 'certificate_invalid',
    facts: butFor('clouddb_cert_hostname_match', 0),
    fixed: served,
  },
  {
    id: 'drifts',
    alerts: ['CloudDBCertificateDrift warning'],
    finding: 'certificate_drift',
    facts: [...healthy, probed(190)],
    fixed: served,
  },
  {
    id: 'served-one-expires',
    alerts: ['CloudDBCertificateExpiring critical'],
    finding: 'certificate_expiring',
    facts: [ssl(1), probed(5)],
    fixed: served,
  },
  {
    id: 'no-expiry',
    alerts: ['CloudDBCertificateUnknown info'],
    finding: 'certificate_unknown',
    facts: [ssl(1)],
    fixed: healthy,
  },
  {
    id: 'ca-expires',
    alerts: ['CloudDBCACertificateExpiring warning'],
    finding: 'ca_expiring',
    facts: [...healthy, ca(100)],
    fixed: [...healthy, ca(400)],
  },
  {
    id: 'ca-expires-soon',
    alerts: ['CloudDBCACertificateExpiring critical'],
    finding: 'ca_expiring',
    facts: [...healthy, ca(10)],
    fixed: [...healthy, ca(400)],
  },
  {
    id: 'no-key',
    alerts: ['CloudDBNotEncryptedAtRest warning'],
    finding: 'not_encrypted_at_rest',
    facts: [...healthy, ...keys()],
    fixed: [...healthy, ...keys(1)],
  },
  {
    id: 'reported-unencrypted',
    alerts: ['CloudDBNotEncryptedAtRest warning'],
    finding: 'not_encrypted_at_rest',
    facts: [...healthy, ['clouddb_at_rest_encryption_enabled', 0]],
    fixed: [...healthy, ['clouddb_at_rest_encryption_enabled', 1]],
  },
  {
    id: 'tenant-unencrypted',
    alerts: ['CloudDBNotEncryptedAtRest warning'],
    finding: 'not_encrypted_at_rest',
    facts: [...healthy, ...tenants(1, 0)],
    fixed: [...healthy, ...tenants(1, 1)],
  },
  { id: 'no-tenant', alerts: [], facts: [...healthy, ...tenants()] },
  {
    id: 'keys-off',
    alerts: ['CloudDBKMSKeyDisabled critical'],
    finding: 'key_disabled',
    facts: [...healthy, ...keys(0)],
    fixed: [...healthy, ...keys(1)],
  },
  {
    id: 'key-off',
    alerts: ['CloudDBKMSKeyDisabled info'],
    finding: 'key_disabled',
    facts: [...healthy, ...keys(0, 1)],
    fixed: [...healthy, ...keys(1, 1)],
  },
  {
    id: 'key-old',
    alerts: ['CloudDBKMSKeyOld info'],
    finding: 'key_old',
    facts: [...healthy, ...keys(1), keyOfAge(400)],
    fixed: [...healthy, ...keys(1), keyOfAge(1)],
  },
  {
    id: 'field',
    alerts: ['CloudDBFieldUnreadable info'],
    finding: 'field_unreadable',
    facts: [...healthy, ['clouddb_check_unreadable_field', 1, { check: 'wire', field: 'CACert' }]],
    fixed: healthy,
  },
  {
    id: 'fails',
    alerts: ['CloudDBCheckFailing warning'],
    finding: 'check_failing',
    fails: { reason: 'timeout' },
    fixed: healthy,
  },
  {
    id: 'changes',
    alerts: ['CloudDBCheckFailing info'],
    finding: 'check_failing',
    fails: { reason: 'instance_state' },
    fixed: healthy,
  },
  { id: 'dark-1', account: 'dark', alerts: [], fails: { reason: 'network', all: true } },
  { id: 'dark-2', account: 'dark', alerts: [], fails: { reason: 'timeout', all: true } },
];

/** The alerts on accounts, without an instance. */
export const accountAlerts = ['CloudDBAccountBlind critical'];

/** What an exporter does in one minute. */
export interface ExporterState {
  /** `gone`: there is no target. `starting`: it responds, and no check has a result yet. */
  phase: 'gone' | 'down' | 'starting' | 'running';
  /** Minute of its last start. */
  startedAt?: number;
  /** All APIs fail. */
  outage?: boolean;
  /** No database can be reached: the check `tls` fails. */
  unreachable?: boolean;
  /** Facts of checks that fail for everyone are older than max_stale. */
  forgotten?: boolean;
  /** The checks with results; default: all. */
  checks?: readonly string[];
  /** A sweep is under way. */
  sweeping?: boolean;
  /** Without instances. */
  removed?: boolean;
  /** Of an exporter that finds its instances: it has had no complete list since its start, and knows none of them. */
  listing?: boolean;
  /** The last attempt to list failed. */
  listFails?: boolean;
  /** Minute of the last complete list, while they fail. */
  listedAt?: number;
  /** The accounts are not discovered any more. */
  undiscovered?: boolean;
  fixed?: boolean;
  /** Unix seconds until which all findings are accepted. */
  acceptedUntil?: number;
}

/** An exporter in the course of time. */
export interface TestExporter {
  address: string;
  stateAt: (minute: number) => ExporterState;
  /** It has no series about itself, as in the tests of others. */
  bare?: boolean;
  /** The instances are not in its configuration, but in the lists of their accounts. */
  discovers?: boolean;
}

/** The facts by the check that reports them. */
const factsOfChecks: Readonly<Record<string, readonly string[]>> = {
  wire: [
    'ssl_enabled',
    'ssl_forced',
    'ssl_force_supported',
    'cert_valid',
    'cert_auto_renew_enabled',
    'server_certificate',
    'ca_certificate',
  ],
  keys: ['kms_keys', 'tenants', 'at_rest_encryption_enabled'],
  tls: [
    'tls_accepted',
    'plaintext_accepted',
    'tls_version',
    'cert_trusted',
    'cert_hostname_match',
    'server_certificate',
    'ca_certificate',
  ],
};

const checkOf = ([family, , labels]: Fact) =>
  /kms|at_rest|tenants/.test(family)
    ? 'keys'
    : /tls|plaintext|trusted|hostname/.test(family) || labels?.['source'] === 'tls_probe'
      ? 'tls'
      : 'wire';
const keyOf = ([family, , labels = {}]: Fact) => selector(family, labels);
const responds = ({ phase }: ExporterState) => phase === 'starting' || phase === 'running';
const hasInstances = ({ removed, listing }: ExporterState) => removed !== true && listing !== true;

/** All series of an exporter that watches the cases. */
export function exporterSeries({ address, stateAt, bare = false, discovers = false }: TestExporter): TestSeries[] {
  const job = { job: 'clouddb-encryption', instance: address };
  const when = (
    name: string,
    labels: Labels,
    valueOf: (state: ExporterState, minute: number) => number | undefined,
  ): TestSeries => ({
    name,
    labels: { ...job, ...labels },
    valueAt: (minute) => {
      const state = stateAt(minute);
      return responds(state) ? valueOf(state, minute) : undefined;
    },
  });
  const running = (value: number) => (state: ExporterState) => (state.phase === 'running' ? value : undefined);
  const own = [
    when('clouddb_exporter_build_info', { version: '1' }, () => 1),
    when('clouddb_exporter_instances', { provider: 'p', account: 'south' }, (state) => (hasInstances(state) ? 9 : 0)),
    when('process_start_time_seconds', {}, ({ startedAt = -10_000 }) => startedAt * 60),
    when('clouddb_exporter_sweep_pending_checks', {}, ({ phase, sweeping }) =>
      phase === 'running' && sweeping !== true ? 0 : 9,
    ),
    when('clouddb_exporter_sweep_duration_seconds', {}, running(1)),
    ...Object.entries(factsOfChecks).flatMap(([check, facts]) =>
      facts.map((fact) => when('clouddb_exporter_fact_info', { provider: 'p', check, fact }, () => 1)),
    ),
  ];
  const up: TestSeries = {
    name: 'up',
    labels: job,
    valueAt: (minute) => {
      const state = stateAt(minute);
      return state.phase === 'gone' ? undefined : Number(responds(state));
    },
  };
  const lists = discovers ? ['south', 'dark'].flatMap((account) => listSeries(account, when)) : [];
  return [up, ...(bare ? [] : own), ...lists, ...alertCases.flatMap((one) => caseSeries(one, when))];
}

type When = (
  name: string,
  labels: Labels,
  valueOf: (state: ExporterState, minute: number) => number | undefined,
) => TestSeries;

function listSeries(account: string, when: When): TestSeries[] {
  const list = { provider: 'p', account, cloud_region: '' };
  const known = (valueOf: (state: ExporterState) => number | undefined) => (state: ExporterState) =>
    state.undiscovered === true ? undefined : valueOf(state);
  return [
    when(
      'clouddb_discovery_info',
      list,
      known(() => 1),
    ),
    when(
      'clouddb_discovery_success',
      list,
      known(({ listing, listFails }) => (listFails === true ? 0 : listing === true ? undefined : 1)),
    ),
    when(
      'clouddb_discovery_failure_info',
      { ...list, reason: 'timeout' },
      known(({ listFails }) => (listFails === true ? 1 : undefined)),
    ),
    when(
      'clouddb_discovery_instances',
      list,
      known((state) => (state.listing === true ? undefined : hasInstances(state) ? 9 : 0)),
    ),
    when('clouddb_discovery_last_success_timestamp_seconds', list, (state, minute) =>
      state.listing === true || state.undiscovered === true
        ? undefined
        : (state.listFails === true ? (state.listedAt ?? 0) : minute) * 60,
    ),
  ];
}

function caseSeries({ id, account = 'south', finding, facts = [], fixed, fails }: AlertCase, when: When): TestSeries[] {
  const identity = {
    provider: 'p',
    account,
    cloud_region: '',
    instance_id: id,
    instance_name: `name of ${id}`,
    team: 'shop',
  };
  const hasResult = (state: ExporterState, check: string) =>
    state.phase === 'running' && hasInstances(state) && state.checks?.includes(check) !== false;
  const isOut = ({ outage, unreachable }: ExporterState, check: string) =>
    (check === 'tls' ? unreachable : outage) === true;
  const failing = (state: ExporterState, check: string) => {
    if (isOut(state, check)) return 'unavailable';
    const isBad = state.fixed !== true && (check === 'wire' || (check === 'keys' && fails?.all === true));
    return isBad ? fails?.reason : undefined;
  };
  const valueIn = (list: readonly Fact[], key: string) => list.find((fact) => keyOf(fact) === key)?.[1];
  const factSeries = [...new Map([...facts, ...(fixed ?? [])].map((fact) => [keyOf(fact), fact]))].map(([key, fact]) =>
    when(fact[0], { ...identity, ...fact[2] }, (state) =>
      hasResult(state, checkOf(fact)) && !(state.forgotten === true && isOut(state, checkOf(fact)))
        ? valueIn(state.fixed === true ? (fixed ?? facts) : facts, key)
        : undefined,
    ),
  );
  return [
    when('clouddb_instance_info', { ...identity, engine: 'e' }, (state) => (hasInstances(state) ? 1 : undefined)),
    ...Object.keys(factsOfChecks).flatMap((check) => [
      when('clouddb_check_success', { ...identity, check }, (state) =>
        hasResult(state, check) ? Number(failing(state, check) === undefined) : undefined,
      ),
      ...['unavailable', ...(fails === undefined ? [] : [fails.reason])].map((reason) =>
        when('clouddb_check_failure_info', { ...identity, check, reason }, (state) =>
          hasResult(state, check) && failing(state, check) === reason ? 1 : undefined,
        ),
      ),
    ]),
    ...factSeries,
    ...(finding === undefined
      ? []
      : [
          when('clouddb_finding_accepted_until_timestamp_seconds', { ...identity, finding }, (state) =>
            hasInstances(state) ? state.acceptedUntil : undefined,
          ),
        ]),
  ];
}
