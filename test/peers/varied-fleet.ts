// A fleet of instances with facts, failures and acceptances of every kind, at random.
import fc from 'fast-check';
import { type Facts, mergeFacts } from '../../src/model/facts.ts';
import { Failure, type Reason } from '../../src/model/failure.ts';
import { type Acceptance, instanceFindings } from '../../src/model/finding.ts';
import type { CheckKnowledge, Knowledge } from '../../src/model/knowledge.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import '../support/seed.ts';

/** When the queries are evaluated, in minutes: promtool begins at 0 in unix time. */
export const minutes = 40;

/** The same in unix milliseconds. */
export const nowMs = minutes * 60_000;
const inDays = (days: number) => nowMs / 1000 + days * 86_400;

const source = (...facts: string[]) => ({ facts: Object.fromEntries(facts.map((fact) => [fact, 'x'])) });
/** Its provider. */
export const provider = madeUpProvider('p', {
  checks: [
    madeUpCheck('wire', source('ssl_enabled', 'ssl_forced', 'ssl_force_supported', 'cert_valid', 'server_certificate')),
    madeUpCheck(
      'tls',
      source('tls_accepted', 'tls_version', 'server_certificate', 'cert_trusted', 'cert_hostname_match'),
    ),
    madeUpCheck('keys', source('kms_keys', 'tenants', 'at_rest_encryption_enabled')),
  ],
});

const some = <T>(...values: T[]) => fc.constantFrom<T | undefined>(undefined, ...values);
const days = fc.constantFrom(-400, -3, 0.5, 1.9, 2.1, 6.9, 7.1, 29, 31, 179, 181, 400);

const server = fc.record({
  certificate: fc.constant('server' as const),
  source: fc.constant('api' as const),
  subjectCn: fc.constant(''),
  notAfterSeconds: days.map(inDays),
});
const served = server.map((one) => ({ ...one, source: 'tls_probe' as const, subjectCn: 'db' }));
const ca = fc.record({
  certificate: fc.constant('ca' as const),
  source: fc.constant('ca_bundle' as const),
  subjectCn: fc.constantFrom('old', 'new'),
  notAfterSeconds: days.map(inDays),
  serial: fc.uuid(),
});
const key = fc.record({
  id: fc.uuid(),
  alias: fc.constantFrom('', 'alias'),
  region: fc.constant('r'),
  clusterId: fc.constant(''),
  enabled: some(true, false),
  createdSeconds: some(-10, -364, -366).map((age) => age && inDays(age)),
});
const tenant = fc.record({ id: fc.uuid(), name: fc.constantFrom('', 'name'), encrypted: some(true, true, false) });

const wire: fc.Arbitrary<Facts> = fc.record({
  sslEnabled: some(true, true, false),
  sslForced: some(true, false),
  sslForceSupported: some(true, false),
  certValid: some(true, false),
  certAutoRenewEnabled: some(true, false),
  certificates: fc
    .tuple(fc.array(server, { maxLength: 1 }), fc.array(ca, { maxLength: 2 }))
    .map((lists) => lists.flat()),
});
const tls: fc.Arbitrary<Facts> = fc.record({
  tlsAccepted: some(true, true, false),
  plaintextAccepted: some(true, false),
  tlsSession: some('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3').map((version) =>
    version === undefined ? undefined : { version, cipher: 'c' },
  ),
  certTrusted: some(true, false),
  certHostnameMatch: some(true, false),
  certificates: fc.option(served, { freq: 6, nil: undefined }).map((one) => (one === undefined ? [] : [one])),
});
const atRest: fc.Arbitrary<Facts> = fc.record({
  keys: fc.option(fc.uniqueArray(key, { maxLength: 3, selector: ({ id }) => id }), { nil: undefined }),
  tenants: fc.option(fc.uniqueArray(tenant, { maxLength: 3, selector: ({ id }) => id }), { nil: undefined }),
  encryptedAtRest: some(true, false),
});

/** A check with these facts, or one that fails; some checks keep their facts meanwhile. */
function check(name: string, facts: fc.Arbitrary<Facts>, always?: Reason): fc.Arbitrary<CheckKnowledge> {
  const failing = fc.record({
    reason: fc.constantFrom<Reason>('timeout', 'instance_state', 'unsupported'),
    failingMinutes: fc.constantFrom(5, 16, 30),
    kept: fc.boolean(),
  });
  const failure =
    always === undefined
      ? fc.option(failing, { freq: 3, nil: undefined })
      : failing.map((one) => ({ ...one, reason: always, failingMinutes: 30 }));
  return fc.record({ failure, facts }).map(({ failure: failed, facts: reported }): CheckKnowledge => {
    const known = failed === undefined || (failed.kept && failed.reason !== 'unsupported');
    const failingSinceMs = failed && nowMs - failed.failingMinutes * 60_000;
    return {
      check: name,
      facts: known ? reported : undefined,
      factsAtMs: known ? nowMs : undefined,
      unreadable: known && reported.certificates?.length === 1 ? ['CACert'] : [],
      lastSuccessMs: failingSinceMs ?? nowMs,
      failingSinceMs,
      last: { failure: failed && new Failure(failed.reason, 'x'), endedAtMs: nowMs, endedAt: 0, durationMs: 1 },
      outcomes: () => [],
    };
  });
}

const acceptance = fc.record({
  finding: fc.constantFrom(...instanceFindings),
  untilMs: fc.constantFrom(-1, 1).map((day) => inDays(day) * 1000),
  reason: fc.constant(''),
});

/** Accounts of which all checks fail, always for the same reason. */
const failingAccounts: Readonly<Record<string, Reason>> = { blind: 'timeout', changing: 'instance_state' };

/** An instance of an account. */
function instance(account: string): fc.Arbitrary<Omit<Knowledge, 'instance'> & { accept: Acceptance[] }> {
  const always = failingAccounts[account];
  const checks = fc
    .tuple(
      check('wire', wire, always),
      check('keys', atRest, always),
      fc.option(check('tls', tls), { freq: 10, nil: undefined }),
    )
    .map((all) => all.filter((one) => one !== undefined));
  const accept = fc.uniqueArray(acceptance, { maxLength: 2, selector: ({ finding }) => finding });
  return fc.record({ checks, accept }).map(({ checks: list, accept: accepted }) => ({
    checks: list,
    facts: mergeFacts(list.map(({ facts }) => facts)),
    accept: accepted,
  }));
}

/** An account with working and failing checks, and those of which every check fails. */
export const fleet: readonly Knowledge[] = ['seeing', 'blind', 'changing'].flatMap((account, index) =>
  fc.sample(instance(account), [200, 5, 5][index]).map(({ accept, ...known }, number) => ({
    ...known,
    instance: {
      account,
      provider: 'p',
      id: `${account}-${number}`,
      region: 'r',
      name: `name ${number}`,
      labels: { team: 'a' },
      checks: ['wire', 'keys'],
      accept,
    },
  })),
);
