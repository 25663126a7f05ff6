// How many connections the outbound client opens: kept alive, used again, and never more than the limit.
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import type { HttpClient, HttpResponse } from '../../src/model/provider.ts';
import { closeAll, type Loopback, serveHttp } from './loopback.ts';

let client: HttpClient;

// For a machine that has other things to do.

afterEach(async () => {
  client.close();
  await closeAll();
});

function limit(connections: number): void {
  client = createHttpClient('test/1', () => connections);
}

function send(server: Loopback): Promise<HttpResponse> {
  const signal = new AbortController().signal;
  return client.send({ method: 'GET', url: server.url, headers: {} }, { timeoutMs: 10_000, signal });
}

/** Sends to each at the same time. */
function sendAll(...servers: Loopback[]): Promise<HttpResponse[]> {
  const answers = Promise.all(servers.map((server) => send(server)));
  // Awaited at the end of a test; one that fails before must not fail a second time for what it left behind.
  answers.catch(() => undefined);
  return answers;
}

const quick = () => serveHttp((_request, response) => response.end('{}'));

/** A server that answers only when it is told to. */
async function patient(): Promise<Loopback & { held: ServerResponse[]; release: () => void }> {
  const held: ServerResponse[] = [];
  const server = await serveHttp((_request, response) => held.push(response));
  return Object.assign(server, { held, release: () => held.splice(0).forEach((response) => response.end('{}')) });
}

const open = (...servers: Loopback[]) => servers.reduce((sum, { connections }) => sum + connections.open, 0);

describe('a connection', () => {
  it('is kept and used again: sequential calls need one', async () => {
    limit(64);
    const server = await quick();
    for (let turn = 0; turn < 10; turn++) expect((await send(server)).status).toBe(200);
    expect(server.connections.total).toBe(1);
  });

  it('is used again after an answer that was an error', async () => {
    limit(64);
    const server = await serveHttp((_request, response) => response.writeHead(500).end('{}'));
    for (let turn = 0; turn < 3; turn++) await send(server);
    expect(server.connections.total).toBe(1);
  });

  it('that the server closed between two calls is replaced', async () => {
    limit(64);
    const server = await serveHttp((_request, response) => response.setHeader('Connection', 'close').end('{}'));
    for (let turn = 0; turn < 3; turn++) expect((await send(server)).status).toBe(200);
    expect(server.connections.total).toBe(3);
  });

  it('is closed by close()', async () => {
    limit(64);
    const server = await quick();
    await send(server);
    client.close();
    await expect.poll(() => server.connections.open).toBe(0);
  });
});

describe('the limit', () => {
  it('holds for one host: further calls wait', async () => {
    limit(2);
    const server = await patient();
    const answers = sendAll(...Array<Loopback>(6).fill(server));
    let served = 0;
    while (served < 6) {
      await expect.poll(() => server.held.length).toBe(2);
      expect(server.connections.open).toBe(2);
      served += server.held.length;
      server.release();
    }
    expect((await answers).map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(server.connections.total).toBe(2);
  });

  it('holds for two hosts in turn, with idle connections to both', async () => {
    limit(2);
    const [a, b] = [await quick(), await quick()];
    for (let turn = 0; turn < 4; turn++) {
      await send(a);
      await send(b);
    }
    expect(open(a, b)).toBe(2);
    expect(a.connections.total + b.connections.total).toBe(2);
  });

  it('closes an idle connection to make room for another host', async () => {
    limit(2);
    const [a, b, c] = [await quick(), await quick(), await quick()];
    for (const server of [a, b, c]) await send(server);
    expect(c.connections.open).toBe(1);
    await expect.poll(() => open(a, b, c)).toBe(2);
  });

  it('holds when both idle connections must make room at the same time', async () => {
    limit(2);
    const [a, b, c, d] = [await quick(), await quick(), await patient(), await patient()];
    await send(a);
    await send(b);
    const answers = sendAll(c, d);
    await expect.poll(() => c.held.length + d.held.length).toBe(2);
    await expect.poll(() => open(a, b, c, d)).toBe(2);
    c.release();
    d.release();
    await answers;
  });

  it('holds when two calls to new hosts leave while one connection is idle', async () => {
    limit(2);
    const [a, b, c] = [await quick(), await patient(), await patient()];
    await send(a);
    const answers = sendAll(b, c);
    await expect.poll(() => b.held.length + c.held.length).toBe(2);
    await expect.poll(() => open(a, b, c)).toBe(2);
    b.release();
    c.release();
    await answers;
  });

  it('holds when two calls to one host leave while each of two hosts has an idle connection', async () => {
    limit(2);
    const [a, b] = [await patient(), await quick()];
    const first = send(a);
    await expect.poll(() => a.held.length).toBe(1);
    a.release();
    await first;
    await send(b);
    const answers = sendAll(a, a);
    await expect.poll(() => a.held.length).toBe(2);
    await expect.poll(() => open(a, b)).toBe(2);
    a.release();
    await answers;
  });

  it('may grow while it runs', async () => {
    let connections = 1;
    client = createHttpClient('test/1', () => connections);
    const server = await patient();
    const first = sendAll(server);
    await expect.poll(() => server.held.length).toBe(1);
    connections = 2;
    const second = sendAll(server);
    await expect.poll(() => server.held.length).toBe(2);
    server.release();
    await Promise.all([first, second]);
  });
});
