import { describe, expect, it } from 'vitest';
import { Failure, reasonNames } from '../../src/model/failure.ts';
import { addOutcome, type History, keptOutcomes, pastOutcomes } from '../../src/model/history.ts';

const endedAtMs = Date.UTC(2026, 10, 26);

describe('history', () => {
  it('keeps when an attempt ended, how long it took and why it failed, the newest first', () => {
    const history: History = [];
    const all = [undefined, ...reasonNames];
    for (const [index, reason] of all.entries()) {
      const failure = reason && new Failure(reason, 'x');
      addOutcome(history, { failure, endedAtMs: endedAtMs + index, endedAt: 0, durationMs: index * 1000.4 });
    }
    expect(pastOutcomes(history)).toEqual(
      all
        .map((reason, index) => ({ endedAtMs: endedAtMs + index, durationMs: Math.round(index * 1000.4), reason }))
        .toReversed(),
    );
  });

  it('keeps the newest ones', () => {
    const history: History = [];
    for (let at = 0; at < 50; at++)
      addOutcome(history, { failure: undefined, endedAtMs: at, endedAt: 0, durationMs: 1 });
    expect(pastOutcomes(history).map((one) => one.endedAtMs)).toEqual(
      Array.from({ length: keptOutcomes }, (_, index) => 49 - index),
    );
  });
});
