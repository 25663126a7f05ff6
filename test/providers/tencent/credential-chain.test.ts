// The credential chain: which source is used, and the message for one that cannot be used.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../../src/model/credentials.ts';
import { Failure } from '../../../src/model/failure.ts';
import {
  at,
  createSearch,
  marker,
  nowhere,
  podEnv,
  roleResponse,
  stsResponse,
  temporary,
  valuesOf,
} from './search-tools.ts';

let search: ReturnType<typeof createSearch>;
beforeEach(() => {
  search = createSearch();
});

const profile = (name: string, token = true) =>
  `[default]\nsecret_id = ${marker}-${name}-id\nsecret_key = ${marker}-${name}-key\n${token ? `token = ${marker}-${name}-token\n` : ''}`;
const environment = {
  TENCENTCLOUD_SECRET_ID: `${marker}-env-id`,
  TENCENTCLOUD_SECRET_KEY: `${marker}-env-key`,
  TENCENTCLOUD_SESSION_TOKEN: `${marker}-env-token`,
};
const home = '/home/u/.tencentcloud/credentials';
const etc = '/etc/tencentcloud/credentials';

/** Configures a source. */
const sources: Record<string, () => void> = {
  env: () => Object.assign(search.world.env, environment),
  named: () => {
    search.world.env['TENCENTCLOUD_CREDENTIALS_FILE'] = '/secrets/profile';
    search.files.set('/secrets/profile', profile('named'));
  },
  home: () => search.files.set(home, profile('home')),
  etc: () => search.files.set(etc, profile('etc')),
  pod: () => {
    Object.assign(search.world.env, podEnv);
    search.files.set('/var/run/token', 'ey.planted.token\n');
    search.world.sts = () => stsResponse({ Credentials: temporary('pod'), ExpiredTime: at(7200) });
  },
  machine: () => {
    search.world.metadata = roleResponse({ ...temporary('machine'), ExpiredTime: at(7200), Code: 'Success' });
  },
};
const order = Object.keys(sources);
const named: Record<string, string> = {
  env: 'environment',
  named: 'profile file',
  home: 'profile file',
  etc: 'profile file',
  pod: 'TKE pod identity',
  machine: 'CVM role',
};

describe('credential source', () => {
  it.each(order)('%s takes precedence over all later ones', async (first) => {
    for (const name of order.slice(order.indexOf(first))) sources[name]?.();
    expect(await search.find()).toMatchObject({ values: valuesOf(first), source: named[first] });
  });

  it.each(order)('%s is sufficient alone', async (name) => {
    sources[name]?.();
    expect(await search.find()).toMatchObject({ values: valuesOf(name), source: named[name] });
  });

  it.each(order.slice(0, 4))('%s needs no request', async (name) => {
    for (const each of order) if (each === name || ['pod', 'machine'].includes(each)) sources[each]?.();
    await search.find();
    expect(search.requests).toEqual([]);
  });

  it.each(order.slice(0, -1))('%s that appears later replaces the CVM role until it disappears', async (name) => {
    sources['machine']?.();
    expect((await search.find()).values).toEqual(valuesOf('machine'));
    sources[name]?.();
    expect((await search.find()).values).toEqual(valuesOf(name));
    for (const variable of Object.keys(search.world.env)) delete search.world.env[variable];
    search.files.clear();
    expect((await search.find()).values).toEqual(valuesOf('machine'));
  });

  it.each([
    ['env', () => Object.assign(search.world.env, { TENCENTCLOUD_SECRET_KEY: `${marker}-new` })],
    ['home', () => search.files.set(home, profile('home').replace(`${marker}-home-key`, `${marker}-new`))],
  ] as const)('%s is read for each search', async (name, rotate) => {
    sources[name]?.();
    await search.find();
    rotate();
    expect((await search.find()).values['secret_key']).toBe(`${marker}-new`);
  });

  it.each([
    ['environment', () => delete (sources['env']?.(), search.world.env)['TENCENTCLOUD_SESSION_TOKEN']],
    ['profile file', () => search.files.set(home, profile('home', false))],
  ] as const)('%s works without a token', async (source, put) => {
    put();
    const found = await search.find();
    expect(found).toMatchObject({ source });
    expect(Object.keys(found.values)).toEqual(['secret_id', 'secret_key']);
  });

  it('/etc works for a user without a home folder', async () => {
    sources['etc']?.();
    search.tools.home = undefined;
    expect((await search.find()).values).toEqual(valuesOf('etc'));
  });
});

