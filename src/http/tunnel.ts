// Opens tunnels through a proxy: CONNECT, then the bytes of the connection with the API (RFC 9110 section 9.3.6).
import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import type { Attempt, Connect } from '../model/connect.ts';
import { Failure } from '../model/failure.ts';
import type { Proxy } from './proxy.ts';

/** Largest response head of a proxy that is read, in bytes, with all interim responses. */
const maxHeadBytes = 16 * 1024;

/**
 * A connection to the target through the proxy.
 *
 * Not https-proxy-agent (read at 9.1.0): it reads the response of a proxy without a bound, does not close the connection
 * to a silent proxy when the request is aborted, and returns the refusal of a proxy as a response of the API. Not
 * http.request either: it takes an interim response for the response to CONNECT.
 * @throws {Failure} network
 */
export async function openTunnel(proxy: Proxy, target: URL, connect: Connect, attempt: Attempt): Promise<Socket> {
  const authority = `${target.hostname}:${target.port || 443}`;
  const name = `the proxy ${proxy.url.host}`;
  const check = `check ${proxy.variable}`;
  const fail = (what: string) => new Failure('network', `${name} ${what}`);
  const socket = await connectToProxy(proxy.url, connect, attempt).catch((error: unknown) => {
    attempt.signal.throwIfAborted();
    const { message } = error as Error;
    const code = (error as NodeJS.ErrnoException).code ?? 'connection closed';
    throw fail(`cannot be reached: ${error instanceof Failure ? message : code}; ${check}`);
  });
  attempt.waitingFor = `${name} to connect to ${authority}`;
  const close = () => socket.destroy();
  attempt.signal.addEventListener('abort', close, { once: true });
  try {
    const response = readStatus(socket);
    socket.write(connectRequest(authority, proxy.authorization), 'latin1');
    const status = await response;
    if (typeof status === 'string') throw fail(`${status}; ${check}`);
    if (status < 200 || status > 299) throw fail(refusal(status, authority, proxy.variable));
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    attempt.signal.removeEventListener('abort', close);
  }
  attempt.waitingFor = undefined;
  return socket;
}

async function connectToProxy(url: URL, connect: Connect, attempt: Attempt): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const socket = await connect({ host, port: Number(url.port || (isTls ? 443 : 80)) }, attempt);
  if (!isTls) return socket;
  attempt.waitingFor = `TLS with the proxy ${url.host}`;
  const secured = tls.connect({ socket, host, servername: isIP(host) === 0 ? host : '' });
  try {
    await once(secured, 'secureConnect', { signal: attempt.signal });
    return secured;
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

function connectRequest(authority: string, authorization: string | undefined): string {
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    'Connection: keep-alive',
    ...(authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The status of the response to CONNECT, after any interim ones, or what is wrong with it. */
function readStatus(socket: Socket): Promise<number | string> {
  return new Promise((resolve) => {
    let text = '';
    let size = 0;
    function end(result: number | string, rest = ''): void {
      socket.off('data', onData).off('error', onError).off('close', onClose).off('end', onClose);
      // Before the rest is put back, which would otherwise be lost.
      socket.pause();
      if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
      resolve(result);
    }
    function onData(chunk: Buffer): void {
      text += chunk.toString('latin1');
      size += chunk.length;
      for (;;) {
        const head = /^HTTP\/1\.\d (\d{3})(?:[ \r][^\n]*)?\n(?:[^\r\n][^\n]*\n)*\r?\n/.exec(text);
        if (head === null) break;
        const status = Number(head[1]);
        const rest = text.slice(head[0].length);
        if (status >= 200 || status === 101) return end(status, rest);
        text = rest;
      }
      const hasStatus = text.length >= 'HTTP/1.1 200'.length || text.includes('\n');
      if (hasStatus && !/^HTTP\/1\.\d \d{3}/.test(text)) return end('does not speak HTTP');
      if (size > maxHeadBytes) end(`sent response headers of more than ${maxHeadBytes / 1024} KiB`);
    }
    const onError = ({ code = 'unknown error' }: NodeJS.ErrnoException) => end(`closed the connection (${code})`);
    const onClose = () => end('closed the connection (ECONNRESET)');
    socket.on('data', onData).on('error', onError).on('close', onClose).on('end', onClose);
  });
}

function refusal(status: number, authority: string, variable: string): string {
  if (status === 407) return `requires a valid user and password (HTTP status 407); check those in ${variable}`;
  return `does not connect to ${authority} (HTTP status ${status}); allow it in the proxy, or add it to NO_PROXY`;
}
