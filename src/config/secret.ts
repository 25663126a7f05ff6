// Reads the secrets of an account from their sources, without a cache.
import { isAbsolute, resolve } from 'node:path';
import { readBoundedFile } from '../files/bounded-file.ts';
import { decodeText } from '../files/decode-text.ts';
import type { CredentialField } from '../model/credentials.ts';
import { Failure } from '../model/failure.ts';
import { looksLikePath, looksLikeVariable } from './shown-value.ts';

/** The source of one secret. */
export type SecretSource =
  | { from: 'value'; value: string }
  | { from: 'env'; name: string }
  | { from: 'file'; path: string };

const maxBytes = 64 * 1024;

/**
 * The secret, trimmed. Errors name the variable or the file if it looks like one, and never include the secret.
 * @throws {Failure} credentials
 */
export async function readSecret(source: SecretSource, env: NodeJS.ProcessEnv, folder: string): Promise<string> {
  const fail = (message: string) => new Failure('credentials', message);
  const name = describeSource(source, folder);
  let secret = '';
  if (source.from === 'value') secret = source.value.trim();
  else if (source.from === 'env') {
    secret = fromEnvironment(env, source.name);
    if (secret === '') throw fail(`${name} is not set or empty`);
  } else {
    const content = await readText(resolve(folder, source.path));
    if ('fault' in content) throw fail(`cannot read ${name}: ${content.fault}${hint(content.missing, source.path)}`);
    secret = content.text.trim();
    if (secret === '') throw fail(`${name} is empty`);
  }
  if (hasControlCharacter(secret)) throw fail(`${name} has more than one line, or a control character`);
  return secret;
}

/** Where a secret comes from, for messages: its variable or file if it looks like one, else without the name. */
export function describeSource(source: SecretSource, folder: string): string {
  if (source.from === 'value') return 'the value';
  if (source.from === 'env') {
    const { name } = source;
    return looksLikeVariable(name)
      ? `environment variable ${name}`
      : 'the environment variable (name not shown: it may be a secret)';
  }
  const { path } = source;
  if (!looksLikePath(path)) return 'the file (path not shown: it may be a secret)';
  return isAbsolute(path) ? `file ${path}` : `file ${path} (${resolve(folder, path)})`;
}

function hint(missing: boolean, path: string): string {
  return missing && path.startsWith('~') ? '; ~ is not expanded: write the path of the home folder' : '';
}

/** A text file of at most 64 KiB, or undefined if it does not exist. @throws {Failure} credentials */
export async function readSmallFile(path: string): Promise<string | undefined> {
  const content = await readText(path);
  if ('text' in content) return content.text;
  if (content.missing) return undefined;
  throw new Failure('credentials', `cannot read this file: ${content.fault}`);
}

async function readText(path: string): Promise<{ text: string } | { fault: string; missing: boolean }> {
  const content = await readBoundedFile(path, maxBytes);
  if ('fault' in content) return content;
  const decoded = decodeText(content.bytes);
  return 'text' in decoded ? decoded : { fault: decoded.fault, missing: false };
}

function fromEnvironment(env: NodeJS.ProcessEnv, name: string): string {
  return Object.hasOwn(env, name) ? (env[name]?.trim() ?? '') : '';
}

const hasControlCharacter = (secret: string) => /\p{Cc}/u.test(secret);

/** The setting of a source, e.g. `secret_key_file`. */
export function settingOf(field: string, { from }: SecretSource): string {
  return from === 'value' ? field : `${field}_${from}`;
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
  const failures: string[] = [];
  for (const { name, required, env: usual } of fields) {
    const configured = sources[name];
    const fallback = named ? '' : fromEnvironment(env, usual);
    const source: SecretSource | undefined =
      configured ?? (fallback === '' ? undefined : { from: 'value', value: fallback });
    if (source === undefined) {
      if (required) missing.push(usual);
      continue;
    }
    try {
      credentials[name] = await readSecret(source, env, folder);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const what = configured === undefined ? usual : settingOf(name, configured);
      failures.push(`${what}: ${error.message}`);
    }
  }
  if (failures.length > 0) throw new Failure('credentials', failures.join('; '));
  if (missing.length > 0) {
    const what = `the account has no configured credentials, and ${missing.join(' and ')} not set`;
    throw new Failure('credentials', `environment: ${what}; set ${missing.length > 1 ? 'both' : 'it'}`);
  }
  return credentials;
}
