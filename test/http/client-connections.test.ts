// The connections of the outbound client: keep-alive, reuse, replacement, closing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import type { HttpClient, HttpResponse } from '../../src/model/http.ts';
import { closeAll, type Loopback, serveHttp } from './loopback.ts';

let client: HttpClient;

// For a machine that has other things to do.

beforeEach(() => {
  client = createHttpClient('test/1');
});

afterEach(async () => {
  client.close();
  await closeAll();
});

function send(server: Loopback): Promise<HttpResponse> {
  const signal = new AbortController().signal;
  return client.send({ method: 'GET', url: server.url, headers: {} }, { timeoutMs: 10_000, signal });
}

const quick = () => serveHttp((_request, response) => response.end('{}'));

describe('HTTP client connections', () => {
  it('sequential calls share one connection', async () => {
    const server = await quick();
    for (let turn = 0; turn < 10; turn++) expect((await send(server)).status).toBe(200);
    expect(server.connections.total).toBe(1);
  });

  it('a connection is reused after an error response', async () => {
    const server = await serveHttp((_request, response) => response.writeHead(500).end('{}'));
    for (let turn = 0; turn < 3; turn++) await send(server);
    expect(server.connections.total).toBe(1);
  });

  it('a connection that the server closed between two calls is replaced', async () => {
    const server = await serveHttp((_request, response) => response.setHeader('Connection', 'close').end('{}'));
    for (let turn = 0; turn < 3; turn++) expect((await send(server)).status).toBe(200);
    expect(server.connections.total).toBe(3);
  });

  it('close() closes idle connections', async () => {
    const server = await quick();
    await send(server);
    client.close();
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('is kept for further calls only up to 64 for each host', async () => {
    const server = await quick();
    await Promise.all(Array.from({ length: 80 }, () => send(server)));
    await expect.poll(() => server.connections.open).toBeLessThanOrEqual(64);
  });
});
