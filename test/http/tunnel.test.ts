// Proxies: keep-alive tunnels, TLS with the API itself, and proxies that fail.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAgentPool } from '../../src/http/agents.ts';
import { createHttpClient } from '../../src/http/client.ts';
import { createConnect } from '../../src/http/connect.ts';
import { createLookup } from '../../src/http/lookup.ts';
import { readProxies } from '../../src/http/proxy.ts';
import { Failure, type Reason } from '../../src/model/failure.ts';
import type { HttpClient } from '../../src/model/http.ts';
import { type Listening, startProxy, startTlsFront, testCa } from '../support/proxy.ts';
import { closeAll, closedUrl, serveHttp, serveTcp } from './loopback.ts';

const password = 'PLANTED-proxy-password';
const basic = `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;

let toClose: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(toClose.map((close) => close()));
  toClose = [];
  await closeAll();
});

/** An API with TLS behind a proxy, and an agent that connects to it. */
async function startProxiedApi(options: { ca?: string; authorization?: string; interim?: string } = {}) {
  const api = await serveHttp((request, response) => {
    request.resume().once('end', () => response.end(`{"host":"${request.headers.host}"}`));
  });
  const front = await startTlsFront(api.url);
  const proxy = await startProxy(() => front.port, options.authorization, options.interim);
  const user = options.authorization === undefined ? '' : `user:${password}@`;
  const { ca = testCa } = options;
  const agent = agentFor(`http://${user}${proxy.host}`, ca);
  toClose.push(() => agent.destroy(), proxy.close, front.close);
  return { api, front, proxy, agent };
}

function agentFor(proxy: string, ca?: string): https.Agent {
  const pool = createAgentPool(readProxies({ HTTPS_PROXY: proxy }), createConnect(createLookup()));
  return pool.agentsFor({ ca }).httpsAgent;
}

