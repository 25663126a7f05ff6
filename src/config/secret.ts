// Reads the secrets of an account from their sources, without a cache.
import { isAbsolute, join } from 'node:path';
import { readBoundedFile } from '../files/bounded-file.ts';
import type { CredentialField } from '../model/credentials.ts';
import { Failure } from '../model/failure.ts';

/** The source of one secret. */
export type SecretSource =
  | { from: 'value'; value: string }
  | { from: 'env'; name: string }
  | { from: 'file'; path: string };

const maxBytes = 64 * 1024;

/**
 * The secret, trimmed. Errors include neither the secret nor the configured value, which may be a secret pasted into
 * the wrong key.
 * @throws {Failure} credentials
 */
export async function readSecret(source: SecretSource, env: NodeJS.ProcessEnv, folder: string): Promise<string> {
  if (source.from === 'value') return checked(source.value);
  if (source.from === 'env') {
    const value = fromEnvironment(env, source.name);
    if (value === '') throw new Failure('credentials', 'this environment variable is not set or empty');
    return checked(value);
  }
  const text = await readSmallFile(isAbsolute(source.path) ? source.path : join(folder, source.path));
  if (text === undefined) throw new Failure('credentials', 'cannot read this file: no such file (ENOENT)');
  if (text.trim() === '') throw new Failure('credentials', 'this file is empty');
  return checked(text.trim());
}

/** A text file of at most 64 KiB, or undefined if it does not exist. @throws {Failure} credentials */
export async function readSmallFile(path: string): Promise<string | undefined> {
  const content = await readBoundedFile(path, maxBytes);
  if ('bytes' in content) return content.bytes.toString('utf8');
  if (content.missing) return undefined;
  throw new Failure('credentials', `cannot read this file: ${content.fault}`);
}

function fromEnvironment(env: NodeJS.ProcessEnv, name: string): string {
  return Object.hasOwn(env, name) ? (env[name]?.trim() ?? '') : '';
}

function checked(secret: string): string {
  if (/\p{Cc}/u.test(secret))
    throw new Failure('credentials', 'the secret has more than one line, or a control character');
  return secret;
}

/**
 * All secrets of an account by field name; the usual environment variables if none is configured.
 * @throws {Failure} credentials
 */
export async function readCredentials(
  fields: readonly CredentialField[],
  sources: Readonly<Record<string, SecretSource>>,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Record<string, string>> {
  const named = Object.keys(sources).length > 0;
  const credentials: Record<string, string> = {};
  const missing: string[] = [];
  for (const { name, required, env: usual } of fields) {
    const source = sources[name];
    const fallback = fromEnvironment(env, usual);
    try {
      if (source !== undefined) credentials[name] = await readSecret(source, env, folder);
      else if (!named && fallback !== '') credentials[name] = checked(fallback);
      else if (required) missing.push(usual);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const what = source === undefined ? usual : name;
      throw new Failure('credentials', `${what}: ${error.message}`, { cause: error });
    }
  }
  if (missing.length > 0) {
    const what = `the account has no configured credentials, and ${missing.join(' and ')} not set`;
    throw new Failure('credentials', `environment: ${what}; set ${missing.length > 1 ? 'both' : 'it'}`);
  }
  return credentials;
}
