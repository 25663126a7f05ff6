// The outbound client against servers that answer as servers, proxies and broken networks do.
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, maxBodyBytes } from '../../src/http/client.ts';
import { textOf } from '../../src/http/status-failure.ts';
import { Failure, type Reason } from '../../src/model/failure.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/model/http.ts';
import { closeAll, closedUrl, type Loopback, serveHttp, serveTcp } from './loopback.ts';

const secret = 'TC3-HMAC-SHA256 Credential=AKIDsecret, Signature=5ec4e7';
let client: HttpClient;

// For a machine that has other things to do.

beforeEach(() => {
  client = createHttpClient('test/1');
});

afterEach(async () => {
  client.close();
  await closeAll();
});

function send(
  url: string,
  options: { timeoutMs?: number; signal?: AbortSignal; request?: Partial<HttpRequest> } = {},
): Promise<HttpResponse> {
  const { timeoutMs = 5000, signal = new AbortController().signal, request } = options;
  const headers = { Authorization: secret, 'Content-Type': 'application/json' };
  return client.send({ method: 'POST', url, headers, body: '{"a":1}', ...request }, { timeoutMs, signal });
}

/** What is thrown; fails when nothing is. */
async function thrown(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (outcome === undefined) throw new Error('nothing was thrown');
  return outcome.error;
}

/** An answer that is written byte by byte as given, then ended unless `open`. */
const raw = (text: string, open = false) =>
  serveTcp((socket) => {
    socket.write(text, 'latin1');
    if (!open) socket.end();
  });

