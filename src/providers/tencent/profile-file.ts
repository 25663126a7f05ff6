// Reads the profile file that the vendor's tools share: INI, section [default].
import { parse } from 'ini';
import type { CredentialTools, FoundCredentials } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import { isObject } from '../../model/wire.ts';
import { isSecret, shownPath } from './secret-text.ts';

/** Names the file instead of the usual places. */
export const fileVariable = 'TENCENTCLOUD_CREDENTIALS_FILE';

/** Where the file may be; the first that is there counts. */
export function profilePaths({ home }: Pick<CredentialTools, 'home'>): string[] {
  return [...(home === undefined ? [] : [`${home}/.tencentcloud/credentials`]), '/etc/tencentcloud/credentials'];
}

/** Undefined where there is no file. @throws {Failure} credentials when there is one that cannot be used */
export async function readProfile(tools: CredentialTools): Promise<FoundCredentials | undefined> {
  const named = tools.env[fileVariable]?.trim() ?? '';
  if (named === '') {
    for (const path of profilePaths(tools)) {
      const found = await readOne(path, path, tools);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const name = `that ${fileVariable} names${shownPath(named)}`;
  const found = await readOne(named, name, tools);
  if (found !== undefined) return found;
  throw new Failure('credentials', `profile file ${name}: it does not exist; mend the variable`);
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
    const help = `mend that, or name another file with ${fileVariable}`;
    throw new Failure('credentials', `profile file ${name}: ${error.message}; ${help}`, { cause: error });
  }
  return text === undefined ? undefined : { values: readSection(text, name), source: 'profile file' };
}

function readSection(text: string, name: string): Record<string, string> {
  const complain = (what: string) => new Failure('credentials', `profile file ${name}: ${what}`);
  const section = parseIni(text)?.['default'];
  if (!isObject(section)) throw complain('there is no section [default]; write one with secret_id and secret_key');
  const values: Record<string, string> = {};
  for (const key of ['secret_id', 'secret_key', 'token']) {
    const value = section[key];
    if (value === undefined || value === '') {
      if (key !== 'token') throw complain(`section [default] has no ${key}; add it`);
    } else if (typeof value !== 'string' || !isSecret(value)) {
      throw complain(`${key} in section [default] holds a control character, or is too long; copy it again`);
    } else {
      values[key] = value;
    }
  }
  return values;
}

/** Undefined for what the parser gives up on, such as a key that is the quoted word null. */
function parseIni(text: string): Record<string, unknown> | undefined {
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
