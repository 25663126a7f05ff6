// What a cloud or a configuration could hold to break a writer of expositions.
import fc from 'fast-check';
import { type Facts, mergeFacts } from '../../src/model/facts.ts';
import { Failure, reasonNames } from '../../src/model/failure.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';

/** Texts that break a writer which escapes too little or too much. */
export const hostileText = fc.oneof(
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', '{', '}', ',', '=', ' ', '#', 'a') }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\\', '"', '\n', '\\n', '\\"', '\r\n', '\u2028', 'é漢🔑', '# EOF', '} 1\nfake 2'),
);

export const finite = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 0.1 + 0.2, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.MIN_VALUE),
);

const flag = fc.option(fc.boolean(), { nil: undefined });
const optionalTime = fc.option(finite, { nil: undefined });
const factsWith = (text: fc.Arbitrary<string>): fc.Arbitrary<Facts> =>
  fc.record({
    sslEnabled: flag,
    certValid: flag,
    plaintextAccepted: flag,
    tlsSession: fc.option(fc.record({ version: text, cipher: text }), { nil: undefined }),
    certificates: fc.option(
      fc.array(
        fc.record({
          certificate: fc.constantFrom('server' as const, 'ca' as const),
          source: fc.constantFrom('api' as const, 'ca_bundle' as const, 'tls_probe' as const),
          subjectCn: text,
          notAfterSeconds: finite,
          serial: fc.constantFrom(undefined, '01', 'FF'),
          issuerCn: text,
          fingerprintSha256: fc.constantFrom(undefined, '00ab', '11cd'),
        }),
        { maxLength: 4 },
      ),
      { nil: undefined },
    ),
    keys: fc.option(
      fc.array(
        fc.record({
          id: text,
          alias: text,
          region: text,
          clusterId: fc.constant(''),
          enabled: flag,
          createdSeconds: optionalTime,
        }),
        { maxLength: 4 },
      ),
      { nil: undefined },
    ),
  });
const outcome = fc.record({
  failure: fc.option(
    fc.constantFrom(...reasonNames).map((reason) => new Failure(reason, 'x')),
    { nil: undefined },
  ),
  endedAtMs: fc.constant(0),
  endedAt: fc.constant(0),
  durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
});
const checkWith = (text: fc.Arbitrary<string>) =>
  fc.record({
    check: fc.constantFrom('ssl', 'kms', 'tls'),
    facts: fc.option(factsWith(text), { nil: undefined }),
    factsAtMs: fc.constant(undefined),
    unreadable: fc.option(fc.uniqueArray(text, { maxLength: 2 }), { nil: undefined }),
    lastSuccessMs: optionalTime,
    failingSinceMs: fc.constant(undefined),
    last: fc.option(outcome, { nil: undefined }),
    outcomes: fc.constant(() => []),
  });
const acceptance = { finding: 'key_old', untilMs: Date.UTC(2027, 0, 31, 23, 59, 59), reason: 'x' } as const;
/** What can be known of an instance whose labels are such texts. */
export const instanceWith = (text: fc.Arbitrary<string>): fc.Arbitrary<Knowledge> =>
  fc
    .record({
      instance: fc.record({
        account: text,
        provider: text,
        id: text,
        region: text,
        name: text,
        version: text,
        labels: fc.oneof(fc.constant({}), fc.record({ team: text, constructor: text })),
        checks: fc.constant([]),
        accept: fc.constantFrom([], [acceptance]),
      }),
      checks: fc.uniqueArray(checkWith(text), { selector: ({ check }) => check, maxLength: 3 }),
    })
    .map(({ instance, checks }) => ({ instance, checks, facts: mergeFacts(checks.map((one) => one.facts)) }));

/** The instance with an id that no other has, as in a fleet. */
export function numbered(known: Knowledge, index: number): Knowledge {
  return { ...known, instance: { ...known.instance, id: `${known.instance.id}${index}` } };
}
