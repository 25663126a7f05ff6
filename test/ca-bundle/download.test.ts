// Where CA certificates may be downloaded from, and what of a response counts.
import { afterEach, describe, expect, it } from 'vitest';
import { download } from '../../src/ca-bundle/download.ts';
import { createHttpClient } from '../../src/http/client.ts';
import type { CaBundleSettings } from '../../src/model/ca-bundle.ts';
import { Failure } from '../../src/model/failure.ts';
import type { HttpClient, HttpResponse } from '../../src/model/http.ts';
import { closeAll, closedUrl, serveHttp } from '../http/loopback.ts';

afterEach(closeAll);

const settings = (...allowedHosts: string[]): CaBundleSettings => ({ allowedHosts, allowPrivate: false });
const client = createHttpClient('test/1');

/** Downloads, and returns the text or the failure. @param more replaces parts of the tools */
async function get(
  url: string,
  allowed: CaBundleSettings,
  more: { send?: HttpClient['send']; timeoutMs?: number } = {},
) {
  const tools = { now: Date.now, monotonic: () => performance.now(), signal: new AbortController().signal };
  try {
    return String(
      await download(url, allowed, { ...tools, send: client.send, ca: undefined, timeoutMs: 5000, ...more }),
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error;
  }
}

/** Answers any request, and keeps the URLs. */
function recorder(answer: (url: URL) => Partial<HttpResponse>) {
  const urls: string[] = [];
  const send: HttpClient['send'] = ({ url }) => {
    urls.push(url);
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.from('bundle'), ...answer(new URL(url)) });
  };
  return { urls, send };
}

const anything = recorder(() => ({})).send;

describe('a host', () => {
  it.each([
    ['https://ca.example.com/a.zip', 'ca.example.com'],
    ['https://ca.example.com:8443/a.zip', 'ca.example.com'],
    ['https://CA.Example.com./a.zip', 'ca.example.com'],
    ['https://a.example.com/', '*.example.com'],
    ['https://a.b.example.com/', '*.example.com'],
    ['https://203.0.113.4/', '203.0.113.4'],
    ['https://[2001:db8::1]/', '2001:db8::1'],
    ['https://10.0.0.4/', '10.0.0.4'],
    ['http://127.0.0.1:8080/ca', '127.0.0.1'],
    ['http://localhost/ca', 'localhost'],
  ])('is allowed: %s by %s', async (url, allowed) => {
    expect(await get(url, settings('other.example.com', allowed), { send: anything })).toBe('bundle');
  });

  it.each([
    ['https://ca.example.com/', 'example.com'],
    ['https://example.com/', '*.example.com'],
    ['https://badexample.com/', '*.example.com'],
    ['https://ca.example.com.evil.net/', 'ca.example.com'],
    ['https://evil.net/ca.example.com', 'ca.example.com'],
    ['https://evil.net/?a=.example.com', '*.example.com'],
    ['https://evil.net\\@ca.example.com/', 'ca.example.com'],
    ['https://evil.net#.example.com', '*.example.com'],
    ['https://127.1/', 'localhost'],
    ['https://0x7f.1/', 'localhost'],
    ['https://169.254.0.23/latest/meta-data', '*.tencentyun.com'],
    ['https://[::ffff:10.0.0.4]/', '10.0.0.4'],
  ])('is refused: %s by %s', async (url, allowed) => {
    const { urls, send } = recorder(() => ({}));
    expect(await get(url, settings(allowed), { send })).toMatchObject({
      reason: 'bad_response',
      message: expect.stringContaining('which is not in ca_bundle.allowed_hosts; add it if') as string,
    });
    expect(urls).toEqual([]);
  });

  it('is named, so that it can be allowed, but not a name that could hold a secret', async () => {
    const named = (await get('https://ca-1250000000.cos.ap-guangzhou.myqcloud.com/x', settings())) as Failure;
    expect(named.message).toContain('the host ca-1250000000.cos.ap-guangzhou.myqcloud.com');
    const secretive = `https://${'a1'.repeat(20)}.example.com/x`;
    expect((await get(secretive, settings())) as Failure).not.toMatchObject({
      message: expect.stringContaining('a1a1') as string,
    });
  });
});

describe('a URL is refused that', () => {
  it.each([
    ['is not one', 'see the console'],
    ['is plain http', 'http://ca.example.com/a.zip'],
    ['is ftp', 'ftp://ca.example.com/a.zip'],
    ['is a file', 'file:///etc/ssl/ca.pem'],
    ['is data', 'data:text/plain,ca'],
    ['has a user', 'https://user@ca.example.com/'],
    ['has a password', 'https://:secret@ca.example.com/'],
    ['has 5,000 characters', `https://ca.example.com/${'a'.repeat(5000)}`],
  ])('%s', async (_what, url) => {
    const { urls, send } = recorder(() => ({}));
    const failure = await get(url, settings('ca.example.com', '127.0.0.1'), { send });
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect((failure as Failure).message).not.toContain(url);
    expect(urls).toEqual([]);
  });
});

