// The outbound client against working servers, broken servers and broken networks.
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

/** The error that the promise rejects with; fails when it resolves. */
async function thrown(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (outcome === undefined) throw new Error('nothing was thrown');
  return outcome.error;
}

/** A response sent byte for byte; the connection is then closed unless `open`. */
const raw = (text: string, open = false) =>
  serveTcp((socket) => {
    socket.write(text, 'latin1');
    if (!open) socket.end();
  });

describe('HTTP client request', () => {
  it('arrives unchanged: method, target, headers, body', async () => {
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

  it('has only the Content-Type that was signed', async () => {
    const server = await serveHttp((request, response) => {
      request.resume().once('end', () => response.end());
    });
    await send(server.url);
    expect(server.received().match(/^content-type: .*$/gim)).toEqual(['Content-Type: application/json']);
  });

  it('without a body has no Content-Type', async () => {
    const server = await serveHttp((_request, response) => response.end());
    await client.send(
      { method: 'GET', url: server.url, headers: {} },
      { timeoutMs: 5000, signal: AbortSignal.any([]) },
    );
    expect(server.received()).not.toMatch(/content-(type|length)|transfer-encoding/i);
    expect(server.received().endsWith('\r\n\r\n')).toBe(true);
  });

  it('over plain http ignores the proxy variables of the environment', async () => {
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

describe('HTTP client response', () => {
  it.each([200, 204, 301, 400, 401, 403, 404, 429, 500, 503])(
    'with status %i is returned, not thrown',
    async (status) => {
      const server = await serveHttp((_request, response) => response.writeHead(status, { 'Retry-After': '7' }).end());
      expect(await send(server.url)).toMatchObject({ status, headers: { 'retry-after': '7' }, body: Buffer.alloc(0) });
    },
  );

  it('has header names in lower case, and repeated lines joined', async () => {
    const server = await raw(
      'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="a"\r\nwww-authenticate: Basic realm="b"\r\nDATE: x\r\nContent-Length: 0\r\n\r\n',
    );
    expect((await send(server.url)).headers).toMatchObject({
      'www-authenticate': 'Digest realm="a", Basic realm="b"',
      date: 'x',
    });
  });

  it('is read as UTF-8, also when a character is split between two packets', async () => {
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
    ['HTTP/1.1 delimited by the end of the connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'],
    ['HTTP/1.1 after a 100 Continue', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'],
  ])('in %s is read completely', async (_what, text) => {
    const server = await raw(text);
    expect(await send(server.url)).toMatchObject({ status: 200, body: Buffer.from('{}') });
  });

  it('of exactly 1 MiB is accepted', async () => {
    const server = await serveHttp((_request, response) => response.end('x'.repeat(maxBodyBytes)));
    expect((await send(server.url)).body).toHaveLength(1_048_576);
  });

  it('that is compressed in spite of Accept-Encoding: identity is not decompressed', async () => {
    const packed = gzipSync('x'.repeat(100 * maxBodyBytes));
    const server = await serveHttp((_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed),
    );
    expect((await send(server.url)).body.length).toBeLessThanOrEqual(packed.length);
  });

  it('with a redirect is not followed', async () => {
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
  ['the connection is reset before a response', 'network', () => serveTcp((socket) => socket.resetAndDestroy())],
  ['the connection is closed before a response', 'network', () => raw('')],
  ['the connection is closed within the headers', 'network', () => raw('HTTP/1.1 200 OK\r\nContent-')],
  [
    'the connection is reset after the headers',
    'network',
    () =>
      serveTcp((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', () => socket.resetAndDestroy());
      }),
  ],
  [
    'the connection is reset within the body',
    'network',
    () =>
      serveHttp((_request, response) => {
        response.writeHead(200, { 'Content-Length': 9 }).write('{"a"', () => response.socket?.resetAndDestroy());
      }),
  ],
  [
    'the body is shorter than its Content-Length',
    'network',
    () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}'),
  ],
  [
    'the last chunk is missing',
    'network',
    () => raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n'),
  ],
  ['the server sends nothing', 'timeout', () => serveTcp(() => undefined)],
  ['the headers are incomplete', 'timeout', () => raw('HTTP/1.1 200 OK\r\nContent-Le', true)],
  ['the body is missing', 'timeout', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', true)],
  ['the body is incomplete', 'timeout', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a"', true)],
  ['the body arrives byte by byte', 'timeout', () => dripping('HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n')],
  ['the headers arrive byte by byte', 'timeout', () => dripping('HTTP/1.1 200 OK\r\nX: ')],
  [
    'the Content-Length is over 1 MiB',
    'bad_response',
    () => serveHttp((_request, response) => response.end('x'.repeat(maxBodyBytes + 1))),
  ],
  [
    'the body without a length is over 1 MiB',
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
  [
    'the response switches the protocol',
    'bad_response',
    () => raw('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc', true),
  ],
  ['the response is not HTTP', 'bad_response', () => raw('SSH-2.0-OpenSSH_9.2\r\n')],
  ['the response is TLS', 'bad_response', () => raw('\x15\x03\x01\x00\x02\x02\x46')],
  ['a chunk size is malformed', 'network', () => raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')],
  ['the headers are too large', 'bad_response', () => raw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`)],
  [
    'two Content-Length headers differ',
    'bad_response',
    () => raw('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'),
  ],
];

/** Sends a byte every 20 ms until the client disconnects. */
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

  it.each([
    [
      'the headers are too large',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
      /headers of more than 16 KiB/,
    ],
    ['the response is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', /does not speak HTTP/],
    ['the protocol is switched', 'HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', /HTTP status 101/],
  ])('%s, the message says so', async (_what, text, says) => {
    const { url } = await raw(text, true);
    expect(((await thrown(send(url))) as Failure).message).toMatch(says);
  });

  it('any request fails, the message has the host but not the path', async () => {
    const url = await closedUrl();
    const failure = (await thrown(send(`${url}/api/v2?requestId=1`))) as Failure;
    expect(failure.message).toContain(new URL(url).host);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.message).not.toContain('requestId');
  });
});

describe('HTTP client abort signal', () => {
  const reason = new Error('shutting down');

  it('aborted before the call: no request is sent', async () => {
    const server = await serveHttp((_request, response) => response.end());
    expect(await thrown(send(server.url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.received()).toBe('');
  });

  it('aborts a request that waits for its response, with the reason of the signal', async () => {
    const abort = new AbortController();
    const server = await serveHttp(() => abort.abort(reason));
    expect(await thrown(send(server.url, { signal: abort.signal }))).toBe(reason);
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('aborts a request within the response body, with the reason of the signal', async () => {
    const abort = new AbortController();
    const server = await serveHttp((_request, response) => {
      response.writeHead(200, { 'Content-Length': 9 }).write('{', () => setImmediate(() => abort.abort(reason)));
    });
    expect(await thrown(send(server.url, { signal: abort.signal }))).toBe(reason);
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('aborted after the response: no effect', async () => {
    const abort = new AbortController();
    const server = await serveHttp((_request, response) => response.end('{}'));
    expect(textOf(await send(server.url, { signal: abort.signal }))).toBe('{}');
    abort.abort(reason);
    expect(textOf(await send(server.url))).toBe('{}');
    expect(server.connections.total).toBe(1);
  });
});
