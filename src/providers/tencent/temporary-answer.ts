// Reads the credentials out of the answer of the STS or of the metadata service, which differ in little.
import { z } from 'zod';
import type { Credentials } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import { parseWireTime } from '../../model/wire-time.ts';
import type { FreshCredentials } from './cached-credentials.ts';
import { isSecret } from './secret-text.ts';

const secret = z.string().refine(isSecret);
const secretsSchema = z.object({ TmpSecretId: secret, TmpSecretKey: secret, Token: secret });
// A number too large for a date, as of a service that counts in milliseconds, is none.
const secondsSchema = z.coerce.number().int().positive().max(253_402_300_799);

/**
 * @param secrets the object with TmpSecretId, TmpSecretKey and Token
 * @param end the one with ExpiredTime (unix seconds), or with Expiration
 * @param now our clock, for an answer without a Date
 * @throws {Failure} bad_response; nothing of the answer is in it
 */
export function readTemporary(
  secrets: unknown,
  end: Readonly<Record<string, unknown>>,
  { headers }: Pick<HttpResponse, 'headers'>,
  now: () => number,
): FreshCredentials {
  const parsed = secretsSchema.safeParse(secrets);
  if (!parsed.success) {
    const odd = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'Credentials'))];
    throw new Failure('bad_response', `missing from the answer or not understood: ${odd.join(', ')}`);
  }
  const { TmpSecretId: secret_id, TmpSecretKey: secret_key, Token: token } = parsed.data;
  const values: Credentials = { secret_id, secret_key, token };
  const dateMs = Date.parse(headers['date'] ?? '');
  return { values, expiresAtSeconds: readEnd(end), sourceNowMs: Number.isNaN(dateMs) ? now() : dateMs };
}

function readEnd({ ExpiredTime: seconds, Expiration: text }: Readonly<Record<string, unknown>>): number | undefined {
  const parsed = secondsSchema.safeParse(seconds);
  if (seconds !== null && parsed.success) return parsed.data;
  return typeof text === 'string' ? parseWireTime(text)?.seconds : undefined;
}