describe('credential profile file', () => {
  it.each([
    ['Windows line ends', profile('home').replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${profile('home')}`],
    ['comments', `; one\n# two\n${profile('home')}# three`],
    ['quotes', profile('home').replaceAll(/= (.*)/g, '= "$1"')],
    ['no spaces around =', profile('home').replaceAll(' = ', '=')],
    ['other sections', `[other]\nsecret_id = x\n\n${profile('home')}\n[another]\nsecret_key = y\n`],
    ['a section named __proto__', `[__proto__]\nsecret_id = x\n${profile('home')}`],
  ])('with %s is read', async (_what, text) => {
    search.files.set(home, text);
    expect((await search.find()).values).toEqual(valuesOf('home'));
  });

  it.each([
    ['empty', '', /no section \[default\]/],
    ['no section', 'secret_id = PLANTED\nsecret_key = PLANTED\n', /no section \[default\]/],
    ['a section [Default] only', '[Default]\nsecret_id = PLANTED\nsecret_key = PLANTED\n', /no section \[default\]/],
    ['a value named default', 'default = PLANTED\n', /no section \[default\]/],
    ['JSON', '{"secret_id":"PLANTED"}', /no section \[default\]/],
    [
      'a key that makes the parser throw',
      "[default]\n'null' = PLANTED\nsecret_id = PLANTED\n",
      /no section \[default\]/,
    ],
    ['no secret_key', '[default]\nsecret_id = PLANTED\n', /\[default\] has no secret_key/],
    ['no secret_id', '[default]\nsecret_key = PLANTED\n', /\[default\] has no secret_id/],
    ['an empty secret_key', '[default]\nsecret_id = PLANTED\nsecret_key =\n', /\[default\] has no secret_key/],
    ['a key that is only inherited', '[default]\n__proto__ = PLANTED\n', /\[default\] has no secret_id/],
    ['a key without a value', '[default]\nsecret_id\nsecret_key = PLANTED\n', /secret_id in section \[default\]/],
    ['a list', '[default]\nsecret_id[] = PLANTED\nsecret_key = PLANTED\n', /secret_id in section \[default\]/],
    ['a control character', '[default]\nsecret_id = PLANTED\u0007X\nsecret_key = PLANTED\n', /secret_id in section/],
    [
      'a token that is too long',
      `[default]\nsecret_id = a\nsecret_key = b\ntoken = ${'PLANTED'.repeat(1200)}\n`,
      /token in section/,
    ],
  ])('with %s stops the search; the message has the path', async (_what, text, pattern) => {
    search.files.set(home, text);
    sources['machine']?.();
    const failure = await search.refusal();
    expect(failure).toMatchObject({ reason: 'credentials', message: expect.stringMatching(pattern) as string });
    expect(failure.message).toContain(home);
    expect(failure.message).not.toContain(marker);
    expect(search.requests).toEqual([]);
  });
});

describe('credential profile file with any content', () => {
  it('gives an id and a key, or a failure without its content', async () => {
    const lines = `[default]
secret_id = PLANTED
secret_key=PLANTED
token = "PLANTED
'null' = PLANTED
[a.b]
default = PLANTED
secret_id[] = PLANTED
[default.secret_id]
[__proto__]
constructor = PLANTED`;
    const line = fc.constantFrom(...lines.split('\n'));
    const text = fc.array(fc.oneof(line, fc.string())).map((some) => some.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, async (profileText) => {
        search.files.set(home, profileText);
        const { values, message } = await outcome();
        expect(message).not.toContain(marker);
        expect(values).toEqual(
          expect.objectContaining({
            secret_id: expect.stringMatching(/^[\x21-\x7e]+$/) as string,
            secret_key: expect.stringMatching(/^[\x21-\x7e]+$/) as string,
          }),
        );
      }),
    );
    expect(search.requests).toEqual([]);
  });

  /** The credentials, or dummy ones and the message of the failure; any other error is rethrown. */
  async function outcome(): Promise<{ values: Credentials; message: string }> {
    try {
      return { ...(await search.find()), message: '' };
    } catch (error) {
      if (error instanceof Failure)
        return { values: { secret_id: 'none', secret_key: 'none' }, message: error.message };
      throw error;
    }
  }
});

