// What the log says of an account: few lines whatever happens, and the last one is true.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createOutcomeLog, type OutcomeLog } from '../../src/collector/outcome-log.ts';
import { checkLogTexts } from '../../src/collector/outcome-texts.ts';
import { Failure, type Reason, reasonNames } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Log } from '../../src/model/log.ts';

/** How a check goes: a reason, or `ok`. */
type Result = Reason | 'ok';

const fail = 'checks of the account fail; this is one of them';
const recover = 'checks of the account succeed again';
const calm = 'no check of the account fails any more';
const labels = { provider: 'test_cloud', account: 'a' };
const minuteMs = 60_000;
/** The reasons that this log has lines about. */
const failures = reasonNames.filter((reason) => reason !== 'credentials' && reason !== 'unsupported');

let nowMs: number;
let lines: { message: string; fields: Readonly<Record<string, unknown>> }[];
let outcomes: OutcomeLog;
let last: Map<string, Failure | undefined>;
let runTimer: (() => void) | undefined;

function instance(id: string): Instance {
  return { account: 'a', provider: 'test_cloud', id, region: '', name: id, labels: {}, checks: ['ssl', 'kms'] };
}

const fleet = (size: number) => Array.from({ length: size }, (_, i) => `x${i}`);

function check(id: string, name: string, result: Result): void {
  const key = `${id} ${name}`;
  const failure = result === 'ok' ? undefined : new Failure(result, 'no');
  outcomes.finished(instance(id), name, last.get(key), failure);
  last.set(key, failure);
}

/** A sweep with this result of each instance, and a minute until the next. */
function sweep(results: Readonly<Record<string, Result>>): void {
  for (const [id, result] of Object.entries(results)) for (const name of ['ssl', 'kms']) check(id, name, result);
  outcomes.sweepFinished();
  nowMs += minuteMs;
}

const sweepAll = (result: Result, size = 20) => sweep(Object.fromEntries(fleet(size).map((id) => [id, result])));
const messages = () => lines.map(({ message }) => message);
const summaries = () => lines.map(({ message, fields: { reason } }) => `${message}: ${String(reason)}`);

function start(): void {
  nowMs = 0;
  lines = [];
  last = new Map();
  runTimer = undefined;
  const write: Log['info'] = (message, fields = {}) => void lines.push({ message, fields });
  const clock: Parameters<typeof createOutcomeLog>[2] = {
    monotonic: () => nowMs,
    later(_ms, callback) {
      runTimer = callback;
      return () => {
        runTimer = undefined;
      };
    },
  };
  const log = { debug: () => undefined, info: write, warn: write, error: write };
  outcomes = createOutcomeLog(log, labels, clock, { texts: checkLogTexts, isSweeping: () => true });
}

beforeEach(start);

