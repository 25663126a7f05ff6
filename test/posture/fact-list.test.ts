import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/model/check.ts';
import { Failure } from '../../src/model/failure.ts';
import type { CheckKnowledge, Knowledge } from '../../src/model/knowledge.ts';
import { listFacts } from '../../src/posture/fact-list.ts';

const check: Check = {
  name: 'ssl',
  facts: { ssl_enabled: 'EnableTls', ssl_forced: 'ForceTls', server_certificate: 'Until', kms_keys: 'Keys' },
  run: () => Promise.reject(new Error('not called')),
};

function listed(known: Partial<CheckKnowledge>) {
  const knowledge: Knowledge = {
    instance: { account: 'a', provider: 'p', id: 'i', region: '', name: 'i', labels: {}, checks: ['ssl'] },
    checks: [
      {
        check: 'ssl',
        facts: undefined,
        factsAtMs: undefined,
        lastSuccessMs: undefined,
        failingSinceMs: undefined,
        last: undefined,
        outcomes: () => [],
        ...known,
      },
    ],
    facts: {},
  };
  return listFacts(knowledge, { checks: [check] }).map(({ fact, state, value, atMs }) => [fact, state, value, atMs]);
}

describe('listFacts', () => {
  it('has every fact that a check can report, with its source, and what is known of it', () => {
    expect(listed({ facts: { sslEnabled: false, keys: [] }, factsAtMs: 7 })).toEqual([
      ['ssl_enabled', 'known', false, 7],
      ['ssl_forced', 'unknown', undefined, undefined],
      ['server_certificate', 'unknown', undefined, undefined],
      ['kms_keys', 'known', [], 7],
    ]);
  });

  it('keeps what is older than max_stale, with its age', () => {
    const stale = { facts: { sslEnabled: true }, atMs: 3 };
    expect(listed({ facts: { sslForced: true }, factsAtMs: 7, stale }).slice(0, 2)).toEqual([
      ['ssl_enabled', 'stale', true, 3],
      ['ssl_forced', 'known', true, 7],
    ]);
  });

  it('distinguishes unsupported from unknown', () => {
    const last = { failure: new Failure('unsupported', 'x'), endedAtMs: 0, endedAt: 0, durationMs: 0 };
    expect(listed({ last }).map(([, state]) => state)).toEqual(Array(4).fill('unsupported'));
  });
});
