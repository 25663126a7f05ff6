// Calls one action of the Tencent Cloud API 3.0 for one instance: signed request, envelope, error codes, clock.
import { Failure } from '../../model/failure.ts';
import type { CheckContext, Credentials, HttpRequest } from '../../model/provider.ts';
import { parseRetryAfter, statusFailure } from '../../http/status-failure.ts';
import { errorCode, readEnvelope } from './envelope.ts';
import { reasonOfCode } from './error-codes.ts';
import { signTc3 } from './sign.ts';

const version = '2017-03-12';
const service = 'postgres';
const contentType = 'application/json';

/** Temporary credentials that have ended, or a key that was rotated: others may be had by now. */
const staleCodes: ReadonlySet<string | undefined> = new Set([
  'AuthFailure.TokenFailure',
  'AuthFailure.SecretIdNotFound',
]);

/** Calls an action with the instance's id. @returns the object under `Response` @throws {Failure} */
export type CallAction = (action: string, context: CheckContext) => Promise<Record<string, unknown>>;

/**
 * @param endpoint origin of the API for a region
 * @param now unix milliseconds
 */
export function createClient(endpoint: (region: string) => URL, now: () => number): CallAction {
  /** Milliseconds to add to our clock to sign with the API's; 0 until the API refuses ours. */
  let clockOffsetMs = 0;

  function build(
    action: string,
    { instance, credentials }: Pick<CheckContext, 'instance' | 'credentials'>,
  ): HttpRequest {
    const url = endpoint(instance.region);
    const body = JSON.stringify({ DBInstanceId: instance.id });
    const timestamp = Math.floor((now() + clockOffsetMs) / 1000);
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
        'X-TC-Region': instance.region,
        'X-TC-Language': 'en-US',
        ...(credentials['token'] === undefined ? {} : { 'X-TC-Token': credentials['token'] }),
      },
      body,
    };
  }

  async function post(action: string, context: CheckContext): Promise<Answer> {
    let credentials = context.credentials;
    const response = await context.send(() => {
      ({ credentials } = context);
      return build(action, { instance: context.instance, credentials });
    });
    const refused = statusFailure(response, now());
    if (refused !== undefined) throw refused;
    return { fields: readEnvelope(response.body), headers: response.headers, credentials };
  }

  return async (action, context) => {
    let answer = await post(action, context);
    const serverMs = Date.parse(answer.headers['date'] ?? '');
    if (errorCode(answer.fields) === 'AuthFailure.SignatureExpire' && !Number.isNaN(serverMs)) {
      clockOffsetMs = serverMs - now();
      answer = await post(action, context);
    }
    if (staleCodes.has(errorCode(answer.fields)) && (await context.replaceCredentials(answer.credentials))) {
      answer = await post(action, context);
    }
    const code = errorCode(answer.fields);
    if (code === undefined) return answer.fields;
    throw new Failure(reasonOfCode(code), `the API answered ${code}`, {
      retryAfterMs: parseRetryAfter(answer.headers['retry-after'], now()),
    });
  };
}

/** The object under `Response`, the headers that it came with, and what the call was signed with. */
interface Answer {
  fields: Record<string, unknown>;
  headers: Readonly<Record<string, string>>;
  credentials: Credentials;
}