describe('outcome log', () => {
  it('reports a lasting outage after flapping within 5 minutes, and no success before it is over', () => {
    const flapping: Result[] = ['unavailable', 'ok', 'unavailable', 'ok', 'unavailable', 'ok'];
    for (const result of [...flapping, 'permission' as const]) sweepAll(result, 300);
    expect(lines).toHaveLength(7);
    for (let minutes = 0; minutes <= 5; minutes++) sweepAll('unavailable', 300);
    expect(summaries().slice(6)).toEqual([`${fail}: permission`, `${fail}: unavailable`]);
    expect(lines.at(-1)?.fields).toMatchObject({ checks: 600, reason: 'unavailable' });
    sweepAll('ok', 300);
    expect(messages().at(-1)).toBe(calm);
  });

  it('reports that checks fail even if their reason changes all the time', () => {
    for (let times = 0; times < 3; times++) {
      for (const result of ['unavailable', 'ok', 'permission', 'ok'] as const) sweepAll(result);
    }
    expect(messages().at(-1)).toBe(recover);
    for (let times = 0; times < 3; times++) {
      sweepAll('unavailable');
      sweepAll('permission');
    }
    expect(messages().at(-1)).toBe(fail);
  });

  it.each<[Reason, Reason]>([
    ['auth', 'permission'],
    ['permission', 'timeout'],
    ['not_found', 'network'],
  ])('has one warning and no recovery when checks fail with another reason: %s, %s', (one, other) => {
    sweepAll(one);
    sweepAll(other);
    expect(summaries()).toEqual([`${fail}: ${one}`, `${fail}: ${other}`]);
    expect(lines[1]?.fields).toMatchObject({ before: one });
  });

  it.each(reasonNames.filter((reason) => reason !== 'credentials'))(
    'has 3 reports and 3 recoveries of checks that flap with %s, in half an hour',
    (reason) => {
      for (let minutes = 0; minutes < 28; minutes += 2) {
        sweepAll(reason);
        sweepAll('ok');
      }
      expect(lines).toHaveLength(6);
      nowMs += 30 * minuteMs;
      sweepAll(reason);
      expect(lines).toHaveLength(7);
    },
  );

  it('has a line for each of at most 3 checks that change, also while others fail', () => {
    sweep({ x: 'rejected', y: 'rejected', z: 'rejected' });
    expect(messages()).toEqual([fail]);
    check('new', 'ssl', 'rejected');
    check('x', 'ssl', 'ok');
    outcomes.sweepFinished();
    expect(lines.slice(1)).toMatchObject([
      { message: 'check succeeds again; others of the account fail', fields: { instance_id: 'x', failing: 6 } },
      { message: 'check failed', fields: { instance_id: 'new', check: 'ssl', reason: 'rejected' } },
    ]);
  });

  it('has one more line when most of a long sweep fails after its first report', () => {
    for (const id of fleet(10)) check(id, 'ssl', 'timeout');
    runTimer?.();
    for (const id of fleet(20)) check(`a${id}`, 'ssl', 'timeout');
    expect(runTimer).toBeDefined();
    runTimer?.();
    expect(lines).toMatchObject([{ fields: { checks: 10 } }]);
    outcomes.sweepFinished();
    expect(lines).toMatchObject([{ fields: { checks: 10 } }, { fields: { checks: 30 } }]);
  });

  it('has one line for responses that are not understood, one when they are, and few when that alternates', () => {
    for (let minutes = 0; minutes < 28; minutes++) {
      const [before, after] = minutes % 2 === 0 ? [[], ['CACert']] : [['CACert'], []];
      for (const id of fleet(300)) outcomes.unreadable(instance(id), 'ssl', before, after);
      outcomes.sweepFinished();
      nowMs += minuteMs;
    }
    const pair = [
      'fields of responses are not understood; this is one of them',
      'fields of responses are understood again',
    ];
    expect(messages()).toEqual([...pair, ...pair, ...pair]);
  });

  it('is bounded whatever happens, and its last line is true', () => {
    const result = fc.oneof(fc.constant<Result>('ok'), fc.constantFrom<Result>(...failures.slice(0, 4), 'unsupported'));
    const sweeps = fc.array(
      fc.oneof(
        fc.array(result, { minLength: 8, maxLength: 8 }),
        result.map((one) => Array<Result>(8).fill(one)),
      ),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(sweeps, (all) => {
        start();
        const run = (results: readonly Result[]) => sweep(Object.fromEntries(results.map((one, i) => [`x${i}`, one])));
        for (const results of all) {
          const before = lines.length;
          run(results);
          let successes = 0;
          for (const { message, fields } of lines.slice(before)) {
            if (message.includes(' again')) successes += Number(fields['checks'] ?? 1);
          }
          const succeeding = [...last.values()].filter((failure) => failure === undefined).length;
          expect(successes).toBeLessThanOrEqual(succeeding);
        }
        // 5 reasons, and for each 3 reports, one every 5 minutes, and 3 recoveries; and each alarm can be over once.
        expect(lines.length).toBeLessThanOrEqual(5 * (3 + 6 + 3) * 3 + 30);
        for (let minutes = 0; minutes <= 6; minutes++) run(all.at(-1) ?? []);
        const failing = [...last.values()].some((one) => one !== undefined && one.reason !== 'unsupported');
        const claim = lines.findLast(({ message }) => !message.includes('not supported'))?.message ?? calm;
        expect(claim.includes('fail') && claim !== calm).toBe(failing);
      }),
    );
  });
});
