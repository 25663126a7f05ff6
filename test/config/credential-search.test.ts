// Whose credentials are found how: those that an account names, or the usual ones of its provider.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { createCredentialSearch } from '../../src/config/credential-search.ts';
import type { CredentialTools } from '../../src/model/credentials.ts';
import { Failure } from '../../src/model/failure.ts';
import { createFakeTime, type FakeTime } from '../support/fake-time.ts';
import { accept } from './validation.ts';

const sts = (n: number) => ({
  status: 200,
  headers: {},
  body: Buffer.from(
    JSON.stringify({
      Response: {
        Credentials: { TmpSecretId: `id${n}`, TmpSecretKey: `key${n}`, Token: `token${n}` },
        ExpiredTime: 7200,
      },
    }),
  ),
});

let config: Config;
let asked: string[];
let env: Record<string, string>;
let find: ReturnType<typeof createCredentialSearch>;
let tools: CredentialTools;
let time: FakeTime;

beforeEach(async () => {
  asked = [];
  env = { TKE_REGION: 'r', TKE_PROVIDER_ID: 'p', TKE_WEB_IDENTITY_TOKEN_FILE: '/token', TKE_ROLE_ARN: 'arn' };
  config = await accept('accounts: { a: { provider: tencent_postgres }, b: { provider: tencent_postgres } }');
  time = createFakeTime(0);
  tools = {
    ...time,
    env,
    home: undefined,
    readFile: (path) => Promise.resolve(path === '/token' ? 'token' : undefined),
    send: ({ url }) => Promise.resolve(sts(asked.push(url))),
    random: () => 0,
  };
  find = createCredentialSearch(() => config, tools);
});

const idOf = async (account: string) => (await find(account)).values['secret_id'];

describe('the search', () => {
  it('returns the configured credentials, without a source', async () => {
    config = await accept('accounts: { a: { provider: tencent_postgres, secret_id: own, secret_key: own } }');
    expect(await find('a')).toEqual({ values: { secret_id: 'own', secret_key: 'own' } });
    expect(asked).toEqual([]);
  });

  it('returns the environment variables of a provider without other sources', async () => {
    config = await accept('accounts: { a: { provider: oceanbase } }');
    Object.assign(env, { OCEANBASE_ACCESS_KEY_ID: 'id', OCEANBASE_ACCESS_KEY_SECRET: 'abc' });
    expect(await find('a')).toEqual({ values: { access_key_id: 'id', access_key_secret: 'abc' } });
  });

  it('remembers temporary credentials, for each account its own', async () => {
    expect([await idOf('a'), await idOf('b'), await idOf('a'), await idOf('b')]).toEqual(['id1', 'id2', 'id1', 'id2']);
  });

  it('discards cached credentials when the settings of the account change', async () => {
    await find('a');
    config = await accept('accounts: { a: { provider: tencent_postgres, sts_endpoint: "https://sts.example.com" } }');
    expect(await idOf('a')).toBe('id2');
    expect(asked).toEqual(['https://sts.tencentcloudapi.com/', 'https://sts.example.com/']);
  });

  it('forgets those of an account that leaves', async () => {
    const before = config;
    await find('a');
    config = await accept('accounts: { b: { provider: tencent_postgres } }');
    await expect(find('a')).rejects.toBeInstanceOf(Failure);
    config = before;
    expect(await idOf('a')).toBe('id2');
  });
});

describe('a search that hangs', () => {
  it('fails after 30 s, is not started again meanwhile, and is used once it finishes', async () => {
    const pending: ((token: string) => void)[] = [];
    tools.readFile = (path) =>
      path === '/token' ? new Promise((resolve) => void pending.push(resolve)) : Promise.resolve(undefined);
    const search = createCredentialSearch(() => config, tools);

    const first = search('a').catch((error: unknown) => error);
    await time.advance(30_000);
    expect(await first).toMatchObject({
      reason: 'credentials',
      message: expect.stringMatching(/30 s.*file system/) as string,
    });

    const second = search('a');
    void search('b').catch(() => undefined);
    await time.advance(1);
    expect(pending).toHaveLength(2);
    pending[0]?.('token');
    expect((await second).values).toMatchObject({ secret_id: 'id1' });
  });
});
