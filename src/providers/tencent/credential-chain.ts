// The credential chain of an account that configures no credential (docs/adr/0008-credential-chain.md).

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
 * Tries the environment, the profile file, TKE pod identity and the CVM role, in this order. A source that is not
 * configured is skipped. One that is configured but unusable stops the search, so that the identity never changes
 * silently.
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
    const what = `${missing.join(' and ')} not set, although ${given.join(' and ')} is`;
    throw new Failure('credentials', `environment: ${what}; set both, or none`);
  }
  const [secret_id = '', secret_key = '', token = ''] = names.map((name) => tools.env[name]?.trim() ?? '');
  const values = { secret_id, secret_key, ...(token === '' ? {} : { token }) };
  const invalid = given.find((name) => !isSecret(tools.env[name]?.trim() ?? ''));
  if (invalid !== undefined) {
    const what = `${invalid} has more than one line, a control character, or more than 8192 characters`;
    throw new Failure('credentials', `environment: ${what}; copy it again`);
  }
  return { values, source: 'environment' };
}

function explainNone(machine: string, tools: CredentialTools): string {
  return [
    'the account configures no credential, and no default source has one',
    `environment: ${variables.secretId} and ${variables.secretKey} not set`,
    `profile file: ${fileVariable} not set, and no ${profilePaths(tools).join(' or ')}`,
    `TKE pod identity: ${podVariables.join(', ')} not set`,
    `${machine}. Set or write one of these, or give the account secret_id and secret_key`,
  ].join('; ');
}
