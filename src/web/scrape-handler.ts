// Answers a scrape, of all instances or of one: limit, deadline, format and compression.
import { performance } from 'node:perf_hooks';
import type { Request, Response } from 'express';
import type { Format } from '../metrics/encode.ts';
import type { Exposition, ShortExposition } from '../metrics/exposition.ts';
import { startDeadline } from '../model/deadline.ts';
import { acceptsGzip, chooseFormat } from './negotiation.ts';
import { createRequestLimit } from './request-limit.ts';
import { type Handler, queryOf, say } from './routing.ts';
import { scrapeDeadlineMs } from './scrape-deadline.ts';
import { sendChunks } from './send-chunks.ts';

/** What all scrapes have in common. */
export interface ScrapeSettings {
  /** Concurrent scrapes of the same; 0 = no limit. */
  maxRequests: number;
  timeoutOffsetMs: number;
  /** Aborted at shutdown: scrapes in progress are answered at once. */
  stopping: AbortSignal;
}

/** One kind of scrape. */
export interface ScrapeKind {
  /** What the query names: the limit of requests holds for each. */
  subjectOf: (query: URLSearchParams) => string;
  /** Updates the facts; returns at the signal at the latest. */
  update: (query: URLSearchParams, signal: AbortSignal) => Promise<Scraped>;
}

/** The exposition, or why there is none. */
export type Scraped = { exposition: (format: Format) => Promise<Exposition | ShortExposition> } | Refusal;

/** An answer without metrics. */
export interface Refusal {
  status: 400 | 404 | 503;
  problem: string;
}

/** The handler of a path. */
export function scrapeHandler(
  { maxRequests, timeoutOffsetMs, stopping }: ScrapeSettings,
  { subjectOf, update }: ScrapeKind,
): Handler {
  const limit = createRequestLimit(maxRequests);
  let writingMs = 0;
  return async (request, response) => {
    const query = queryOf(request);
    const finished = limit(subjectOf(query));
    if (finished === undefined) return sayTooMany(response, maxRequests);
    try {
      const announced = request.get('x-prometheus-scrape-timeout-seconds');
      const deadlineMs = scrapeDeadlineMs(announced, timeoutOffsetMs, writingMs);
      const scraped = await withDeadline(response, deadlineMs, stopping, (signal) => update(query, signal));
      if (response.closed) return;
      if ('status' in scraped) return say(response, scraped.status, scraped.problem);
      const startedAt = performance.now();
      await sendExposition(request, response, scraped.exposition);
      writingMs = performance.now() - startedAt;
    } finally {
      finished();
    }
  };
}

/** The answer to a request above a limit. */
export function sayTooMany(response: Response, maxRequests: number): void {
  say(response, 503, `Limit of concurrent requests reached (${maxRequests}), try again later.`);
}

/** Work that stops at a deadline, at shutdown, or when the client has disconnected. @param ms milliseconds */
export async function withDeadline<T>(
  response: Response,
  ms: number,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  const deadline = startDeadline(ms, [gone.signal, stopping]);
  try {
    return await work(deadline.signal);
  } finally {
    deadline.clear();
    response.off('close', leave);
  }
}

async function sendExposition(
  request: Request,
  response: Response,
  exposition: (format: Format) => Promise<Exposition | ShortExposition>,
): Promise<void> {
  const { chunks, contentType } = await exposition(chooseFormat(request.get('accept')));
  response.set({ 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' });
  await sendChunks(response, chunks, acceptsGzip(request.get('accept-encoding')));
}
