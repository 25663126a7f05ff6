// Reads the profile file that the vendor's tools share: INI, section [default].
import { parse } from 'ini';
import type { CredentialTools, FoundCredentials } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import { isObject } from '../../model/wire.ts';
import { isSecret, shownPath } from './secret-text.ts';

/** Environment variable with the path of the file, instead of the default paths. */
export const fileVariable = 'TENCENTCLOUD_CREDENTIALS_FILE';

/** The default paths; the first file that exists is used. */
export function profilePaths({ home }: Pick<CredentialTools, 'home'>): string[] {
  return [...(home === undefined ? [] : [`${home}/.tencentcloud/credentials`]), '/etc/tencentcloud/credentials'];
}

/** Undefined when there is no file. @throws {Failure} credentials when the file cannot be used */
export async function readProfile(tools: CredentialTools): Promise<FoundCredentials | undefined> {
  const configured = tools.env[fileVariable]?.trim() ?? '';
  if (configured === '') {
    for (const path of profilePaths(tools)) {
      const found = await readOne(path, path, tools);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const name = `in ${fileVariable}${shownPath(configured)}`;
  const found = await readOne(configured, name, tools);
  if (found !== undefined) return found;
  throw new Failure('credentials', `profile file ${name}: it does not exist; fix the variable`);
}

async function readOne(
  path: string,
  name: string,
  { readFile }: CredentialTools,
): Promise<FoundCredentials | undefined> {
  let text: string | undefined;
  try {
    text = await readFile(path);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const help = `fix this, or set ${fileVariable} to another file`;
    throw new Failure('credentials', `profile file ${name}: ${error.message}; ${help}`, { cause: error });
  }
  return text === undefined ? undefined : { values: readSection(text, name), source: 'profile file' };
}

function readSection(text: string, name: string): Record<string, string> {
  const fail = (what: string) => new Failure('credentials', `profile file ${name}: ${what}`);
  const section = parseIni(text)?.['default'];
  if (!isObject(section)) throw fail('there is no section [default]; write one with secret_id and secret_key');
  const values: Record<string, string> = {};
  for (const key of ['secret_id', 'secret_key', 'token']) {
    const value = section[key];
    if (value === undefined || value === '') {
      if (key !== 'token') throw fail(`section [default] has no ${key}; add it`);
    } else if (typeof value !== 'string' || !isSecret(value)) {
      throw fail(`${key} in section [default] contains a control character or is too long; copy it again`);
    } else {
      values[key] = value;
    }
  }
  return values;
}

/** Undefined when the parser throws, e.g. for a key that is the quoted word null. */
function parseIni(text: string): Record<string, unknown> | undefined {
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
