// Connections to a name with several addresses: slow and dead ones beside each other, errors, and no socket left open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type NetConnectOpts, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import { createConnect } from '../../src/http/connect.ts';
import { readProxies } from '../../src/http/proxy.ts';
import type { Connect } from '../../src/model/connect.ts';
import { Failure } from '../../src/model/failure.ts';
import { startProxy, startTlsFront, testCa } from '../support/proxy.ts';
import { closeAll, closedUrl, serveHttp } from './loopback.ts';

let toClose: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(toClose.map((close) => close()));
  toClose = [];
  await closeAll();
});

/** Every socket that this process opens to the port, from now on. */
function watchSockets(port: number, onOpen: (count: number) => void = () => undefined): Socket[] {
  const sockets: Socket[] = [];
  const connect = net.connect.bind(net) as (options: NetConnectOpts) => Socket;
  vi.spyOn(net, 'connect').mockImplementation(((options: NetConnectOpts) => {
    const socket = connect(options);
    if ('port' in options && options.port === port) onOpen(sockets.push(socket));
    return socket;
  }) as typeof net.connect);
  return sockets;
}

const slowServer = `
  const server = require('node:http').createServer((request, response) => response.end('slow'));
  server.listen({ port: 0, host: '127.0.0.2', backlog: 1 }, () => process.send(server.address().port));
`;

/** An HTTP server on 127.0.0.2 that accepts no connection until `wake` is called: it is stopped, its backlog full. */
async function startSlow(): Promise<{ port: number; wake: () => void }> {
  const child = spawn(process.execPath, ['-e', slowServer], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  toClose.push(() => child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  child.kill('SIGSTOP');
  const sockets = Array.from({ length: 8 }, () => net.connect(port, '127.0.0.2').on('error', () => undefined));
  toClose.push(() => sockets.forEach((socket) => void socket.destroy()));
  await once(sockets[0] as Socket, 'connect');
  return { port, wake: () => void child.kill('SIGCONT') };
}

const lookupOf = (addresses: readonly string[]) => () => Promise.resolve(addresses);

function clientOf(addresses: readonly string[], proxy?: string) {
  const findProxy = proxy === undefined ? undefined : readProxies({ HTTPS_PROXY: proxy });
  const client = createHttpClient('test/1', findProxy, lookupOf(addresses));
  toClose.push(client.close);
  return (url: string, signal = new AbortController().signal, timeoutMs = 20_000) =>
    client.send({ method: 'GET', url, headers: {} }, { timeoutMs, signal, ca: testCa });
}

describe('a name with several addresses', () => {
  it('is reached by a slow address although the other one is dead', async () => {
    const { port, wake } = await startSlow();
    // The dead one is tried when the slow one has not connected yet, which goes on.
    const sockets = watchSockets(port, (count) => count === 2 && wake());
    const { body } = await clientOf(['127.0.0.2', '127.0.0.3'])(`http://api.test:${port}/`);
    expect(Buffer.from(body).toString()).toBe('slow');
    expect(sockets).toHaveLength(2);
  });

  it('is reached by the second address while the first one does not answer, and leaves one socket', async () => {
    const { port } = await startSlow();
    const server = await serveHttp((_request, response) => response.end('{}'), {}, port);
    const sockets = watchSockets(port);
    expect((await clientOf(['127.0.0.2', '127.0.0.1'])(server.url.replace('127.0.0.1', 'api.test'))).status).toBe(200);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });

  it('is tried at the next address at once when one refuses', async () => {
    const server = await serveHttp((_request, response) => response.end('{}'));
    const addresses = ['127.0.0.2', '127.0.0.3', '::1', '127.0.0.4', '127.0.0.1'];
    expect((await clientOf(addresses)(server.url.replace('127.0.0.1', 'api.test'))).status).toBe(200);
    expect(server.connections.total).toBe(1);
  });

  it('is greeted by its name over TLS', async () => {
    const api = await serveHttp((_request, response) => response.end('{}'));
    const front = await startTlsFront(api.url);
    toClose.push(front.close);
    expect((await clientOf(['127.0.0.2', '127.0.0.1'])(`https://api.test:${front.port}/`)).status).toBe(200);
    expect(front.names).toEqual(['api.test']);
  });

  it('can be a proxy', async () => {
    const api = await serveHttp((_request, response) => response.end('{}'));
    const front = await startTlsFront(api.url);
    const proxy = await startProxy(() => front.port);
    toClose.push(front.close, proxy.close);
    const send = clientOf(['127.0.0.2', '127.0.0.1'], `http://proxy.test:${proxy.port}`);
    expect((await send('https://api.test/')).status).toBe(200);
  });

  it('that all refuse: the message has each address and its error, at most four', async () => {
    const { port } = new URL(await closedUrl());
    const failed = async (count: number) => {
      const addresses = Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`);
      return clientOf(addresses)(`http://api.test:${port}/`).catch((error: unknown) => error);
    };
    const message = `no connection to api.test:${port} (127.0.0.1: ECONNREFUSED, 127.0.0.2: ECONNREFUSED)`;
    const failure = await failed(2);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'network', message });
    expect(((await failed(9)) as Failure).message).toMatch(/127\.0\.0\.4: ECONNREFUSED, and 5 more\)$/);
  });
});

describe('a connection that is given up', () => {
  it('by the timeout closes all attempts, and the message names the addresses', async () => {
    const { port } = await startSlow();
    const sockets = watchSockets(port);
    const failure: unknown = await clientOf(['127.0.0.2', '127.0.0.2'])(
      `http://api.test:${port}/`,
      undefined,
      600,
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'timeout', message: expect.stringContaining('127.0.0.2') as string });
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('by the caller closes all attempts', async () => {
    const { port } = await startSlow();
    const abort = new AbortController();
    const reason = new Error('shutting down');
    const sockets = watchSockets(port, (count) => count === 2 && setImmediate(() => abort.abort(reason)));
    const sent = clientOf(['127.0.0.2', '127.0.0.2', '127.0.0.2'])(`http://api.test:${port}/`, abort.signal);
    await expect(sent).rejects.toBe(reason);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('during the look-up opens no socket', async () => {
    const { port } = new URL(await closedUrl());
    const abort = new AbortController();
    const sockets = watchSockets(Number(port));
    const connect: Connect = createConnect(() => {
      abort.abort(new Error('too late'));
      return Promise.resolve(['127.0.0.1']);
    });
    await expect(connect({ host: 'api.test', port: Number(port) }, { signal: abort.signal })).rejects.toThrow(
      'too late',
    );
    expect(sockets).toEqual([]);
  });

  it('does not wait for a look-up that hangs', async () => {
    const abort = new AbortController();
    const connect = createConnect(() => {
      queueMicrotask(() => abort.abort(new Error('too late')));
      return new Promise(() => undefined);
    });
    await expect(connect({ host: 'api.test', port: 1 }, { signal: abort.signal })).rejects.toThrow('too late');
  });
});