describe('a redirect', () => {
  const allowed = settings('ca.example.com', '*.example.com');
  const to = (location: string) =>
    recorder(({ pathname }) => (pathname === '/start' ? { status: 302, headers: { location } } : {}));

  it.each([['/ca.zip'], ['https://ca.example.com/ca.zip'], ['ca.zip?signed']])(
    'to the same host is followed: %s',
    async (location) => {
      const { urls, send } = to(location);
      expect(await get('https://ca.example.com/start', allowed, { send })).toBe('bundle');
      expect(urls[1]).toBe(new URL(location, 'https://ca.example.com/start').href);
    },
  );

  it.each([
    ['https://evil.net/ca.zip'],
    ['//evil.net/ca.zip'],
    ['https://other.example.com/ca.zip'],
    ['https://ca.example.com:8443/ca.zip'],
    ['http://ca.example.com/ca.zip'],
    ['https://127.0.0.1/'],
    ['file:///etc/passwd'],
    ['https://'],
    [''],
  ])('to another host is refused: %j', async (location) => {
    const { urls, send } = to(location);
    expect(await get('https://ca.example.com/start', allowed, { send })).toMatchObject({
      reason: 'bad_response',
      message: expect.stringContaining('redirects to another host, which is not followed') as string,
    });
    expect(urls).toHaveLength(1);
  });

  it('is followed three times at most', async () => {
    const { urls, send } = recorder(({ href }) => ({ status: 307, headers: { location: `${href}1` } }));
    expect(await get('https://ca.example.com/', allowed, { send })).toMatchObject({
      message: expect.stringContaining('redirects more than 3 times') as string,
    });
    expect(urls).toHaveLength(4);
  });
});

describe('a response', () => {
  it.each([
    [500, 'unavailable'],
    [503, 'unavailable'],
    [429, 'unavailable'],
    [408, 'unavailable'],
    [403, 'rejected'],
    [404, 'rejected'],
    [304, 'rejected'],
    [204, 'rejected'],
    [206, 'rejected'],
  ])('with status %i is a failure: %s', async (status, reason) => {
    const { host, url } = await serveHttp((_, response) => response.writeHead(status, { 'Retry-After': '7' }).end());
    expect(await get(`${url}/ca?signature=abc`, settings('127.0.0.1'))).toMatchObject({
      reason,
      message: `the download of the CA certificates from ${host} answered with HTTP status ${status}`,
      retryAfterMs: 7000,
    });
  });

  it('of more than 1 MiB is refused while it arrives', async () => {
    const { url } = await serveHttp((_, response) => void response.writeHead(200).write(Buffer.alloc(1024 * 1024 + 1)));
    expect(await get(url, settings('127.0.0.1'))).toMatchObject({ reason: 'bad_response' });
  });

  it('of 1 MiB is read', async () => {
    const { url } = await serveHttp((_, response) => void response.end(Buffer.alloc(1024 * 1024)));
    expect(await get(url, settings('127.0.0.1'))).toHaveLength(1024 * 1024);
  });

  it('is requested with GET and without a credential', async () => {
    const server = await serveHttp((_, response) => void response.end());
    await get(`${server.url}/ca.zip`, settings('127.0.0.1'));
    expect(server.received()).toMatch(/^GET \/ca\.zip HTTP/);
    expect(server.received()).not.toMatch(/authorization|cookie|token/i);
  });

  it('that does not come is a timeout', async () => {
    const { url } = await serveHttp(() => undefined);
    expect(await get(url, settings('127.0.0.1'), { timeoutMs: 50 })).toMatchObject({ reason: 'timeout' });
  });

  it('has what the redirects before it left of the time', async () => {
    let now = 0;
    const given: number[] = [];
    const send: HttpClient['send'] = (_, { timeoutMs }) => {
      given.push(timeoutMs);
      now += 1000.4;
      return Promise.resolve({ status: 302, headers: { location: '/' }, body: Buffer.alloc(0) });
    };
    const tools = { now: Date.now, monotonic: () => now, signal: new AbortController().signal, ca: undefined };
    await download('https://a.example.com/', settings('a.example.com'), { ...tools, send, timeoutMs: 2500 }).catch(
      () => undefined,
    );
    expect(given).toEqual([2500, 1500, 500, 1]);
  });
});

it('a server that cannot be reached is a network failure', async () => {
  expect(await get(await closedUrl(), settings('127.0.0.1'))).toMatchObject({ reason: 'network' });
});
