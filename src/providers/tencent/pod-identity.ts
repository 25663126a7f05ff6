// TKE pod identity: the token of the pod's service account, exchanged for credentials of a role.

import { requireSuccess } from '../../http/status-failure.ts';
import type { CredentialTools } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import { defaultSessionName } from './assumed-role.ts';
import type { FreshCredentials } from './cached-credentials.ts';
import { errorCode, readEnvelope } from './envelope.ts';
import { reasonOfCode } from './error-codes.ts';
import { isSecret, shownPath } from './secret-text.ts';
import { readTemporary } from './temporary-response.ts';

/** The variables that TKE sets in a pod whose service account has a role. */
export const podVariables = ['TKE_REGION', 'TKE_PROVIDER_ID', 'TKE_WEB_IDENTITY_TOKEN_FILE', 'TKE_ROLE_ARN'] as const;

const tokenFileVariable = 'TKE_WEB_IDENTITY_TOKEN_FILE';

/** Lifetime of the credentials: the vendor's default of two hours. */
const durationSeconds = 7200;

/**
 * STS AssumeRoleWithWebIdentity (2018-08-13), the only call that is not signed.
 * @param endpoint origin of the STS
 * @throws {Failure}
 */
export async function assumePodRole(endpoint: string, tools: CredentialTools): Promise<FreshCredentials> {
  const { send, now } = tools;
  const [region = '', ProviderId, , RoleArn] = podVariables.map((name) => readVariable(name, tools));
  const WebIdentityToken = await readToken(tools);
  const { host, href } = new URL(endpoint);
  try {
    const response = await send({
      method: 'POST',
      url: href,
      headers: {
        Authorization: 'SKIP',
        'Content-Type': 'application/json',
        'X-TC-Action': 'AssumeRoleWithWebIdentity',
        'X-TC-Version': '2018-08-13',
        'X-TC-Timestamp': String(Math.floor(now() / 1000)),
        'X-TC-Region': region,
        'X-TC-Language': 'en-US',
      },
      body: JSON.stringify({
        ProviderId,
        WebIdentityToken,
        RoleArn,
        RoleSessionName: defaultSessionName,
        DurationSeconds: durationSeconds,
      }),
    });
    return readResponse(response, now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure('credentials', `TKE pod identity, STS at ${host}: ${error.message}`, { cause: error });
  }
}

function readResponse(response: HttpResponse, now: () => number): FreshCredentials {
  requireSuccess(response, now());
  const fields = readEnvelope(response);
  const code = errorCode(fields);
  if (code !== undefined) {
    const temporary = ['unavailable', 'rate_limited'].includes(reasonOfCode(code));
    const advice = temporary ? '' : '; check TKE_ROLE_ARN, TKE_PROVIDER_ID and the trust policy of the role';
    throw new Failure('credentials', `it returned ${code}${advice}`);
  }
  return readTemporary(fields['Credentials'], fields, response, now);
}

function readVariable(name: string, { env }: CredentialTools): string {
  const value = env[name]?.trim() ?? '';
  if (value !== '' && isSecret(value)) return value;
  const what = value === '' ? 'is not set, although others are' : 'contains invalid characters or is too long';
  const all = podVariables.join(', ');
  throw new Failure('credentials', `TKE pod identity: ${name} ${what}; set all of ${all}, or none`);
}

/** Read again for each exchange: the cluster rotates the token. */
async function readToken(tools: CredentialTools): Promise<string> {
  const path = readVariable(tokenFileVariable, tools);
  const name = `the token file in ${tokenFileVariable}${shownPath(path)}`;
  const fail = (what: string, cause?: unknown) =>
    new Failure('credentials', `TKE pod identity: ${name} ${what}`, { cause });
  let text: string | undefined;
  try {
    text = await tools.readFile(path);
  } catch (error) {
    throw error instanceof Failure ? fail(`cannot be used: ${error.message}`, error) : error;
  }
  if (text === undefined) throw fail('does not exist; check the volume of the pod');
  if (!/^[\w.~+/=-]+$/.test(text.trim())) throw fail('contains no token; check the volume of the pod');
  return text.trim();
}
