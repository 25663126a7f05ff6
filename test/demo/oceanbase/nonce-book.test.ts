// The life cycle of a nonce: recognised always, live for its lifetime, each count accepted once.
import { describe, expect, it } from 'vitest';
import { createNonceBook } from '../../../src/demo/oceanbase/nonce-book.ts';

describe('simulated nonce', () => {
  it('is base64 that ends in =', () => {
    const book = createNonceBook({ lifetimeMs: 1000, now: () => Date.UTC(2026, 0, 1) });
    expect(book.issue()).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  it('is live until its lifetime has passed, then stale', () => {
    let nowMs = 5_000_000;
    const book = createNonceBook({ lifetimeMs: 1000, now: () => nowMs });
    const nonce = book.issue();
    nowMs += 999;
    expect(book.stateOf(nonce)).toBe('live');
    nowMs += 1;
    expect(book.stateOf(nonce)).toBe('stale');
  });

  it('is foreign when this book did not issue it', () => {
    const options = { lifetimeMs: 1000, now: () => 0 };
    const book = createNonceBook(options);
    const nonce = book.issue();
    for (const other of ['', 'abc=', createNonceBook(options).issue(), nonce.slice(0, -1), `A${nonce.slice(1)}B`]) {
      expect(book.stateOf(other)).toBe('foreign');
    }
  });

  it('accepts strictly increasing counts, with gaps', () => {
    const book = createNonceBook({ lifetimeMs: 1000, now: () => 0 });
    const nonce = book.issue();
    expect([0, 1, 1, 5, 4, 6].map((count) => book.advance(nonce, count))).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('is stale once retired, and accepts no further count', () => {
    const book = createNonceBook({ lifetimeMs: 1000, now: () => 0 });
    const nonce = book.issue();
    book.retire(nonce);
    expect(book.stateOf(nonce)).toBe('stale');
    expect(book.advance(nonce, 1)).toBe(false);
  });

  it('is stale, not foreign, when newer ones have evicted it', () => {
    const book = createNonceBook({ lifetimeMs: 1000, now: () => 0, capacity: 2 });
    const nonces = [book.issue(), book.issue(), book.issue()];
    expect(nonces.map((nonce) => book.stateOf(nonce))).toEqual(['stale', 'live', 'live']);
  });
});
