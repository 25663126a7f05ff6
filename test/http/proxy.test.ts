// Which proxy a URL uses, by the environment variables.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxies } from '../../src/http/proxy.ts';
import { Failure } from '../../src/model/failure.ts';

const api = 'https://postgres.intl.tencentcloudapi.com/';

/** `host:port` of the proxy, or undefined for a direct connection. */
function proxyFor(env: Record<string, string>, url = api): string | undefined {
  return readProxies(env)(new URL(url))?.url.host;
}

describe('HTTP proxy', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['no variable', {}, undefined],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['https_proxy', { https_proxy: 'http://proxy:3128' }, 'proxy:3128'],
    [
      'HTTPS_PROXY and https_proxy, which takes precedence',
      { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' },
      'b:2',
    ],
    ['ALL_PROXY', { ALL_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['all_proxy', { all_proxy: 'http://proxy:3128' }, 'proxy:3128'],
    [
      'ALL_PROXY and HTTPS_PROXY, which takes precedence',
      { ALL_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2' },
      'b:2',
    ],
    ['HTTP_PROXY, which is for plain http', { HTTP_PROXY: 'http://proxy:3128', http_proxy: 'http://p:1' }, undefined],
    ['an empty variable', { HTTPS_PROXY: ' ' }, undefined],
    ['an empty https_proxy beside HTTPS_PROXY', { https_proxy: '', HTTPS_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['no scheme, as curl accepts it', { HTTPS_PROXY: 'proxy:3128' }, 'proxy:3128'],
    ['a user without a scheme', { HTTPS_PROXY: 'user:pw@proxy:3128' }, 'proxy:3128'],
    ['no port', { HTTPS_PROXY: 'http://proxy' }, 'proxy'],
    ['an IPv6 address', { HTTPS_PROXY: 'http://[2001:db8::1]:3128/' }, '[2001:db8::1]:3128'],
    ['TLS to the proxy', { HTTPS_PROXY: 'https://proxy:3129' }, 'proxy:3129'],
  ])('with %s', (_what, env, expected) => {
    expect(proxyFor(env)).toBe(expected);
  });

  it.each([
    ['https://postgres.tencentcloudapi.com', 'proxy:1'],
    ['https://10.0.0.1', 'proxy:1'],
    ['http://metadata.tencentyun.com/latest/', undefined],
    ['http://169.254.0.23/', undefined],
    ['https://169.254.0.23/', undefined],
    ['https://[fe80::1]/', undefined],
    ['http://127.0.0.1:8080/', undefined],
    ['https://127.9.9.9:8443/', undefined],
    ['https://localhost/', undefined],
    ['https://[::1]:8443/', undefined],
  ])('of %s is %s, independent of NO_PROXY', (url, expected) => {
    expect(proxyFor({ ALL_PROXY: 'http://proxy:1', HTTP_PROXY: 'http://proxy:1', NO_PROXY: 'example.com' }, url)).toBe(
      expected,
    );
  });

  it.each([
    ['http://user:p%40ss%3A@proxy:1', 'user:p@ss:'],
    ['http://user@proxy:1', 'user:'],
    ['http://us%C3%A9r:pw@proxy:1', 'usér:pw'],
  ])('gets the credentials of %s in Proxy-Authorization, not in its URL', (text, expected) => {
    const proxy = readProxies({ HTTPS_PROXY: text })(new URL(api));
    expect(Buffer.from(proxy?.authorization?.replace('Basic ', '') ?? '', 'base64').toString()).toBe(expected);
    expect(proxy?.url.href).toBe('http://proxy:1/');
  });

  it.each([
    'http://PLANTED:PLANTED@',
    'http://PLANTED:PL%ZZANTED@proxy:1',
    'http://PLANTED@proxy:99999',
    'socks5://PLANTED@proxy:1080',
    'http://PLANTED@proxy:1/path',
    'http://user:4711#PLANTED@proxy:1',
    'http://PLANTED proxy',
    '://PLANTED',
  ])('%s fails each request; the message has the variable, not its value', (text) => {
    const find = readProxies({ https_proxy: text });
    const failure = (() => {
      try {
        return find(new URL(api));
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'network' });
    expect((failure as Failure).message).toMatch(/https_proxy.*http:\/\/HOST:PORT/);
    expect((failure as Failure).message).not.toContain('PLANTED');
  });
});

describe('HTTP proxy with arbitrary variables', () => {
  /** The proxy, or the message of a failure; any other error is rethrown. */
  function outcome(env: Record<string, string>, url: string): string {
    try {
      return proxyFor(env, url) ?? 'direct';
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }

  it('is a proxy, a direct connection or a failure, and never shows a password', () => {
    const parts = ['http://', 'u:PLANTED@', ':', '@', '/', '[', ']', '::1', '10.0.0.1', '%', '*', '.', ',', '443', ' '];
    const text = fc
      .array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 4 })))
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, fc.constantFrom(api, 'https://[::1]/', 'https://10.0.0.1/'), (proxy, exempt, url) => {
        expect(outcome({ HTTPS_PROXY: proxy, NO_PROXY: exempt }, url)).not.toContain('PLANTED');
      }),
    );
  });
});

describe('NO_PROXY', () => {
  it.each<[list: string, url: string, exempt: boolean]>([
    ['*', api, true],
    ['postgres.intl.tencentcloudapi.com', api, true],
    ['tencentcloudapi.com', api, true],
    ['.tencentcloudapi.com', api, true],
    ['*.tencentcloudapi.com', api, true],
    ['TencentCloudAPI.com', api, true],
    ['tencentcloudapi.com.', api, true],
    ['cloudapi.com', api, false],
    ['sts.intl.tencentcloudapi.com', api, false],
    ['other.example, tencentcloudapi.com', api, true],
    ['other.example tencentcloudapi.com', api, true],
    ['other.example,,', api, false],
    ['tencentcloudapi.com:443', api, true],
    ['tencentcloudapi.com:8443', api, false],
    ['tencentcloudapi.com:8443', 'https://postgres.tencentcloudapi.com:8443', true],
    ['.', api, false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:443', 'https://10.1.2.3', true],
    ['10.1.2.3:8443', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.1.2.3:8443', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/33', 'https://10.1.2.3', false],
    ['10.0.0.0/8', api, false],
    ['2001:db8::1', 'https://[2001:db8::1]', true],
    ['[2001:db8::1]', 'https://[2001:db8::1]', true],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]', true],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]', false],
    ['2001:db8::/32', 'https://[2001:db8::7]', true],
    ['2001:db8::/32', 'https://[2001:db9::7]', false],
    ['0.1.2.3.4', 'https://1.2.3.4', false],
  ])('%s exempts %s: %s', (list, url, exempt) => {
    expect(proxyFor({ HTTPS_PROXY: 'http://proxy:1', NO_PROXY: list }, url)).toBe(exempt ? undefined : 'proxy:1');
  });

  it('in lower case takes precedence', () => {
    const env = { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: '*', no_proxy: 'example.com' };
    expect(proxyFor(env)).toBe('proxy:1');
  });
});
