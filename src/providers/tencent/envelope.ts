// The envelope of every response of the Tencent Cloud API 3.0, and the error code in it.

import { parseJsonObject, readErrorCode } from '../../http/status-failure.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import { isObject } from '../../model/wire.ts';

/** The object under `Response`. @throws {Failure} bad_response */
export function readEnvelope(response: Pick<HttpResponse, 'body'>): Record<string, unknown> {
  const fields = parseJsonObject(response)['Response'];
  if (!isObject(fields)) throw new Failure('bad_response', 'the response has no object "Response"');
  return fields;
}

/**
 * The error code, if there is one: the API reports failures with HTTP status 200 and `Error`
 * (https://cloud.tencent.com/document/api/271/2056). @throws {Failure} bad_response
 */
export function errorCode({ Error: error }: Record<string, unknown>): string | undefined {
  if (error === undefined || error === null) return undefined;
  const code = readErrorCode(isObject(error) ? error['Code'] : undefined);
  if (code !== undefined) return code;
  throw new Failure('bad_response', 'the response has an error without a readable code');
}
