// The model: the closed list of reasons and which are retryable, identities, and derived facts.
import { describe, expect, it } from 'vitest';
import { isEncryptedAtRest, mergeFacts } from '../../src/model/facts.ts';
import { Failure, type Reason, reasonNames, reasons } from '../../src/model/failure.ts';
import { instanceKey } from '../../src/model/instance.ts';

const contract: Record<Reason, { retryable: boolean }> = {
  timeout: { retryable: true },
  network: { retryable: true },
  auth: { retryable: false },
  permission: { retryable: false },
  rate_limited: { retryable: true },
  not_found: { retryable: false },
  instance_state: { retryable: false },
  unavailable: { retryable: true },
  bad_response: { retryable: false },
  rejected: { retryable: false },
  credentials: { retryable: false },
  unsupported: { retryable: false },
  internal: { retryable: false },
};

describe('failure reason', () => {
  it('is one of a closed list', () => {
    expect(reasonNames).toEqual(Object.keys(contract));
  });

  it.each(Object.entries(contract))('%s is retryable as documented: %j', (reason, { retryable }) => {
    expect(new Failure(reason as Reason, 'x').retryable).toBe(retryable);
  });

  it.each(Object.entries(reasons))('%s has a meaning and an advice', (_reason, text) => {
    expect(text).toMatch(/^[^:]+: \S/);
  });
});

describe('Failure', () => {
  it('is an error with a reason and the Retry-After of the API', () => {
    const failure = new Failure('rate_limited', 'x', { retryAfterMs: 7000 });
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({ name: 'Failure', message: 'x', reason: 'rate_limited', retryAfterMs: 7000 });
    expect('cause' in failure).toBe(false);
  });
});

describe('instanceKey', () => {
  const instance = { account: 'a', region: 'r', id: 'i' };

  it('is equal exactly for the same account, region and id', () => {
    expect(instanceKey({ ...instance })).toBe(instanceKey(instance));
    const others = [
      { ...instance, account: 'b' },
      { ...instance, region: '' },
      { ...instance, id: 'j' },
      { account: 'a","r', region: '', id: 'i' },
      { account: 'a', region: 'i', id: 'r' },
    ];
    expect(new Set([instance, ...others].map(instanceKey)).size).toBe(others.length + 1);
  });
});

describe('isEncryptedAtRest', () => {
  const key = { id: '', alias: '', region: '', clusterId: '' };

  it.each([
    [[true], true],
    [[false, true], true],
    [[undefined, true], true],
    [[false], false],
    [[], false],
    [[undefined], undefined],
    [[false, undefined], undefined],
  ])('for keys with enabled %j is %s', (states, expected) => {
    expect(isEncryptedAtRest({ keys: states.map((enabled) => ({ ...key, enabled })) })).toBe(expected);
  });

  it('is unknown when the keys are unknown', () => {
    expect(isEncryptedAtRest({})).toBeUndefined();
  });

  it.each([
    [[true], true],
    [[true, true], true],
    [[true, false], false],
    [[undefined, false], false],
    [[true, undefined], undefined],
    [[], undefined],
  ])('for tenants with encryption %j is %s', (states, expected) => {
    expect(isEncryptedAtRest({ tenants: states.map((encrypted) => ({ id: 't', name: '', encrypted })) })).toBe(
      expected,
    );
  });

  it.each([true, false])('is what the API reports (%s), independent of the keys', (encryptedAtRest) => {
    expect(isEncryptedAtRest({ encryptedAtRest })).toBe(encryptedAtRest);
    expect(isEncryptedAtRest({ encryptedAtRest, keys: [{ ...key, enabled: !encryptedAtRest }] })).toBe(encryptedAtRest);
  });
});

describe('mergeFacts', () => {
  it('takes the worse value of a fact that two checks report, as the exposition does, in either order', () => {
    const a = { sslEnabled: true, sslForced: false };
    const b = { sslEnabled: true, sslForced: true, certValid: undefined };
    expect(mergeFacts([a, undefined, b])).toEqual({ sslEnabled: true, sslForced: false });
    expect(mergeFacts([b, a])).toEqual({ sslEnabled: true, sslForced: false });
  });

  it('joins the certificates and the keys of several checks', () => {
    const certificate = { certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: 1 } as const;
    expect(mergeFacts([{ certificates: [certificate] }, { certificates: [certificate], keys: [] }])).toEqual({
      certificates: [certificate, certificate],
      keys: [],
    });
  });
});
