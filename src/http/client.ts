// The outbound HTTP client on axios: keep-alive, proxies, one deadline per exchange, bounded bodies, no redirects.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import type { AxiosInstance } from 'axios';
import { type Attempt, timeoutFailure } from '../model/connect.ts';
import { Failure } from '../model/failure.ts';
import { type HttpClient, type HttpRequest, type HttpResponse, StaleConnection } from '../model/http.ts';
import { type Agents, type AttemptOption, createAgentPool } from './agents.ts';
import { createConnect } from './connect.ts';
import { errorCode, toFailure } from './exchange-failure.ts';
import { createLookup, type Lookup } from './lookup.ts';
import type { FindProxy } from './proxy.ts';

/** Largest response that is read, in bytes. Real ones have a few kilobytes. */
export const maxBodyBytes = 1024 * 1024;

/**
 * Creates a client that keeps connections alive and closes them after three minutes without use.
 *
 * Uses only the request and the errors of axios. The rest is turned off, because an exporter must not follow a redirect
 * with a credential, unpack a response of unknown size, or read one without a bound.
 * @param findProxy the proxy for a URL @param lookup finds the addresses of a host
 * @param directLookup the same, of a host that is reached without a proxy
 */
export function createHttpClient(
  userAgent: string,
  findProxy: FindProxy = () => undefined,
  lookup: Lookup = createLookup(),
  directLookup = lookup,
): HttpClient {
  const pool = createAgentPool(findProxy, createConnect(directLookup), createConnect(lookup));
  let client: Promise<AxiosInstance> | undefined;

  function load(): Promise<AxiosInstance> {
    client ??= loadAxios(userAgent).catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  }

  return {
    prepare: async () => void (await load()),
    async send(request, options) {
      const { timeoutMs, signal } = options;
      const url = new URL(request.url);
      const proxy = findProxy(url);
      const where = proxy === undefined ? url.host : `${url.host} through the proxy ${proxy.url.host}`;
      const limit = limitExchange(timeoutMs, signal);
      let connection: Connection | undefined;
      try {
        const response = exchange(await load(), request, {
          agents: pool.agentsFor(options),
          attempt: limit.attempt,
          onRequest(sent) {
            connection = watchConnection(sent);
            limit.apply(sent, where);
            if (options.onSent !== undefined) sent.once('finish', options.onSent);
          },
        });
        // Node destroys some requests without an error, such as those that are answered 101: these never settle.
        return await Promise.race([response, limit.reached]);
      } catch (error) {
        signal.throwIfAborted();
        if (limit.expired()) throw timeoutFailure(where, timeoutMs, limit.attempt);
        if (error instanceof Failure) throw error;
        const failure = toFailure(error, where);
        throw connection?.wasStale(error) === true ? new StaleConnection('network', failure.message) : failure;
      } finally {
        limit.clear();
      }
    },
    close: pool.destroy,
  };
}

interface ExchangeOptions {
  agents: Agents;
  attempt: Attempt;
  onRequest: (sent: ClientRequest) => void;
}

async function exchange(
  axios: AxiosInstance,
  { method, url, headers, body }: HttpRequest,
  { agents, attempt, onRequest }: ExchangeOptions,
): Promise<HttpResponse> {
  const start = url.startsWith('https:') ? https.request : http.request;
  const response = await axios.request<Readable>({
    ...agents,
    method,
    url,
    headers: { ...headers },
    data: body,
    // Node's own transport follows no redirect, and reports when the request has been sent.
    transport: {
      request(options: RequestOptions, callback: (message: IncomingMessage) => void) {
        const forAgent: RequestOptions & AttemptOption = Object.assign(options, { attempt });
        const sent = start(forAgent, callback);
        onRequest(sent);
        return sent;
      },
    },
  });
  return {
    status: response.status,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: await readBody(response.data),
  };
}

interface Connection {
  /** Whether the request failed because the peer had closed a kept-alive connection: no byte of a response came. */
  wasStale: (error: unknown) => boolean;
}

function watchConnection(sent: ClientRequest): Connection {
  let bytesRead: () => number = () => 0;
  sent.once('socket', (socket) => {
    const before = socket.bytesRead;
    bytesRead = () => socket.bytesRead - before;
  });
  return {
    wasStale: (error) => sent.reusedSocket && bytesRead() === 0 && ['ECONNRESET', 'EPIPE'].includes(errorCode(error)),
  };
}

/** Ends an exchange after `timeoutMs`, or when the signal is aborted: destroys the request, and with it the response. */
function limitExchange(timeoutMs: number, signal: AbortSignal) {
  signal.throwIfAborted();
  let request: ClientRequest | undefined;
  let controller: AbortController | undefined;
  let ended: Error | undefined;
  let expired = false;
  let reject: (error: Error) => void = () => undefined;
  const reached = new Promise<never>((_, rejectReached) => (reject = rejectReached));
  reached.catch(() => undefined);
  const attempt: Attempt = {
    // Created for a new connection only: most requests use one that is kept alive.
    get signal() {
      controller ??= new AbortController();
      if (ended !== undefined) controller.abort(ended);
      return controller.signal;
    },
  };
  function end(error: Error): void {
    ended ??= error;
    reject(error);
    request?.destroy(error);
    controller?.abort(error);
  }
  const onAbort = () => end(new Error('the exchange was aborted'));
  const timer = setTimeout(() => {
    expired = true;
    end(new Error('the exchange took too long'));
  }, timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    attempt,
    apply(sent: ClientRequest, where: string) {
      request = sent;
      if (ended !== undefined) sent.destroy(ended);
      sent.once('upgrade', (_message, socket) => {
        socket.destroy();
        end(new Failure('bad_response', `${where} switches to another protocol (HTTP status 101)`));
      });
    },
    /** Rejects when the exchange is ended. */
    reached,
    expired: () => expired,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Not imported above: loading axios takes longer than all else that the start of the program loads. */
async function loadAxios(userAgent: string) {
  const { create } = await import('axios');
  return create({
    adapter: 'http',
    // The agent connects through proxies.
    proxy: false,
    // A compressed response could unpack to any size, and these are small.
    decompress: false,
    responseType: 'stream',
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
    headers: { 'User-Agent': userAgent, Accept: 'application/json', 'Accept-Encoding': 'identity' },
  });
}

function readBody(stream: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else stream.destroy(new Failure('bad_response', 'the response is larger than 1 MiB'));
    });
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
    stream.once('close', () => {
      if (!stream.readableEnded) reject(new Error('closed'));
    });
  });
}
