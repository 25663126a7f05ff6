// Secrets are read from their configured source, again each time.
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCredentials, readSecret } from '../../src/config/secret.ts';
import { tencentPostgres } from '../../src/providers/tencent/postgres/provider.ts';
import { createFolder } from '../support/exporter-process.ts';

const fields = tencentPostgres.credentials;
const usual = { TENCENTCLOUD_SECRET_ID: 'usual-id', TENCENTCLOUD_SECRET_KEY: 'usual-key' };

let folder: Awaited<ReturnType<typeof createFolder>>;

beforeEach(async () => {
  folder = await createFolder();
});
afterEach(() => folder.remove());

describe('one secret', () => {
  it.each([
    ['a line end', 'secret\n'],
    ['line ends of Windows', 'secret\r\n'],
    ['blanks around it', '  secret \n\n'],
    ['a byte order mark', '\uFEFFsecret'],
  ])('of a file is taken without %s', async (_, text) => {
    await folder.write('key', text);

    expect(await readSecret({ from: 'file', path: 'key' }, {}, folder.path)).toBe('secret');
  });

  it('from an environment variable is trimmed', async () => {
    expect(await readSecret({ from: 'env', name: 'KEY' }, { KEY: ' secret\n' }, folder.path)).toBe('secret');
  });

  it('that was rotated in its file is the new one at the next reading', async () => {
    const file = await folder.write('key', 'old');
    const before = await readSecret({ from: 'file', path: 'key' }, {}, folder.path);
    await writeFile(file, 'new');

    expect([before, await readSecret({ from: 'file', path: 'key' }, {}, folder.path)]).toEqual(['old', 'new']);
  });

  it('that was rotated in the environment is the new one at the next reading', async () => {
    const env = { KEY: 'old' };
    const before = await readSecret({ from: 'env', name: 'KEY' }, env, folder.path);
    env.KEY = 'new';

    expect([before, await readSecret({ from: 'env', name: 'KEY' }, env, folder.path)]).toEqual(['old', 'new']);
  });

  it('can be a symbolic link, as in a Kubernetes volume', async () => {
    await folder.write('real', 'secret');
    await symlink('real', join(folder.path, 'key'));

    expect(await readSecret({ from: 'file', path: 'key' }, {}, folder.path)).toBe('secret');
  });

  it.each([
    ['a file that is not there', { from: 'file', path: 'gone' }, 'no such file'],
    ['a folder', { from: 'file', path: '.' }, 'it is a folder'],
    ['a device, which could go on for ever', { from: 'file', path: '/dev/zero' }, 'not a regular file'],
    ['an empty file', { from: 'file', path: 'empty' }, 'is empty'],
    ['a file of two lines', { from: 'file', path: 'two-lines' }, 'more than one line'],
    ['a file of more than 64 KiB', { from: 'file', path: 'large' }, 'larger than 64 KiB'],
    ['a variable that is not set', { from: 'env', name: 'UNSET' }, 'not set or empty'],
    ['an empty variable', { from: 'env', name: 'EMPTY' }, 'not set or empty'],
    ['a variable with a control character', { from: 'env', name: 'CONTROL' }, 'control character'],
    ['a value of two lines', { from: 'value', value: 'PLANTED\nPLANTED' }, 'more than one line'],
  ] as const)('is refused from %s, without showing it', async (_, source, why) => {
    await folder.write('empty', '\n');
    await folder.write('two-lines', 'PLANTED\nPLANTED\n');
    await folder.write('large', 'PLANTED'.repeat(10_000));
    const refusal = readSecret(source, { EMPTY: '', CONTROL: 'PLANTED\u0007' }, folder.path);

    await expect(refusal).rejects.toMatchObject({ reason: 'credentials' });
    await expect(refusal).rejects.toThrow(why);
    await expect(refusal).rejects.not.toThrow('PLANTED');
  });
});

describe('the credentials of an account', () => {
  it('come from the usual variables when the account names none', async () => {
    expect(await readCredentials(fields, {}, usual, folder.path)).toEqual({
      secret_id: 'usual-id',
      secret_key: 'usual-key',
    });
  });

  it('include the default token variable if it is set', async () => {
    const env = { ...usual, TENCENTCLOUD_SESSION_TOKEN: 'usual-token' };

    expect(await readCredentials(fields, {}, env, folder.path)).toMatchObject({ token: 'usual-token' });
  });

  it('never mix what the account names with the usual variables', async () => {
    const sources = {
      secret_id: { from: 'value', value: 'own-id' },
      secret_key: { from: 'value', value: 'own-key' },
    } as const;
    const env = { ...usual, TENCENTCLOUD_SESSION_TOKEN: 'token-of-another' };

    expect(await readCredentials(fields, sources, env, folder.path)).toEqual({
      secret_id: 'own-id',
      secret_key: 'own-key',
    });
  });

  it('include the optional token that the account names', async () => {
    const sources = {
      secret_id: { from: 'value', value: 'own-id' },
      secret_key: { from: 'env', name: 'OWN_KEY' },
      token: { from: 'env', name: 'OWN_TOKEN' },
    } as const;

    expect(await readCredentials(fields, sources, { OWN_KEY: 'key', OWN_TOKEN: 'token' }, folder.path)).toEqual({
      secret_id: 'own-id',
      secret_key: 'key',
      token: 'token',
    });
  });

  it('that rotate between two readings are the new ones', async () => {
    const env: NodeJS.ProcessEnv = { ...usual };
    await readCredentials(fields, {}, env, folder.path);
    env['TENCENTCLOUD_SECRET_KEY'] = 'rotated';

    expect(await readCredentials(fields, {}, env, folder.path)).toMatchObject({ secret_key: 'rotated' });
  });

  it.each([
    ['TENCENTCLOUD_SECRET_ID', { TENCENTCLOUD_SECRET_KEY: 'key' }],
    ['TENCENTCLOUD_SECRET_KEY', { TENCENTCLOUD_SECRET_ID: 'id', TENCENTCLOUD_SECRET_KEY: ' ' }],
  ])('that are missing are refused with the variable name %s', async (variable, env) => {
    const refusal = readCredentials(fields, {}, env, folder.path);

    await expect(refusal).rejects.toMatchObject({ reason: 'credentials' });
    await expect(refusal).rejects.toThrow(variable);
  });

  it('that cannot be read are refused with the field, and without the secret', async () => {
    const sources = {
      secret_id: { from: 'value', value: 'own-id' },
      secret_key: { from: 'env', name: 'PLANTED' },
    } as const;
    const refusal = readCredentials(fields, sources, usual, folder.path);

    await expect(refusal).rejects.toThrow(/^secret_key_env: /);
    await expect(refusal).rejects.not.toThrow(/PLANTED/);
  });

  it('with a token that cannot be read are refused: without it they are another identity', async () => {
    const sources = {
      secret_id: { from: 'value', value: 'own-id' },
      secret_key: { from: 'value', value: 'own-key' },
      token: { from: 'file', path: 'gone' },
    } as const;

    await expect(readCredentials(fields, sources, usual, folder.path)).rejects.toMatchObject({ reason: 'credentials' });
  });
});
