// A made-up fleet and the model of the pages that show it.
import type { Check } from '../../src/model/check.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { Failure } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { CheckKnowledge, Knowledge } from '../../src/model/knowledge.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import type { StatusModel } from '../../src/web/status-model.ts';

export const nowMs = Date.UTC(2026, 10, 22);

/** A server certificate that expires in some days. */
export const certificate = (days: number) =>
  ({ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: nowMs / 1000 + days * 86_400 }) as const;

const notCalled = () => Promise.reject(new Error('not called'));

/** The checks of the provider: `wire` and `rest`. */
export const checks: Check[] = [
  {
    name: 'wire',
    action: 'GetWire',
    facts: { ssl_enabled: 'EnableTls', server_certificate: 'Until', cert_valid: 'Valid' },
    run: notCalled,
  },
  { name: 'rest', facts: { at_rest_encryption_enabled: 'Keys', kms_keys: 'Keys', tenants: 'Tenants' }, run: notCalled },
];

/** One check that has just finished. */
export function checked(check: string, facts: Facts | undefined, known: Partial<CheckKnowledge> = {}): CheckKnowledge {
  return {
    check,
    facts,
    factsAtMs: facts && nowMs - 3000,
    lastSuccessMs: nowMs - 3000,
    failingSinceMs: undefined,
    last: { failure: undefined, endedAtMs: nowMs - 3000, endedAt: 0, durationMs: 1 },
    outcomes: () => [],
    ...known,
  };
}

/** One check that has failed for some minutes. */
export function failing(check: string, failure: Failure, minutes: number): CheckKnowledge {
  return checked(check, undefined, {
    failingSinceMs: nowMs - minutes * 60_000,
    last: { failure, endedAtMs: nowMs - 3000, endedAt: 0, durationMs: 1 },
  });
}

const key = { id: 'k', alias: '', region: '', clusterId: '', enabled: true };

/** Facts of an instance without a finding. */
export const fine: Facts = { sslEnabled: true, certValid: true, certificates: [certificate(200)] };

/** An instance with what its two checks reported. */
export function known(
  name: string,
  facts: Facts = fine,
  { instance, ...rest }: Partial<Omit<Knowledge, 'instance'>> & { instance?: Partial<Instance> } = {},
): Knowledge {
  const { tenants, keys = tenants === undefined ? [key] : undefined, ...wire } = facts;
  const atRest = { keys, tenants };
  return {
    instance: {
      account: 'acc',
      provider: 'p',
      id: `${name}-id`,
      region: 'r-1',
      name,
      labels: {},
      checks: ['wire', 'rest'],
      ...instance,
    },
    checks: [checked('wire', wire), checked('rest', atRest)],
    facts: { ...wire, ...atRest },
    ...rest,
  };
}

/** The model of the pages. */
export function modelOf(fleet: readonly Knowledge[], other: Partial<StatusModel> = {}): StatusModel {
  return {
    version: '1',
    linkBase: './',
    telemetryPath: '/metrics',
    nowMs,
    fleet,
    withId: (id, account) =>
      fleet
        .map(({ instance }) => instance)
        .filter((one) => one.id === id && (account === undefined || one.account === account)),
    knowledgeOf: (instance) => fleet.find((one) => one.instance === instance),
    lists: [],
    providerOf: () => ({ checks }),
    thresholds: defaultThresholds,
    pending: 0,
    config: { successful: true, lastSuccessMs: nowMs },
    shard: wholeFleet,
    ...other,
  };
}
