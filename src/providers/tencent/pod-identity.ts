// TKE pod identity: the token of the pod's service account, exchanged for credentials of a role.

import { statusFailure } from '../../http/status-failure.ts';
import type { CredentialTools } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import { isObject } from '../../model/wire.ts';
import type { FreshCredentials } from './cached-credentials.ts';
import { errorCode, readEnvelope } from './envelope.ts';
import { reasonOfCode } from './error-codes.ts';
import { isSecret, shownPath } from './secret-text.ts';
import { readTemporary } from './temporary-answer.ts';

/** The variables that the cluster sets in a pod whose service account has a role. */
export const podVariables = ['TKE_REGION', 'TKE_PROVIDER_ID', 'TKE_WEB_IDENTITY_TOKEN_FILE', 'TKE_ROLE_ARN'] as const;

const tokenFileVariable = 'TKE_WEB_IDENTITY_TOKEN_FILE';

/** Where the credentials are valid for two hours, the vendor's own default. */
const durationSeconds = 7200;
const sessionName = 'clouddb-encryption-exporter';

/**
 * STS AssumeRoleWithWebIdentity (2018-08-13), the one call that is not signed.
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
        RoleSessionName: sessionName,
        DurationSeconds: durationSeconds,
      }),
    });
    return readAnswer(response, now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure('credentials', `TKE pod identity, STS at ${host}: ${error.message}`, { cause: error });
  }
}

function readAnswer(response: HttpResponse, now: () => number): FreshCredentials {
  const refused = statusFailure(response, now());
  if (refused !== undefined) throw refused;
  const fields = readEnvelope(response);
  const code = errorCode(fields);
  if (code !== undefined) {
    const passes = ['unavailable', 'rate_limited'].includes(reasonOfCode(code));
    const look = passes ? '' : '; look at TKE_ROLE_ARN, TKE_PROVIDER_ID and whom the role trusts';
    throw new Failure('credentials', `it answered ${code}${look}`);
  }
  const { Credentials: secrets } = fields;
  return readTemporary(isObject(secrets) ? secrets : undefined, fields, response, now);
}

function readVariable(name: string, { env }: CredentialTools): string {
  const value = env[name]?.trim() ?? '';
  if (value !== '' && isSecret(value)) return value;
  const what = value === '' ? 'is not set, though others of its kind are' : 'holds what cannot stand there';
  const all = podVariables.join(', ');
  throw new Failure('credentials', `TKE pod identity: ${name} ${what}; set all of ${all}, or none`);
}

/** Read again for each exchange: the cluster replaces it from time to time. */
async function readToken(tools: CredentialTools): Promise<string> {
  const path = readVariable(tokenFileVariable, tools);
  const name = `the token file that ${tokenFileVariable} names${shownPath(path)}`;
  const complain = (what: string, cause?: unknown) =>
    new Failure('credentials', `TKE pod identity: ${name} ${what}`, { cause });
  let text: string | undefined;
  try {
    text = await tools.readFile(path);
  } catch (error) {
    throw error instanceof Failure ? complain(`cannot be used: ${error.message}`, error) : error;
  }
  if (text === undefined) throw complain('does not exist; look at the volume of the pod');
  if (!/^[\w.~+/=-]+$/.test(text.trim())) throw complain('holds no token; look at the volume of the pod');
  return text.trim();
}
