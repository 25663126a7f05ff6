// What a status, a Retry-After header and a body that is no JSON object mean.
import { describe, expect, it } from 'vitest';
import { parseJsonObject, parseRetryAfter, statusFailure } from '../../src/http/status-failure.ts';

const now = Date.UTC(2026, 10, 22, 12);

describe('the status', () => {
  it.each([200, 201, 204, 299])('%i is no failure', (status) => {
    expect(statusFailure({ status, headers: {}, body: '' }, now)).toBeUndefined();
  });

  it.each([
    [301, 'bad_response'],
    [302, 'bad_response'],
    [304, 'bad_response'],
    [400, 'rejected'],
    [401, 'auth'],
    [403, 'permission'],
    [404, 'not_found'],
    [405, 'rejected'],
    [407, 'rejected'],
    [408, 'timeout'],
    [413, 'rejected'],
    [429, 'rate_limited'],
    [499, 'rejected'],
    [500, 'unavailable'],
    [501, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [599, 'unavailable'],
  ])('%i means %s, and is named', (status, reason) => {
    const failure = statusFailure({ status, headers: {}, body: 'the body' }, now);
    expect(failure).toMatchObject({ reason, retryAfterMs: undefined });
    expect(failure?.message).toContain(String(status));
    expect(failure?.message).not.toContain('the body');
  });

  it.each([429, 503, 500])('%i takes Retry-After over', (status) => {
    expect(statusFailure({ status, headers: { 'retry-after': '7' }, body: '' }, now)?.retryAfterMs).toBe(7000);
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ])('%j is %i ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  // A pause of 0 ms would be the opposite of what a server means that writes one of these.
  it.each([undefined, '', ' ', 'soon', '-1', '1.5', '1e3', '7s', '7, 8', '99999999999', 'NaN'])(
    '%j says nothing',
    (value) => {
      expect(parseRetryAfter(value, now)).toBeUndefined();
    },
  );
});

describe('a body', () => {
  it.each(['{}', ' {"a":1} ', '{"a":{"b":[]}}'])('%s is a JSON object', (body) => {
    expect(parseJsonObject(body)).toEqual(JSON.parse(body));
  });

  it.each(['', ' ', 'null', '[]', '[{}]', '7', '"x"', 'true', '{', '{"a":}', "{'a':1}", '<html>', '{}{}', '\ufeff{}'])(
    '%j is not understood, and not shown',
    (body) => {
      let thrown: unknown;
      try {
        parseJsonObject(body);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ name: 'Failure', reason: 'bad_response' });
      expect((thrown as Error).message).toMatch(/^the answer is [a-zA-Z, ]+$/);
      expect((thrown as Error).cause).toBeUndefined();
    },
  );
});
