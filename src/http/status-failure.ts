// Maps HTTP responses to failures, and reads the parts of a response that all APIs share.
import { Failure, type Reason } from '../model/failure.ts';
import type { HttpResponse } from '../model/http.ts';
import { isObject } from '../model/wire.ts';

/**
 * The failure that a status other than 2xx means, or undefined for 2xx (RFC 9110 section 15).
 * Redirects are never followed: a credential must not be sent to the host of a Location header.
 */
export function statusFailure(response: HttpResponse, now: number): Failure | undefined {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return undefined;
  const note = status >= 300 && status < 400 ? ' (redirects are not followed)' : '';
  return new Failure(statusReason(status), `HTTP status ${status}${note}`, {
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
  });
}

/** Returns for a status of 2xx only. @throws {Failure} see statusFailure */
export function requireSuccess(response: HttpResponse, now: number): void {
  const failure = statusFailure(response, now);
  if (failure !== undefined) throw failure;
}

function statusReason(status: number): Reason {
  if (status >= 500) return 'unavailable';
  const known: Readonly<Record<number, Reason>> = {
    401: 'auth',
    403: 'permission',
    404: 'not_found',
    408: 'timeout',
    429: 'rate_limited',
  };
  return known[status] ?? (status < 400 ? 'bad_response' : 'rejected');
}

/** Milliseconds to wait by a Retry-After header, in seconds or as a date (RFC 9110 section 10.2.3). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  // Date.parse alone takes almost anything, "-1" included.
  const date = /^\s*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * The error code of an API, or undefined for a value that does not look like one. A server may echo the request: a
 * signature or token is a long word with digits; a code consists of words, or is short
 * (docs/adr/0004-no-text-of-an-api.md).
 */
export function readErrorCode(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 100) return undefined;
  const parts = value.split('.');
  const known = parts.every((part) => /^(?:[A-Za-z_]{1,60}|[A-Za-z0-9_]{1,16})$/.test(part));
  return known && value.replace(/\D/g, '').length <= 8 ? value : undefined;
}

/** The body as UTF-8, without a byte order mark. */
export function textOf({ body }: Pick<HttpResponse, 'body'>): string {
  return new TextDecoder().decode(body);
}

/** Content codings of RFC 9110 section 8.4.1 and its registry. */
const codings = ['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'compress', 'x-compress'];

type Content = Pick<HttpResponse, 'body'> & Partial<Pick<HttpResponse, 'headers'>>;

/** Parses the body as a JSON object in UTF-8. @throws {Failure} bad_response */
export function parseJsonObject(response: Content): Record<string, unknown> {
  const text = textOf(response);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure('bad_response', text.trim() === '' ? 'the response is empty' : notJson(response));
  }
  if (!isObject(value)) throw new Failure('bad_response', 'the response is JSON, but not an object');
  return value;
}

function notJson({ body, headers }: Content): string {
  const header = (headers?.['content-encoding'] ?? '').toLowerCase().split(/[\s,]+/);
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const coding = header.filter((name) => codings.includes(name)).join(', ') || (isGzip ? 'gzip' : '');
  if (coding === '') return 'the response is not JSON';
  return `the response is compressed (${coding}), which was not requested; check the proxy or gateway in front of the API`;
}