describe('a request', () => {
  it('arrives as it was written: method, target, headers, body', async () => {
    const server = await serveHttp((request, response) => {
      request.resume().once('end', () => response.end());
    });
    await send(`${server.url}/a%2Fb/~*;=?x=%27&y=%20&z=`, {
      request: { headers: { 'X-TC-Action': 'Do', Authorization: 'a' } },
    });
    const [head = '', body] = server.received().split('\r\n\r\n');
    const [line, ...headers] = head.split('\r\n');
    expect(line).toBe('POST /a%2Fb/~*;=?x=%27&y=%20&z= HTTP/1.1');
    expect(headers.map((header) => header.toLowerCase())).toEqual(
      expect.arrayContaining([
        'x-tc-action: do',
        'authorization: a',
        'user-agent: test/1',
        'accept: application/json',
        'accept-encoding: identity',
        'content-length: 7',
        `host: ${server.host}`,
      ]),
    );
    expect(body).toBe('{"a":1}');
  });

  it('has the Content-Type that was signed and no other', async () => {
    const server = await serveHttp((request, response) => {
      request.resume().once('end', () => response.end());
    });
    await send(server.url);
    expect(server.received().match(/^content-type: .*$/gim)).toEqual(['Content-Type: application/json']);
  });

  it('without a body has none, and no Content-Type', async () => {
    const server = await serveHttp((_request, response) => response.end());
    await client.send(
      { method: 'GET', url: server.url, headers: {} },
      { timeoutMs: 5000, signal: AbortSignal.any([]) },
    );
    expect(server.received()).not.toMatch(/content-(type|length)|transfer-encoding/i);
    expect(server.received().endsWith('\r\n\r\n')).toBe(true);
  });

  it('does not go through a proxy of the environment', async () => {
    const proxy = await serveHttp((_request, response) => response.end('proxy'));
    const server = await serveHttp((_request, response) => response.end('server'));
    const before = { http_proxy: process.env['http_proxy'], HTTP_PROXY: process.env['HTTP_PROXY'] };
    Object.assign(process.env, { http_proxy: proxy.url, HTTP_PROXY: proxy.url });
    try {
      expect(textOf(await send(server.url))).toBe('server');
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    expect(proxy.connections.total).toBe(0);
  });
});

describe('an answer', () => {
  it.each([200, 204, 301, 400, 401, 403, 404, 429, 500, 503])('with status %i is a value', async (status) => {
    const server = await serveHttp((_request, response) => response.writeHead(status, { 'Retry-After': '7' }).end());
    expect(await send(server.url)).toMatchObject({ status, headers: { 'retry-after': '7' }, body: Buffer.alloc(0) });
  });

  it('has header names in lower case, and repeated lines joined', async () => {
    const server = await raw(
      'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="a"\r\nwww-authenticate: Basic realm="b"\r\nDATE: x\r\nContent-Length: 0\r\n\r\n',
    );
    expect((await send(server.url)).headers).toMatchObject({
      'www-authenticate': 'Digest realm="a", Basic realm="b"',
      date: 'x',
    });
  });

  it('is read as UTF-8, also where a character comes in two pieces', async () => {
    const text = Buffer.from('{"名":"云"}');
    const server = await serveTcp((socket) => {
      socket.setNoDelay(true);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`);
      for (const byte of text) socket.write(Buffer.from([byte]));
      socket.end();
    });
    expect(textOf(await send(server.url))).toBe('{"名":"云"}');
  });

  it.each([
    ['HTTP/1.0 without a length', 'HTTP/1.0 200 OK\r\n\r\n{}'],
    ['HTTP/1.1 that ends with the connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'],
    ['a 100 Continue before it', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'],
  ])('in %s is read to its end', async (_what, text) => {
    const server = await raw(text);
    expect(await send(server.url)).toMatchObject({ status: 200, body: Buffer.from('{}') });
  });

  it('of exactly 1 MiB is read', async () => {
    const server = await serveHttp((_request, response) => response.end('x'.repeat(maxBodyBytes)));
    expect((await send(server.url)).body).toHaveLength(1_048_576);
  });

  it('that is compressed although identity was asked is not unpacked', async () => {
    const packed = gzipSync('x'.repeat(100 * maxBodyBytes));
    const server = await serveHttp((_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed),
    );
    expect((await send(server.url)).body.length).toBeLessThanOrEqual(packed.length);
  });

  it('that redirects is not followed: the other server sees nothing', async () => {
    const other = await serveHttp((_request, response) => response.end('{}'));
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await serveHttp((_request, response) =>
        response.writeHead(status, { Location: `${other.url}/` }).end(),
      );
      expect((await send(server.url)).status).toBe(status);
    }
    expect(other.connections.total).toBe(0);
  });
});

/** Each starts a server and says where the request goes. */
const faults: [what: string, reason: Reason, start: () => Promise<Pick<Loopback, 'url'> & Partial<Loopback>>][] = [
  ['nobody listens', 'network', async () => ({ url: await closedUrl() })],
  ['the name does not exist', 'network', async () => ({ url: 'http://nonexistent.invalid' })],
  ['the connection is reset before an answer', 'network', () => serveTcp((socket) => socket.resetAndDestroy())],
  ['the connection ends before an answer', 'network', () => raw('')],
  ['the connection ends in the headers', 'network', () => raw('HTTP/1.1 200 OK\r\nContent-')],
  [
    'the connection is reset after the headers',
    'network',
    () =>
      serveTcp((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', () => socket.resetAndDestroy());
      }),
  ],
  [
    'the connection is reset in the body',
    'network',
    () =>
      serveHttp((_request, response) => {
        response.writeHead(200, { 'Content-Length': 9 }).write('{"a"', () => response.socket?.resetAndDestroy());
      }),
  ],
  ['the body is shorter than its length says', 'network', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}')],
  ['the chunks do not end', 'network', () => raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')],
  ['nothing comes', 'timeout', () => serveTcp(() => undefined)],
  ['the headers do not end', 'timeout', () => raw('HTTP/1.1 200 OK\r\nContent-Le', true)],
  ['the body does not come', 'timeout', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', true)],
  ['the body does not end', 'timeout', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a"', true)],
  ['the body drips', 'timeout', () => dripping('HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n')],
  ['the headers drip', 'timeout', () => dripping('HTTP/1.1 200 OK\r\nX: ')],
  [
    'the body is over 1 MiB by its length',
    'bad_response',
    () => serveHttp((_request, response) => response.end('x'.repeat(maxBodyBytes + 1))),
  ],
  [
    'the body is over 1 MiB and says no length',
    'bad_response',
    () =>
      serveHttp((_request, response) => {
        const flood = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', flood);
        flood();
      }),
  ],
  ['it is not HTTP', 'bad_response', () => raw('SSH-2.0-OpenSSH_9.2\r\n')],
  ['it is TLS', 'bad_response', () => raw('\x15\x03\x01\x00\x02\x02\x46')],
  ['the chunks are broken', 'network', () => raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')],
  ['the headers are huge', 'bad_response', () => raw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`)],
  [
    'the length is there twice, and different',
    'bad_response',
    () => raw('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'),
  ],
];

/** Sends a byte every 20 ms for as long as the client stays. */
function dripping(head: string): Promise<Loopback> {
  return serveTcp((socket) => {
    socket.setNoDelay(true);
    socket.write(head);
    const timer = setInterval(() => socket.write(' '), 20);
    socket.once('close', () => clearInterval(timer));
  });
}

describe('when', () => {
  it.each(faults)('%s, the failure is %s without the request, the connection is free', async (_, reason, start) => {
    const server = await start();
    const failure = await thrown(send(server.url, { timeoutMs: reason === 'timeout' ? 150 : 30_000 }));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason });
    const shown = inspect(failure, { depth: 20, showHidden: true }) + JSON.stringify(failure);
    for (const part of [secret, 'AKIDsecret', '5ec4e7', 'Authorization', '{"a":1}', '\\"a\\"']) {
      expect(shown).not.toContain(part);
    }
    await expect.poll(() => server.connections?.open ?? 0).toBe(0);
  });

  it('the host is named in the failure, and the path is not', async () => {
    const url = await closedUrl();
    const failure = (await thrown(send(`${url}/api/v2?requestId=1`))) as Failure;
    expect(failure.message).toContain(new URL(url).host);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.message).not.toContain('requestId');
  });
});

describe('a signal', () => {
  const reason = new Error('shutting down');

  it('that is aborted already lets nothing leave', async () => {
    const server = await serveHttp((_request, response) => response.end());
    expect(await thrown(send(server.url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.received()).toBe('');
  });

  it('ends a request that waits for its answer, with its own reason', async () => {
    const abort = new AbortController();
    const server = await serveHttp(() => abort.abort(reason));
    expect(await thrown(send(server.url, { signal: abort.signal }))).toBe(reason);
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('ends a request in the middle of its body, with its own reason', async () => {
    const abort = new AbortController();
    const server = await serveHttp((_request, response) => {
      response.writeHead(200, { 'Content-Length': 9 }).write('{', () => setImmediate(() => abort.abort(reason)));
    });
    expect(await thrown(send(server.url, { signal: abort.signal }))).toBe(reason);
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('that is aborted after the end of the request does nothing', async () => {
    const abort = new AbortController();
    const server = await serveHttp((_request, response) => response.end('{}'));
    expect(textOf(await send(server.url, { signal: abort.signal }))).toBe('{}');
    abort.abort(reason);
    expect(textOf(await send(server.url))).toBe('{}');
    expect(server.connections.total).toBe(1);
  });
});
