// Reads temporary credentials from a response of the STS or of the metadata service, which are nearly the same.
import * as z from 'zod';
import type { Credentials } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import { knownSeconds, parseWireTime } from '../../model/wire-time.ts';
import type { FreshCredentials } from './cached-credentials.ts';
import { isSecret } from './secret-text.ts';

const secret = z.string().refine(isSecret);
const secretsSchema = z.object({ TmpSecretId: secret, TmpSecretKey: secret, Token: secret });
// Rejects a number that is no date in seconds, e.g. milliseconds.
const secondsSchema = z.coerce
  .number()
  .int()
  .refine((seconds) => knownSeconds(seconds) !== undefined);

/**
 * @param secrets the object with TmpSecretId, TmpSecretKey and Token
 * @param expiry the object with ExpiredTime (unix seconds) or Expiration
 * @param now our clock, unix milliseconds, for a response without a Date header
 * @throws {Failure} bad_response; its message contains no value of the response
 */
export function readTemporary(
  secrets: unknown,
  expiry: Readonly<Record<string, unknown>>,
  { headers }: Pick<HttpResponse, 'headers'>,
  now: () => number,
): FreshCredentials {
  const parsed = secretsSchema.safeParse(secrets);
  if (!parsed.success) {
    const invalid = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'Credentials'))];
    throw new Failure('bad_response', `missing or invalid in the response: ${invalid.join(', ')}`);
  }
  const { TmpSecretId: secret_id, TmpSecretKey: secret_key, Token: token } = parsed.data;
  const values: Credentials = { secret_id, secret_key, token };
  const dateMs = Date.parse(headers['date'] ?? '');
  return { values, expiresAtSeconds: readExpiry(expiry), sourceNowMs: Number.isNaN(dateMs) ? now() : dateMs };
}

function readExpiry({ ExpiredTime: seconds, Expiration: text }: Readonly<Record<string, unknown>>): number | undefined {
  const parsed = secondsSchema.safeParse(seconds);
  if (seconds !== null && parsed.success) return parsed.data;
  return typeof text === 'string' ? parseWireTime(text)?.seconds : undefined;
}
