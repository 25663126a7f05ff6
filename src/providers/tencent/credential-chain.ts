// Where the credentials of an account that names none come from, in this order (docs/adr/0008-credential-chain.md).

import type { CredentialTools, FindCredentials, FoundCredentials } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import { cacheTemporary } from './cached-credentials.ts';
import { readMachineRole } from './machine-role.ts';
import { assumePodRole, podVariables } from './pod-identity.ts';
import { fileVariable, profilePaths, readProfile } from './profile-file.ts';
import { isSecret } from './secret-text.ts';

/** The environment variables of the vendor's tools. */
export const variables = {
  secretId: 'TENCENTCLOUD_SECRET_ID',
  secretKey: 'TENCENTCLOUD_SECRET_KEY',
  token: 'TENCENTCLOUD_SESSION_TOKEN',
} as const;

/**
 * The environment, the profile file, the pod identity of TKE, the role of the CVM. What is not configured is passed
 * over; what is configured and cannot be used ends the search, so that the identity never changes unasked.
 */
export function createCredentialChain(
  endpoints: { sts: string; metadata: string },
  tools: CredentialTools,
): FindCredentials {
  const pod = cacheTemporary('TKE pod identity', () => assumePodRole(endpoints.sts, tools), tools);
  const machine = cacheTemporary('CVM role', () => readMachineRole(endpoints.metadata, tools), tools);

  return async (refused) => {
    const found = readEnvironment(tools) ?? (await readProfile(tools));
    if (found !== undefined) return found;
    if (podVariables.some((name) => isSet(name, tools))) return await pod(refused);
    try {
      return await machine(refused);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure('credentials', explainNone(error.message, tools), { cause: error });
    }
  };
}

const isSet = (name: string, { env }: CredentialTools) => (env[name]?.trim() ?? '') !== '';

function readEnvironment(tools: CredentialTools): FoundCredentials | undefined {
  const names: string[] = Object.values(variables);
  const given = names.filter((name) => isSet(name, tools));
  if (given.length === 0) return undefined;
  const missing = [variables.secretId, variables.secretKey].filter((name) => !given.includes(name));
  if (missing.length > 0) {
    const what = `${missing.join(' and ')} not set, though ${given.join(' and ')} is`;
    throw new Failure('credentials', `environment: ${what}; set both, or none`);
  }
  const [secret_id = '', secret_key = '', token = ''] = names.map((name) => tools.env[name]?.trim() ?? '');
  const values = { secret_id, secret_key, ...(token === '' ? {} : { token }) };
  const odd = given.find((name) => !isSecret(tools.env[name]?.trim() ?? ''));
  if (odd !== undefined)
    throw new Failure(
      'credentials',
      `environment: ${odd} has more than one line, or a control character; copy it again`,
    );
  return { values, source: 'environment' };
}

function explainNone(machine: string, tools: CredentialTools): string {
  return [
    'the account names no credential, and there is none in the usual places',
    `environment: ${variables.secretId} and ${variables.secretKey} not set`,
    `profile file: ${fileVariable} not set, and no ${profilePaths(tools).join(' or ')}`,
    `TKE pod identity: ${podVariables.join(', ')} not set`,
    `${machine}. Set or write one of these, or give the account secret_id and secret_key`,
  ].join('; ');
}
