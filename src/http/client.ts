// The outbound HTTP client on axios: keep-alive, proxies, one deadline per exchange, bounded bodies, no redirects.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import type { AxiosError, AxiosInstance } from 'axios';
import { Failure } from '../model/failure.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../model/http.ts';
import type { FindProxy } from './proxy.ts';
import { createTunnelAgent } from './tunnel.ts';

/** Largest response that is read, in bytes. Real ones have a few kilobytes. */
export const maxBodyBytes = 1024 * 1024;

/** The queue bounds busy connections; these bound the idle ones of each host, which outlive a usual scrape interval. */
const keepAlive = { keepAlive: true, maxFreeSockets: 64, timeout: 180_000 };

/**
 * Creates a client that keeps connections alive and closes them after three minutes without use.
 *
 * Uses only the request and the errors of axios. The rest is turned off, because an exporter must not follow a redirect
 * with a credential, unpack a response of unknown size, or read one without a bound.
 * @param findProxy the proxy for a URL
 */
export function createHttpClient(userAgent: string, findProxy: FindProxy = () => undefined): HttpClient {
  const httpAgent = new http.Agent(keepAlive);
  const httpsAgent = createTunnelAgent(findProxy, keepAlive);
  let client: Promise<AxiosInstance> | undefined;

  function load(): Promise<AxiosInstance> {
    client ??= loadAxios({ httpAgent, httpsAgent }, userAgent).catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  }

  async function exchange(request: HttpRequest, onRequest: (sent: ClientRequest) => void): Promise<HttpResponse> {
    const { method, url, headers, body } = request;
    const start = url.startsWith('https:') ? https.request : http.request;
    const response = await (await load()).request<Readable>({
      method,
      url,
      headers: { ...headers },
      data: body,
      // Node's own transport follows no redirect, and reports when the request has been sent.
      transport: {
        request(options: RequestOptions, callback: (message: IncomingMessage) => void) {
          const sent = start(options, callback);
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

  return {
    prepare: async () => void (await load()),
    async send(request, { timeoutMs, signal, onSent = () => {} }) {
      const url = new URL(request.url);
      const proxy = findProxy(url);
      const where = proxy === undefined ? url.host : `${url.host} through the proxy ${proxy.url.host}`;
      const limit = limitExchange(timeoutMs, signal);
      try {
        const response = exchange(request, (sent) => limit.apply(sent.once('finish', onSent)));
        // Node destroys some requests without an error, such as those that are answered 101: these never settle.
        return await Promise.race([response, limit.reached]);
      } catch (error) {
        signal.throwIfAborted();
        if (limit.expired()) throw new Failure('timeout', `no complete response from ${where} within ${timeoutMs} ms`);
        throw error instanceof Failure ? error : toFailure(error, where);
      } finally {
        limit.clear();
      }
    },
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** Ends an exchange after `timeoutMs`, or when the signal is aborted: destroys the request, and with it the response. */
function limitExchange(timeoutMs: number, signal: AbortSignal) {
  signal.throwIfAborted();
  let request: ClientRequest | undefined;
  let expired = false;
  let ended = false;
  let reject: (error: Error) => void = () => undefined;
  const reached = new Promise<never>((_, rejectReached) => (reject = rejectReached));
  function end(): void {
    ended = true;
    const error = new Error('the exchange was ended');
    request?.destroy(error);
    reject(error);
  }
  const timer = setTimeout(() => {
    expired = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  return {
    apply(sent: ClientRequest) {
      request = sent;
      if (ended) end();
    },
    /** Rejects when the exchange is ended. */
    reached,
    expired: () => expired,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
}

/** Not imported above: loading axios takes longer than all else that the start of the program loads. */
async function loadAxios(agents: { httpAgent: http.Agent; httpsAgent: https.Agent }, userAgent: string) {
  const { create } = await import('axios');
  return create({
    ...agents,
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

/** What to do where a CA of one's own is not the answer. */
const certificateHelp: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired: check the clock of this machine, and who serves that endpoint',
  CERT_NOT_YET_VALID: 'it is not valid yet: check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name: check the endpoint',
};

/** An axios error holds the request with its Authorization header, so only its code is passed on. */
function toFailure(error: unknown, host: string): Failure {
  if (isAxiosError(error) && error.cause instanceof Failure) return error.cause;
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return new Failure('bad_response', `${host} does not speak HTTP (${code})`);
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code)) {
    const help = certificateHelp[code] ?? 'add your own CA, or that of an inspecting proxy, to NODE_EXTRA_CA_CERTS';
    return new Failure('network', `the certificate of ${host} is not trusted (${code}); ${help}`);
  }
  return new Failure('network', `no complete response from ${host} (${code})`);
}

function isAxiosError(error: unknown): error is AxiosError {
  return error instanceof Error && 'isAxiosError' in error;
}

function errorCode(error: unknown): string {
  const inner = isAxiosError(error) ? (error.cause ?? error) : error;
  // Happy Eyeballs tried several addresses, each with its own error.
  const first: unknown = inner instanceof AggregateError ? inner.errors[0] : inner;
  const code = (first as { code?: unknown }).code ?? (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'connection closed';
}
