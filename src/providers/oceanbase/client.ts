// Calls the OceanBase Cloud v2 API: HTTP Digest, envelope, errors.

import { createDigestSession } from '../../http/digest-session.ts';
import { parseJsonObject, readErrorCode, requireSuccess } from '../../http/status-failure.ts';
import type { CheckContext } from '../../model/check.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import type { Session } from '../../model/session.ts';
import { isObject } from '../../model/wire.ts';

/** GETs a path of the API. @returns the object under `data` @throws {Failure} */
export type Get = (
  path: string,
  context: Pick<CheckContext, 'credentials' | 'send'>,
) => Promise<Record<string, unknown>>;

/** What the checks of an account share. */
export interface OceanBaseSession extends Session {
  get: Get;
}

/** Settings and dependencies of the client. */
export interface ClientOptions {
  /** Origin of the API. */
  endpoint: string;
  /** Sent as X-Ob-Project-Id; without it the API uses the project that the key used last. */
  projectId: string | undefined;
  /** Unix milliseconds. */
  now: () => number;
  randomBytes: (size: number) => Buffer;
}

/** How to call the API: https://en.oceanbase.com/docs/common-oceanbase-cloud-10000000000889855. */
export function createClient({ endpoint, projectId, now, randomBytes }: ClientOptions): Get {
  const digest = createDigestSession(randomBytes);

  return async (path, context) => {
    const url = new URL(path, endpoint);
    url.searchParams.set('requestId', uuid(randomBytes(16)));
    const headers: Record<string, string> = projectId === undefined ? {} : { 'X-Ob-Project-Id': projectId };
    const response = await digest(
      context.send,
      { method: 'GET', url: url.href, headers },
      {
        username: context.credentials['access_key_id'] ?? '',
        password: context.credentials['access_key_secret'] ?? '',
      },
    );
    return readEnvelope(response, now());
  };
}

function readEnvelope(response: HttpResponse, now: number): Record<string, unknown> {
  requireSuccess(response, now);
  const envelope = parseJsonObject(response);
  // The PrivateLink page documents success as the text "true".
  if (envelope['success'] !== true && envelope['success'] !== 'true') {
    const shown = readErrorCode(envelope['errorCode']);
    if (shown === undefined && envelope['success'] !== false) {
      throw new Failure('bad_response', 'the field "success" of the response is neither true nor false');
    }
    throw new Failure(
      shown === 'InternalError' ? 'unavailable' : 'rejected',
      `the API returned ${shown ?? 'success false'}`,
    );
  }
  const data = envelope['data'];
  if (!isObject(data)) throw new Failure('bad_response', 'the response has no object "data"');
  return data;
}

/** A random UUID, version 4 (RFC 9562 section 5.4). */
function uuid(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
