// Whose credentials are found how: those that an account names, or the usual ones of its provider.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { createCredentialSearch, withTimeout } from '../../src/config/credential-search.ts';
import { Failure } from '../../src/model/failure.ts';
import type { FoundCredentials, SearchTools } from '../../src/model/provider.ts';
import { createFakeTime } from '../support/fake-time.ts';
import { accept } from './validation.ts';

const sts = (n: number) => ({
  status: 200,
  headers: {},
  body: JSON.stringify({
    Response: {
      Credentials: { TmpSecretId: `id${n}`, TmpSecretKey: `key${n}`, Token: `token${n}` },
      ExpiredTime: 7200,
    },
  }),
});

let config: Config;
let asked: string[];
let env: Record<string, string>;
let find: ReturnType<typeof createCredentialSearch>;

beforeEach(async () => {
  asked = [];
  env = { TKE_REGION: 'r', TKE_PROVIDER_ID: 'p', TKE_WEB_IDENTITY_TOKEN_FILE: '/token', TKE_ROLE_ARN: 'arn' };
  config = await accept('accounts: { a: { provider: tencent_postgres }, b: { provider: tencent_postgres } }');
  const tools: SearchTools = {
    env,
    home: undefined,
    readFile: (path) => Promise.resolve(path === '/token' ? 'token' : undefined),
    send: ({ url }) => Promise.resolve(sts(asked.push(url))),
    now: () => 0,
    monotonic: () => 0,
    random: () => 0,
  };
  find = createCredentialSearch(() => config, tools);
});

const idOf = async (account: string) => (await find(account)).values['secret_id'];

describe('the search', () => {
  it('takes what the account names, and tells no source', async () => {
    config = await accept('accounts: { a: { provider: tencent_postgres, secret_id: own, secret_key: own } }');
    expect(await find('a')).toEqual({ values: { secret_id: 'own', secret_key: 'own' } });
    expect(asked).toEqual([]);
  });

  it('takes the variables of a provider that has no other sources', async () => {
    config = await accept('accounts: { a: { provider: oceanbase } }');
    Object.assign(env, { OCEANBASE_ACCESS_KEY_ID: 'id', OCEANBASE_ACCESS_KEY_SECRET: 'secret' });
    expect(await find('a')).toEqual({ values: { access_key_id: 'id', access_key_secret: 'secret' } });
  });

  it('remembers temporary credentials, for each account its own', async () => {
    expect([await idOf('a'), await idOf('b'), await idOf('a'), await idOf('b')]).toEqual(['id1', 'id2', 'id1', 'id2']);
  });

  it('forgets them when the settings of the account change, and asks where these say', async () => {
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
  it('is given up, not begun a second time meanwhile, and used when it ends after all', async () => {
    const time = createFakeTime();
    const answers: ((found: FoundCredentials) => void)[] = [];
    const search = withTimeout(() => new Promise((resolve) => void answers.push(resolve)), time.later);

    const first = search('a').catch((error: unknown) => error);
    await time.advance(15_000);
    expect(await first).toMatchObject({
      reason: 'credentials',
      message: expect.stringMatching(/15 s.*file system/) as string,
    });

    const second = search('a');
    void search('b').catch(() => undefined);
    expect(answers).toHaveLength(2);
    answers[0]?.({ values: { key: 'late' } });
    expect(await second).toEqual({ values: { key: 'late' } });

    void search('a').catch(() => undefined);
    expect(answers).toHaveLength(3);
  });
});
