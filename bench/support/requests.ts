// HTTP requests to a measured program that cost this process as little as possible.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Sends a request. @throws when the response has another status */
async function open(url: string, options: http.RequestOptions = {}, status = 200): Promise<http.IncomingMessage> {
  const [response] = (await once(http.request(url, options).end(), 'response')) as [http.IncomingMessage];
  if (response.statusCode !== status) throw new Error(`${url} answered ${response.statusCode}`);
  return response;
}

/** Requests a page and drops it. @param status the one that is expected */
export async function request(url: string, options: http.RequestOptions = {}, status = 200): Promise<void> {
  const response = await open(url, options, status);
  await once(response.resume(), 'end');
}

/** Requests a short page. */
export async function requestText(url: string, options: http.RequestOptions = {}): Promise<string> {
  return (await (await open(url, options)).setEncoding('utf8').toArray()).join('');
}

/** Long enough for a sweep of the largest fleet. */
const scrapeHeaders = { 'x-prometheus-scrape-timeout-seconds': '600' };

/** Scrapes as Prometheus does, compressed. */
export const scrape = (url: string) =>
  request(`${url}/metrics`, { headers: { ...scrapeHeaders, 'accept-encoding': 'gzip' } });

/** Writes an uncompressed exposition to a file. @param page of the exporter */
export async function saveExposition(url: string, path: string, page = '/metrics'): Promise<void> {
  await pipeline(await open(`${url}${page}`, { headers: scrapeHeaders }), createWriteStream(path));
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const pauseMs = 5;

/** Answers to a page that is requested again and again. */
export interface Answers {
  answers: number;
  /** Those that took longer than 100 ms. */
  late: number;
  longestMs: number;
}

const lateMs = 100;

/**
 * Requests a page again and again, from before its server listens.
 * @returns a function that stops, with the longest time in milliseconds between a request and its response
 */
export function poll(url: string): () => Promise<Answers> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const stopping = new AbortController();
  let longestMs = 0;
  let answers = 0;
  let late = 0;
  const polling = (async () => {
    while (!stopping.signal.aborted) {
      const start = performance.now();
      try {
        await request(url, { agent });
        const ms = performance.now() - start;
        longestMs = Math.max(longestMs, ms);
        if (ms > lateMs) late++;
        answers++;
      } catch (error) {
        if (answers > 0 || (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      }
      await wait(answers > 0 ? pauseMs : 1);
    }
  })();
  // Reported when it is stopped.
  polling.catch(() => undefined);
  return async () => {
    stopping.abort();
    await polling;
    agent.destroy();
    return { longestMs, answers, late };
  };
}