async function get(agent: https.Agent, url = 'https://api.test/'): Promise<string> {
  const options = { agent, attempt: { signal: new AbortController().signal } };
  const request = https.get(url, options);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

describe('proxy tunnel', () => {
  it('connects to the host and port of the URL', async () => {
    const { agent, proxy } = await startProxiedApi();
    expect(await get(agent)).toBe('{"host":"api.test"}');
    expect(await get(agent, 'https://api.test:8443/')).toBe('{"host":"api.test:8443"}');
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(['api.test:443', 'api.test:8443']);
  });

  it('is kept alive: sequential calls need one CONNECT', async () => {
    const { agent, proxy, front } = await startProxiedApi();
    for (let turn = 0; turn < 10; turn++) await get(agent);
    expect(proxy.asked).toHaveLength(1);
    expect([proxy.connections.total, front.connections.total]).toEqual([1, 1]);
  });

  it.each([
    ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['102, 103 and 199', 'HTTP/1.1 102 Processing\r\nA: b\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.0 199 \r\n\r\n'],
  ])('is opened by a proxy that sends %s before its response', async (_what, interim) => {
    const { agent, proxy } = await startProxiedApi({ interim });
    expect(await get(agent)).toBe('{"host":"api.test"}');
    expect(proxy.asked).toHaveLength(1);
  });

  it('is replaced when the API has closed it', async () => {
    const { agent, proxy, front } = await startProxiedApi();
    await get(agent);
    await front.close();
    await expect.poll(() => proxy.connections.open).toBe(0);
    await expect(get(agent)).rejects.toThrow('closed the connection');
    expect(proxy.asked).toHaveLength(2);
  });

  it('is closed with the agent', async () => {
    const { agent, proxy, front } = await startProxiedApi();
    await get(agent);
    agent.destroy();
    await expect.poll(() => proxy.connections.open + front.connections.open).toBe(0);
  });

  it('carries TLS with the API: the proxy cannot read the traffic', async () => {
    const { agent, proxy } = await startProxiedApi();
    await get(agent, 'https://api.test/PLANTED-path');
    expect(proxy.tunnelled().length).toBeGreaterThan(500);
    expect(proxy.tunnelled()).not.toContain('PLANTED');
  });

  it.each([
    ['of a CA that is not trusted', { ca: '' }, 'https://api.test/', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['for another name', {}, 'https://stranger.test/', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('refuses a certificate %s', async (_what, options, url, code) => {
    const { agent, api } = await startProxiedApi(options);
    await expect(get(agent, url)).rejects.toMatchObject({ code });
    expect(api.connections.total === 0 || api.received() === '').toBe(true);
  });

  it('sends user and password to the proxy, not to the API', async () => {
    const { agent, proxy, api } = await startProxiedApi({ authorization: basic });
    await get(agent);
    expect(proxy.asked.map(({ authorization }) => authorization)).toEqual([basic]);
    expect(api.received().toLowerCase()).not.toContain('proxy-');
  });

  it('over TLS with the proxy uses the SNI of each peer', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { proxy, front } = await startProxiedApi();
    const proxyFront = await startTlsFront(`http://${proxy.host}`);
    const agent = agentFor(`https://localhost:${proxyFront.port}`);
    toClose.push(() => agent.destroy(), proxyFront.close);
    expect(await get(agent)).toBe('{"host":"api.test"}');
    expect([proxyFront.names, front.names]).toEqual([['localhost'], ['api.test']]);
  });

  it('sends the proxy only the CONNECT request', async () => {
    const { agent, proxy } = await startProxiedApi();
    await get(agent);
    expect(proxy.asked[0]?.headers).toEqual({ host: 'api.test:443', connection: 'keep-alive' });
  });
});

describe('HTTP client through a proxy', () => {
  async function startClient() {
    const setup = await startProxiedApi();
    const client = createHttpClient('test/1', readProxies({ HTTPS_PROXY: `http://${setup.proxy.host}` }));
    toClose.push(client.close);
    const send = (host = 'api.test', onSent?: () => void) =>
      client.send(
        { method: 'POST', url: `https://${host}/`, headers: {}, body: 'x'.repeat(100_000) },
        { timeoutMs: 5000, signal: new AbortController().signal, ca: testCa, ...(onSent && { onSent }) },
      );
    return { ...setup, send };
  }

  it('reuses a tunnel for the next call to the same host', async () => {
    const { send, proxy } = await startClient();
    for (let turn = 0; turn < 3; turn++) expect((await send()).status).toBe(200);
    expect(proxy.asked).toHaveLength(1);
  });

  it('reports a request as sent when it has left, not when its tunnel is requested', async () => {
    const { send, proxy, front } = await startClient();
    const seen: number[][] = [];
    await send('api.test', () => seen.push([proxy.asked.length, front.connections.total]));
    expect(seen).toEqual([[1, 1]]);
  });
});

const silent = () => serveTcp(() => undefined);
const respondWith = (text: string, open = false) =>
  serveTcp((socket) => {
    socket.write(text, 'latin1');
    if (!open) socket.end();
  });

const faults: [what: string, reason: Reason, pattern: RegExp, start: () => Promise<{ host: string }>][] = [
  ['is down', 'network', /cannot be reached.*ECONNREFUSED.*HTTPS_PROXY/, async () => new URL(await closedUrl())],
  ['requires another password', 'network', /HTTP status 407.*HTTPS_PROXY/, () => startRefusing()],
  [
    'does not allow the API',
    'network',
    /api\.test:443 \(HTTP status 403\)/,
    () => respondWith('HTTP/1.1 403 No\r\n\r\n'),
  ],
  [
    'cannot reach the API',
    'network',
    /HTTP status 502/,
    () => respondWith('HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n'),
  ],
  ['redirects', 'network', /HTTP status 302/, () => respondWith('HTTP/1.1 302 Go\r\nLocation: http://x/\r\n\r\n')],
  ['never responds', 'timeout', /no complete response from .* within 150 ms/, silent],
  [
    'sends an incomplete response',
    'timeout',
    /no complete response from .* within 150 ms/,
    () => respondWith('HTTP/1.1 200 OK\r\nX: ', true),
  ],
  [
    'hangs after its response',
    'timeout',
    /no complete response from .* within 150 ms/,
    () => respondWith('HTTP/1.1 200 OK\r\n\r\n', true),
  ],
  ['closes the connection', 'network', /closed the connection \(ECONNRESET\)/, () => respondWith('')],
  ['closes the tunnel at once', 'network', /no complete response/, () => respondWith('HTTP/1.1 200 OK\r\n\r\n')],
  [
    'does not speak HTTP',
    'network',
    /does not speak HTTP; check HTTPS_PROXY/,
    () => respondWith('SSH-2.0-OpenSSH_9.2\r\n'),
  ],
  [
    'sends endless interim responses',
    'network',
    /response headers of more than 16 KiB/,
    () => respondWith('HTTP/1.1 102 Processing\r\n\r\n'.repeat(10_000)),
  ],
  [
    'refuses after an interim response',
    'network',
    /HTTP status 403/,
    () => respondWith('HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 403 No\r\n\r\n'),
  ],
  ['switches the protocol', 'network', /HTTP status 101/, () => respondWith('HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n')],
  [
    'sends an endless header',
    'network',
    /response headers of more than 16 KiB/,
    () => respondWith(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1e6)}`),
  ],
  [
    'tunnels to a server without TLS',
    'network',
    /no complete response/,
    () => respondWith('HTTP/1.1 200 OK\r\n\r\nSSH-2.0\r\n', true),
  ],
];

async function startRefusing(): Promise<Listening> {
  const proxy = await startProxy(() => 1, 'another');
  toClose.push(proxy.close);
  return proxy;
}

describe('proxy that', () => {
  let client: HttpClient;

  it.each(faults)('%s makes the failure %s, which names it and no password', async (_what, reason, says, start) => {
    const proxy = (await start()) as { host: string; connections?: { open: number } };
    client = createHttpClient('test/1', readProxies({ HTTPS_PROXY: `http://user:${password}@${proxy.host}` }));
    toClose.push(client.close);
    const failure: unknown = await client
      .send(
        { method: 'POST', url: 'https://api.test/', headers: { Authorization: 'PLANTED-signature' }, body: '{}' },
        { timeoutMs: reason === 'timeout' ? 150 : 5000, signal: new AbortController().signal },
      )
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason, message: expect.stringMatching(says) as string });
    expect((failure as Failure).message).toContain(`the proxy ${proxy.host}`);
    const shown = inspect(failure, { depth: 20, showHidden: true });
    for (const secret of ['PLANTED', basic, basic.slice(6)]) expect(shown).not.toContain(secret);
    await expect.poll(() => proxy.connections?.open ?? 0).toBe(0);
  });
});
