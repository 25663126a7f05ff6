// An agent that opens TLS connections through a proxy: CONNECT, then TLS with the API itself (RFC 9110 section 9.3.6).
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { Failure } from '../model/failure.ts';
import type { FindProxy, Proxy } from './proxy.ts';

/**
 * An agent that keeps connections and tunnels alive.
 *
 * Not https-proxy-agent (read at 9.1.0): it reads the response of a proxy without a bound, does not close the connection
 * to a silent proxy when the request is aborted, and returns the refusal of a proxy as a response of the API.
 */
export function createTunnelAgent(findProxy: FindProxy, options: https.AgentOptions): https.Agent {
  const agent = new https.Agent(options);
  const connect = agent.createConnection.bind(agent) as (to: object) => Duplex;
  agent.createConnection = (to) => {
    const host = to.host?.includes(':') === true ? `[${to.host}]` : String(to.host);
    const target = new URL(`https://${host}:${to.port}`);
    const proxy = findProxy(target);
    return connect(proxy === undefined ? to : { ...to, socket: openTunnel(proxy, target) });
  };
  return agent;
}

/** A stream to the target; a write before the tunnel is open is sent then. Errors of the proxy are a Failure. */
function openTunnel({ url, authorization, variable }: Proxy, target: URL): Duplex {
  const authority = `${target.hostname}:${target.port || 443}`;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const connectRequest = (url.protocol === 'https:' ? https : http).request({
    host,
    // By default Node verifies the proxy's certificate against the Host header, which names the API.
    servername: isIP(host) === 0 ? host : '',
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: {
      Host: authority,
      // Without an agent Node sends "Connection: close", which some proxies apply to the tunnel.
      Connection: 'keep-alive',
      ...(authorization === undefined ? {} : { 'Proxy-Authorization': authorization }),
    },
    agent: false,
  });
  let upstream: Duplex | undefined;
  let waiting: (() => void) | undefined;
  const tunnel = new Duplex({
    allowHalfOpen: false,
    read: () => upstream?.resume(),
    write(chunk: Buffer, _encoding, callback) {
      if (upstream === undefined) waiting = () => upstream?.write(chunk, callback);
      else upstream.write(chunk, callback);
    },
    final(callback) {
      upstream?.end();
      callback();
    },
    destroy(error, callback) {
      connectRequest.destroy();
      upstream?.destroy();
      callback(error);
    },
  });
  const fail = (what: string) => tunnel.destroy(new Failure('network', `the proxy ${url.host} ${what}`));

  connectRequest.on('error', (error: NodeJS.ErrnoException) => fail(connectionFault(error, variable)));
  connectRequest.once('connect', ({ statusCode = 0 }, socket: Duplex, head: Buffer) => {
    socket.on('error', (error) => tunnel.destroy(error));
    if (tunnel.destroyed || statusCode < 200 || statusCode > 299) {
      socket.destroy();
      fail(refusal(statusCode, authority, variable));
      return;
    }
    upstream = socket;
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (chunk) => {
      if (!tunnel.push(chunk)) socket.pause();
    });
    socket.on('end', () => tunnel.push(null));
    socket.on('close', () => {
      if (!socket.readableEnded) tunnel.destroy();
    });
    waiting?.();
  });
  connectRequest.end();
  return tunnel;
}

function connectionFault({ code = 'connection closed' }: NodeJS.ErrnoException, variable: string): string {
  return code.startsWith('HPE_')
    ? `does not speak HTTP (${code}); check ${variable}`
    : `cannot be reached, or closed the connection (${code}); check ${variable}`;
}

function refusal(status: number, authority: string, variable: string): string {
  if (status === 407) return `requires a valid user and password (HTTP status 407); check those in ${variable}`;
  return `does not connect to ${authority} (HTTP status ${status}); allow it in the proxy, or add it to NO_PROXY`;
}