describe('credential source that is unusable stops the search:', () => {
  const without = (name: string) => () => {
    sources['env']?.();
    sources['home']?.();
    delete search.world.env[name];
  };
  const withoutPod = (name: string) => () => {
    sources['pod']?.();
    delete search.world.env[name];
  };
  const file = (path: string, failure: string) => () => {
    search.files.set(path, new Failure('credentials', failure));
  };

  it.each<[what: string, put: () => void, pattern: RegExp]>([
    ['no key', without('TENCENTCLOUD_SECRET_KEY'), /TENCENTCLOUD_SECRET_KEY not set, although TENCENTCLOUD_SECRET_ID/],
    ['no id', without('TENCENTCLOUD_SECRET_ID'), /TENCENTCLOUD_SECRET_ID not set, although TENCENTCLOUD_SECRET_KEY/],
    [
      'a token alone',
      () => Object.assign(search.world.env, { TENCENTCLOUD_SESSION_TOKEN: marker }),
      /SECRET_ID and TENCENTCLOUD_SECRET_KEY not set, although TENCENTCLOUD_SESSION_TOKEN/,
    ],
    [
      'a variable of two lines',
      () => Object.assign(search.world.env, environment, { TENCENTCLOUD_SECRET_KEY: `${marker}\n${marker}` }),
      /TENCENTCLOUD_SECRET_KEY has more than one line/,
    ],
    [
      'a configured file that does not exist',
      () => Object.assign(search.world.env, { TENCENTCLOUD_CREDENTIALS_FILE: '/run/profile' }),
      /TENCENTCLOUD_CREDENTIALS_FILE \(\/run\/profile\): it does not exist/,
    ],
    [
      'a configured file that cannot be read',
      () => {
        // It may be a key in the wrong variable, so it is not shown.
        search.world.env['TENCENTCLOUD_CREDENTIALS_FILE'] = marker;
        file(marker, 'permission denied (EACCES)')();
      },
      /TENCENTCLOUD_CREDENTIALS_FILE: permission denied/,
    ],
    [
      'a file in the home folder that cannot be read',
      file(home, 'permission denied'),
      /\/home\/u\/.*permission denied/,
    ],
    ...Object.keys(podEnv).map((name): [string, () => void, RegExp] => [
      `no ${name}`,
      withoutPod(name),
      new RegExp(`TKE pod identity: ${name} is not set.*TKE_ROLE_ARN`),
    ]),
    [
      'no token file',
      () => {
        sources['pod']?.();
        search.files.delete('/var/run/token');
      },
      /TKE_WEB_IDENTITY_TOKEN_FILE \(\/var\/run\/token\) does not exist/,
    ],
    [
      'an empty token file',
      () => {
        sources['pod']?.();
        search.files.set('/var/run/token', '\n');
      },
      /TKE_WEB_IDENTITY_TOKEN_FILE \(\/var\/run\/token\) contains no token/,
    ],
    [
      'a token file that cannot be read',
      () => {
        sources['pod']?.();
        file('/var/run/token', 'permission denied (EACCES)')();
      },
      /TKE_WEB_IDENTITY_TOKEN_FILE \(\/var\/run\/token\) cannot be used: permission denied/,
    ],
    [
      'an STS that refuses',
      () => {
        sources['pod']?.();
        search.world.sts = () =>
          stsResponse({ Error: { Code: 'InvalidParameter.WebIdentityTokenError', Message: marker } });
      },
      /STS at sts\.tencentcloudapi\.com.*InvalidParameter\.WebIdentityTokenError.*TKE_ROLE_ARN/,
    ],
    [
      'an STS that is down',
      () => {
        sources['pod']?.();
        search.world.sts = nowhere;
      },
      /STS at sts\.tencentcloudapi\.com.*ENOTFOUND/,
    ],
    [
      'an STS behind a gateway that fails',
      () => {
        sources['pod']?.();
        search.world.sts = () => ({ status: 502, headers: {}, body: Buffer.from(marker) });
      },
      /STS at sts\.tencentcloudapi\.com.*HTTP status 502/,
    ],
  ])('%s', async (_what, put, pattern) => {
    sources['machine']?.();
    put();
    const failure = await search.refusal();
    expect(failure).toMatchObject({ reason: 'credentials', message: expect.stringMatching(pattern) as string });
    expect(failure.message).not.toContain(marker);
    expect(search.requests.filter(({ url }) => url.includes('metadata'))).toEqual([]);
  });
});

