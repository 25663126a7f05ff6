// Calls an action of the Tencent Cloud API 3.0: signed request, envelope, error codes, clock correction.

import { parseRetryAfter, requireSuccess } from '../../http/status-failure.ts';
import type { CheckContext } from '../../model/check.ts';
import type { Credentials } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpRequest } from '../../model/http.ts';
import type { Instance } from '../../model/instance.ts';
import { errorCode, readEnvelope } from './envelope.ts';
import { type ReasonTable, reasonOfCode } from './error-codes.ts';
import { signTc3 } from './sign.ts';

const contentType = 'application/json';

/** One product of the API. */
export interface Product {
  /** First label of the public host, e.g. `postgres`. */
  service: string;
  /** Version of the API, e.g. `2017-03-12`. */
  version: string;
  /** Error codes that mean something else in this product than in others, or that only it has. */
  reasons?: ReasonTable;
}

/** Temporary credentials that have expired, or a key that was rotated: others may be available. */
const staleCodes: ReadonlySet<string | undefined> = new Set([
  'AuthFailure.TokenFailure',
  'AuthFailure.SecretIdNotFound',
]);

/** Calls an action with its parameters. @returns the object under `Response` @throws {Failure} */
export type CallAction = (
  action: string,
  parameters: Readonly<Record<string, unknown>>,
  context: Pick<CheckContext, 'credentials' | 'replaceCredentials' | 'send'> & { instance: Pick<Instance, 'region'> },
) => Promise<Record<string, unknown>>;

/**
 * @param endpoint origin of the API for a region
 * @param now unix milliseconds
 */
export function createClient(
  { service, version, reasons = {} }: Product,
  endpoint: (region: string) => URL,
  now: () => number,
): CallAction {
  /** Milliseconds to add to our clock when signing; 0 until the API refuses a timestamp. */
  let clockOffsetMs = 0;

  async function post(action: string, body: string, context: Parameters<CallAction>[2]): Promise<CallResult> {
    let credentials = context.credentials;
    const response = await context.send(() => {
      ({ credentials } = context);
      const { region } = context.instance;
      const timestamp = Math.floor((now() + clockOffsetMs) / 1000);
      return signedRequest({ service, version, url: endpoint(region), action, region, body, timestamp }, credentials);
    });
    requireSuccess(response, now());
    return { fields: readEnvelope(response), headers: response.headers, credentials };
  }

  return async (action, parameters, context) => {
    const body = JSON.stringify(parameters);
    let result = await post(action, body, context);
    const serverMs = Date.parse(result.headers['date'] ?? '');
    if (errorCode(result.fields) === 'AuthFailure.SignatureExpire' && !Number.isNaN(serverMs)) {
      clockOffsetMs = serverMs - now();
      result = await post(action, body, context);
    }
    if (staleCodes.has(errorCode(result.fields)) && (await context.replaceCredentials(result.credentials))) {
      result = await post(action, body, context);
    }
    const code = errorCode(result.fields);
    if (code === undefined) return result.fields;
    throw new Failure(reasonOfCode(code, reasons), `the API returned ${code}`, {
      retryAfterMs: parseRetryAfter(result.headers['retry-after'], now()),
    });
  };
}

/** The object under `Response`, the headers of the response, and what the call was signed with. */
interface CallResult {
  fields: Record<string, unknown>;
  headers: Readonly<Record<string, string>>;
  credentials: Credentials;
}

/** One call before it is signed. */
interface Call {
  service: string;
  version: string;
  url: URL;
  action: string;
  region: string;
  body: string;
  /** Unix seconds by the clock of the API. */
  timestamp: number;
}

function signedRequest(call: Call, credentials: Credentials): HttpRequest {
  const { service, version, url, action, region, body, timestamp } = call;
  const authorization = signTc3({
    secretId: credentials['secret_id'] ?? '',
    secretKey: credentials['secret_key'] ?? '',
    service,
    timestamp,
    method: 'POST',
    query: '',
    headers: { 'content-type': contentType, host: url.host },
    body,
  });
  return {
    method: 'POST',
    url: url.href,
    headers: {
      Authorization: authorization,
      'Content-Type': contentType,
      'X-TC-Action': action,
      'X-TC-Version': version,
      'X-TC-Timestamp': String(timestamp),
      'X-TC-Region': region,
      'X-TC-Language': 'en-US',
      ...(credentials['token'] === undefined ? {} : { 'X-TC-Token': credentials['token'] }),
    },
    body,
  };
}
