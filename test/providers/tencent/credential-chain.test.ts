// Which source an account that names no credential takes them from, and what is said of one that cannot be used.
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
  roleAnswer,
  stsAnswer,
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

/** Puts a source where it is looked for. */
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
    search.world.sts = () => stsAnswer({ Credentials: temporary('pod'), ExpiredTime: at(7200) });
  },
  machine: () => {
    search.world.metadata = roleAnswer({ ...temporary('machine'), ExpiredTime: at(7200), Code: 'Success' });
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

describe('the source', () => {
  it.each(order)('%s goes before all that come after it', async (first) => {
    for (const name of order.slice(order.indexOf(first))) sources[name]?.();
    expect(await search.find()).toMatchObject({ values: valuesOf(first), source: named[first] });
  });

  it.each(order)('%s is enough alone', async (name) => {
    sources[name]?.();
    expect(await search.find()).toMatchObject({ values: valuesOf(name), source: named[name] });
  });

  it.each(order.slice(0, 4))('%s asks nobody', async (name) => {
    for (const each of order) if (each === name || ['pod', 'machine'].includes(each)) sources[each]?.();
    await search.find();
    expect(search.requests).toEqual([]);
  });

  it.each(order.slice(0, -1))(
    '%s that appears later wins over the role of the machine, and loses when it leaves',
    async (name) => {
      sources['machine']?.();
      expect((await search.find()).values).toEqual(valuesOf('machine'));
      sources[name]?.();
      expect((await search.find()).values).toEqual(valuesOf(name));
      for (const variable of Object.keys(search.world.env)) delete search.world.env[variable];
      search.files.clear();
      expect((await search.find()).values).toEqual(valuesOf('machine'));
    },
  );

  it.each([
    ['env', () => Object.assign(search.world.env, { TENCENTCLOUD_SECRET_KEY: `${marker}-new` })],
    ['home', () => search.files.set(home, profile('home').replace(`${marker}-home-key`, `${marker}-new`))],
  ] as const)('%s is read again each time', async (name, rotate) => {
    sources[name]?.();
    await search.find();
    rotate();
    expect((await search.find()).values['secret_key']).toBe(`${marker}-new`);
  });

  it.each([
    ['environment', () => delete (sources['env']?.(), search.world.env)['TENCENTCLOUD_SESSION_TOKEN']],
    ['profile file', () => search.files.set(home, profile('home', false))],
  ] as const)('%s needs no token', async (source, put) => {
    put();
    const found = await search.find();
    expect(found).toMatchObject({ source });
    expect(Object.keys(found.values)).toEqual(['secret_id', 'secret_key']);
  });

  it('of a user without a home folder may be in /etc', async () => {
    sources['etc']?.();
    search.tools.home = undefined;
    expect((await search.find()).values).toEqual(valuesOf('etc'));
  });
});

describe('a profile file', () => {
  it.each([
    ['line ends of Windows', profile('home').replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${profile('home')}`],
    ['comments', `; one\n# two\n${profile('home')}# three`],
    ['quotes', profile('home').replaceAll(/= (.*)/g, '= "$1"')],
    ['no blanks around =', profile('home').replaceAll(' = ', '=')],
    ['other sections', `[other]\nsecret_id = x\n\n${profile('home')}\n[another]\nsecret_key = y\n`],
    ['a section that inherits nothing', `[__proto__]\nsecret_id = x\n${profile('home')}`],
  ])('with %s is understood', async (_what, text) => {
    search.files.set(home, text);
    expect((await search.find()).values).toEqual(valuesOf('home'));
  });

  it.each([
    ['empty', '', /no section \[default\]/],
    ['no section', 'secret_id = PLANTED\nsecret_key = PLANTED\n', /no section \[default\]/],
    ['only another section', '[Default]\nsecret_id = PLANTED\nsecret_key = PLANTED\n', /no section \[default\]/],
    ['a value of that name', 'default = PLANTED\n', /no section \[default\]/],
    ['JSON', '{"secret_id":"PLANTED"}', /no section \[default\]/],
    ['what breaks the parser', "[default]\n'null' = PLANTED\nsecret_id = PLANTED\n", /no section \[default\]/],
    ['no secret_key', '[default]\nsecret_id = PLANTED\n', /\[default\] has no secret_key/],
    ['no secret_id', '[default]\nsecret_key = PLANTED\n', /\[default\] has no secret_id/],
    ['an empty secret_key', '[default]\nsecret_id = PLANTED\nsecret_key =\n', /\[default\] has no secret_key/],
    ['a key that is only inherited', '[default]\n__proto__ = PLANTED\n', /\[default\] has no secret_id/],
    ['a key without a value', '[default]\nsecret_id\nsecret_key = PLANTED\n', /secret_id in section \[default\]/],
    ['a list', '[default]\nsecret_id[] = PLANTED\nsecret_key = PLANTED\n', /secret_id in section \[default\]/],
    ['a control character', '[default]\nsecret_id = PLANTED\u0007X\nsecret_key = PLANTED\n', /secret_id in section/],
    [
      'a token without end',
      `[default]\nsecret_id = a\nsecret_key = b\ntoken = ${'PLANTED'.repeat(1200)}\n`,
      /token in section/,
    ],
  ])('with %s ends the search, and says where', async (_what, text, says) => {
    search.files.set(home, text);
    sources['machine']?.();
    const failure = await search.refusal();
    expect(failure).toMatchObject({ reason: 'credentials', message: expect.stringMatching(says) as string });
    expect(failure.message).toContain(home);
    expect(failure.message).not.toContain(marker);
    expect(search.requests).toEqual([]);
  });
});

describe('whatever stands in a profile file,', () => {
  it('there are an id and a key in it, or a failure that shows nothing of it', async () => {
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

  /** What was found, or good values and the message of the failure; any other error is thrown on. */
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

describe('a source that is configured and cannot be used ends the search:', () => {
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

  it.each<[what: string, put: () => void, says: RegExp]>([
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
      'a file that is named and not there',
      () => Object.assign(search.world.env, { TENCENTCLOUD_CREDENTIALS_FILE: '/run/profile' }),
      /TENCENTCLOUD_CREDENTIALS_FILE \(\/run\/profile\): it does not exist/,
    ],
    [
      'a file that is named and cannot be read',
      () => {
        // A key in the wrong variable, for all that shows: it is not repeated.
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
          stsAnswer({ Error: { Code: 'InvalidParameter.WebIdentityTokenError', Message: marker } });
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
  ])('%s', async (_what, put, says) => {
    sources['machine']?.();
    put();
    const failure = await search.refusal();
    expect(failure).toMatchObject({ reason: 'credentials', message: expect.stringMatching(says) as string });
    expect(failure.message).not.toContain(marker);
    expect(search.requests.filter(({ url }) => url.includes('metadata'))).toEqual([]);
  });
});

describe('when there is none', () => {
  it.each<[what: string, metadata: typeof nowhere, says: RegExp]>([
    ['no machine of the cloud', nowhere, /CVM role.*ENOTFOUND/],
    ['no role', () => ({ status: 404, headers: {}, body: Buffer.from('') }), /no role is bound/],
    ['a portal', () => ({ status: 200, headers: {}, body: Buffer.from(`<html>${marker}`) }), /not the name of a role/],
    [
      'a name that leads elsewhere',
      () => ({ status: 200, headers: {}, body: Buffer.from('..') }),
      /not the name of a role/,
    ],
    [
      'an endless name',
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
    ['a role that is not ready', roleAnswer({ Code: 'Failed', Message: marker }), /no credentials for the role/],
    ['an answer without a code', roleAnswer({ ...temporary('x'), ExpiredTime: at(7200) }), /no credentials for/],
    [
      'an answer that is cut',
      roleAnswer({ Code: 'Success', ...temporary('x'), Token: '' }),
      /invalid in the response: Token/,
    ],
  ])('(%s) one message lists what was tried and what to set', async (_what, metadata, says) => {
    search.world.metadata = metadata;
    const failure = await search.refusal();
    expect(failure).toMatchObject({ reason: 'credentials', message: expect.stringMatching(says) as string });
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

describe('what is asked', () => {
  it('of the metadata service is the name of the role, then its credentials', async () => {
    search.world.metadata = roleAnswer(
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

  it('of the STS is one unsigned call with the token that the file holds now', async () => {
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
