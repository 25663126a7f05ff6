// How a status, a Retry-After header and a body that is not a JSON object are read.
import { describe, expect, it } from 'vitest';
import { parseJsonObject, parseRetryAfter, readErrorCode, statusFailure } from '../../src/http/status-failure.ts';

const now = Date.UTC(2026, 10, 22, 12);

describe('HTTP status', () => {
  it.each([200, 201, 204, 299])('%i is not a failure', (status) => {
    expect(statusFailure({ status, headers: {}, body: Buffer.from('') }, now)).toBeUndefined();
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
  ])('%i is a failure %s that contains the status', (status, reason) => {
    const failure = statusFailure({ status, headers: {}, body: Buffer.from('the body') }, now);
    expect(failure).toMatchObject({ reason, retryAfterMs: undefined });
    expect(failure?.message).toContain(String(status));
    expect(failure?.message).not.toContain('the body');
  });

  it.each([429, 503, 500])('%i passes Retry-After on', (status) => {
    expect(statusFailure({ status, headers: { 'retry-after': '7' }, body: Buffer.from('') }, now)?.retryAfterMs).toBe(
      7000,
    );
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

  // Reading one of these as 0 ms would be the opposite of what the server means.
  it.each([undefined, '', ' ', 'soon', '-1', '1.5', '1e3', '7s', '7, 8', '99999999999', 'NaN'])(
    '%j is ignored',
    (value) => {
      expect(parseRetryAfter(value, now)).toBeUndefined();
    },
  );
});

describe('parseJsonObject', () => {
  it.each([
    ['gzip', { 'content-encoding': 'gzip' }, '?'],
    ['br', { 'content-encoding': 'BR' }, '?'],
    ['deflate, zstd', { 'content-encoding': 'deflate, zstd' }, '?'],
    ['gzip', {}, '\x1f\x8b\x08'],
    ['gzip', { 'content-encoding': 'identity' }, '\x1f\x8b\x08'],
  ])('names the compression %s of a response', (coding, headers, body) => {
    const parse = () => parseJsonObject({ headers, body: Buffer.from(body, 'latin1') });
    expect(parse).toThrow(`the response is compressed (${coding})`);
  });

  it('shows no other word of Content-Encoding', () => {
    const headers = { 'content-encoding': 'AKIDsecret' };
    expect(() => parseJsonObject({ headers, body: Buffer.from('?') })).toThrow(/^the response is not JSON$/);
  });

  it.each(['{}', ' {"a":1} ', '{"a":{"b":[]}}', '\ufeff{"a":1}'])('accepts %j', (body) => {
    expect(parseJsonObject({ body: Buffer.from(body) })).toEqual(JSON.parse(body.replace('\ufeff', '')));
  });

  it.each(['', ' ', 'null', '[]', '[{}]', '7', '"x"', 'true', '{', '{"a":}', "{'a':1}", '<html>', '{}{}', '{}\ufeff'])(
    'refuses %j, and does not show it',
    (body) => {
      let thrown: unknown;
      try {
        parseJsonObject({ body: Buffer.from(body) });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ name: 'Failure', reason: 'bad_response' });
      expect((thrown as Error).message).toMatch(/^the response is [a-zA-Z, ]+$/);
      expect((thrown as Error).cause).toBeUndefined();
    },
  );
});

describe('readErrorCode', () => {
  it.each([
    'InternalError',
    'AuthFailure.SecretIdNotFound',
    'OperationDenied.InstanceStatusLimitError',
    'RequestLimitExceeded.GlobalRegionUinLimitExceeded',
    'E001R000',
    'Some_Code',
  ])('accepts %s', (code) => {
    expect(readErrorCode(code)).toBe(code);
  });

  it.each([
    ['a Digest response', `X.${'cde698fff26e2fdb'.repeat(4)}`],
    ['a signature in upper case', '72E494EA809AD7A8C8F7A4507B9BDDCBAA8E581F516E8DA2F66E2C5A96525168'],
    ['a key id', 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE'],
    ['parts of a signature', '72E494EA.809AD7A8.C8F7A450.7B9BDDCB'],
    ['a token', 'eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJpc3MiOiJodHRwczovL2V4.abc'],
    ['a sentence', 'the key abc is wrong'],
    ['an empty text', ''],
    ['a number', 7],
    ['a text that is too long', 'Word.'.repeat(30)],
  ])('refuses %s', (_, value) => {
    expect(readErrorCode(value)).toBeUndefined();
  });
});