describe('credential chain without any source', () => {
  it.each<[what: string, metadata: typeof nowhere, pattern: RegExp]>([
    ['no metadata service', nowhere, /CVM role.*ENOTFOUND/],
    ['no role', () => ({ status: 404, headers: {}, body: Buffer.from('') }), /no role is bound/],
    ['a portal', () => ({ status: 200, headers: {}, body: Buffer.from(`<html>${marker}`) }), /not the name of a role/],
    [
      'a role name that changes the path',
      () => ({ status: 200, headers: {}, body: Buffer.from('..') }),
      /not the name of a role/,
    ],
    [
      'a role name that is too long',
      () => ({ status: 200, headers: {}, body: Buffer.from('r'.repeat(129)) }),
      /not the name of a role/,
    ],
    [
      'a metadata service that fails',
      () => ({ status: 500, headers: {}, body: Buffer.from(marker) }),
      /HTTP status 500/,
    ],
    [
      'a redirect',
      () => ({ status: 302, headers: { location: `http://${marker}` }, body: Buffer.from('') }),
      /HTTP status 302/,
    ],
    ['a role that is not ready', roleResponse({ Code: 'Failed', Message: marker }), /no credentials for the role/],
    ['a response without a code', roleResponse({ ...temporary('x'), ExpiredTime: at(7200) }), /no credentials for/],
    [
      'a response without a token',
      roleResponse({ Code: 'Success', ...temporary('x'), Token: '' }),
      /invalid in the response: Token/,
    ],
  ])('(%s) fails with a message that lists all sources', async (_what, metadata, pattern) => {
    search.world.metadata = metadata;
    const failure = await search.refusal();
    expect(failure).toMatchObject({ reason: 'credentials', message: expect.stringMatching(pattern) as string });
    for (const name of [
      'TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY not set',
      'TENCENTCLOUD_CREDENTIALS_FILE not set',
      `no ${home} or ${etc}`,
      ...Object.keys(podEnv),
      'metadata.tencentyun.com',
      'secret_id and secret_key',
    ]) {
      expect(failure.message).toContain(name);
    }
    expect(failure.message).not.toContain(marker);
  });
});

describe('credential requests', () => {
  it('to the metadata service: the name of the role, then its credentials', async () => {
    search.world.metadata = roleResponse(
      { ...temporary('m'), ExpiredTime: at(60), Code: 'Success' },
      { name: ' a+b@c \n' },
    );
    await search.find();
    const base = 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/';
    expect(search.requests).toEqual([
      { method: 'GET', url: base, headers: {} },
      { method: 'GET', url: `${base}a%2Bb%40c`, headers: {} },
    ]);
  });

  it('to the STS: one unsigned call with the current content of the token file', async () => {
    sources['pod']?.();
    await search.find();
    const [request] = search.requests;
    expect(search.requests).toHaveLength(1);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://sts.tencentcloudapi.com/',
      headers: {
        Authorization: 'SKIP',
        'Content-Type': 'application/json',
        'X-TC-Action': 'AssumeRoleWithWebIdentity',
        'X-TC-Version': '2018-08-13',
        'X-TC-Region': 'ap-guangzhou',
        'X-TC-Timestamp': String(at(0)),
      },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      ProviderId: podEnv.TKE_PROVIDER_ID,
      WebIdentityToken: 'ey.planted.token',
      RoleArn: podEnv.TKE_ROLE_ARN,
      RoleSessionName: 'clouddb-encryption-exporter',
      DurationSeconds: 7200,
    });
  });
});
