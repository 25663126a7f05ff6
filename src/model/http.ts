// One HTTP exchange with an API, as providers and the HTTP client see it.

import { Failure } from './failure.ts';

/** One HTTP request, complete and signed. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Absolute, as `URL.href` writes it. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** One HTTP response, its body read whole and bounded. */
export interface HttpResponse {
  status: number;
  /** Names in lower case; repeated lines joined by ", ". */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/**
 * The server had closed the kept-alive connection: it sent no byte of a response. The request can be sent once more, on
 * a fresh connection (RFC 9112 section 9.3.1; every request here only reads).
 */
export class StaleConnection extends Failure {}

/** Calls `sendOnce`, and once more with `fresh` when the kept-alive connection had been closed. */
export async function resendIfStale(sendOnce: (fresh: boolean) => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await sendOnce(false);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return await sendOnce(true);
  }
}

/** How one HTTP exchange is bounded and observed. */
export interface SendOptions {
  /** Milliseconds from the start to the last byte read. */
  timeoutMs: number;
  /** Aborts the exchange, which then rejects with the reason of the signal. */
  signal: AbortSignal;
  /** Called when the last byte of the request has left this process. */
  onSent?: () => void;
  /** PEM certificates of the CAs to trust instead of those of the system. */
  ca?: string | undefined;
  /** Uses a new connection, not a kept-alive one. */
  fresh?: boolean;
}

/** Sends requests over kept-alive connections. */
export interface HttpClient {
  /** Loads what the first request needs; otherwise all requests that start meanwhile would continue at once. */
  prepare: () => Promise<void>;
  /** @throws {Failure} timeout, network (also as StaleConnection, unless `fresh`), bad_response */
  send: (request: HttpRequest, options: SendOptions) => Promise<HttpResponse>;
  close: () => void;
}

/**
 * Sends one HTTP request as soon as the rate limit of the action and the concurrency allow it.
 * `prepare` is called at that moment, so that a signature or a nonce is never older than its request.
 * @throws {Failure} timeout, network or bad_response
 */
export type Send = (prepare: () => HttpRequest) => Promise<HttpResponse>;
