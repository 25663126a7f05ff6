// The HTTP surface: /metrics, the status page, and the operational paths.
import { performance } from 'node:perf_hooks';
import type { Express, Request, Response } from 'express';
import type { Format } from '../metrics/encode.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { startDeadline } from '../model/deadline.ts';
import type { Log } from '../model/log.ts';
import type { BasePaths } from './base-path.ts';
import { type Html, textOf } from './html.ts';
import { instancePage } from './instance-page.ts';
import { acceptsGzip, chooseFormat } from './negotiation.ts';
import { instancePath, pageHeaders } from './page-parts.ts';
import { type Readiness, serveProbes } from './probe-app.ts';
import { createRouting, type Handler, say, serve, serveHome, serveRest, setDefaults } from './routing.ts';
import { scrapeDeadlineMs } from './scrape-deadline.ts';
import { sendChunks } from './send-chunks.ts';
import type { StatusModel } from './status-model.ts';
import { statusPage } from './status-page.ts';

/** Data and actions behind the paths. */
export interface AppOptions {
  base: BasePaths;
  /** Below the prefix. */
  telemetryPath: string;
  /** Concurrent scrapes; 0 = no limit. */
  maxRequests: number;
  enableLifecycle: boolean;
  timeoutOffsetMs: number;
  /** Updates the facts; returns at the signal at the latest. */
  sweep: (signal: AbortSignal) => Promise<void>;
  exposition: (format: Format) => Promise<Exposition>;
  status: () => Omit<StatusModel, 'linkBase'>;
  readiness: Readiness;
  /** Reads the configuration again. @returns one line for each problem */
  reload: () => Promise<readonly string[]>;
  /** Aborted at shutdown: scrapes in progress are answered at once. */
  stopping: AbortSignal;
  log: Log;
}

/** Builds the express application. */
export function createApp(options: AppOptions): Express {
  const { telemetryPath, readiness, status, log } = options;
  const { routePrefix, linkBase } = options.base;
  const app = createRouting();
  const model = () => ({ ...status(), linkBase });
  serveHome(app, options.base, async (request, response) => {
    const { page, refreshSeconds } = await statusPage(model(), queryOf(request));
    if (refreshSeconds > 0) response.set('Refresh', String(refreshSeconds));
    await sendPage(request, response, page);
  });
  serve(app, `${routePrefix}${instancePath}`, ['GET'], async (request, response) => {
    const { status, page } = instancePage(model(), queryOf(request));
    await sendPage(request, response.status(status), page);
  });
  serve(app, `${routePrefix}${telemetryPath}`, ['GET'], metricsHandler(options));
  serveProbes(app, readiness, routePrefix);
  serve(app, `${routePrefix}/-/reload`, ['POST', 'PUT'], reloadHandler(options));
  const paths = [telemetryPath, '/', instancePath, '/-/healthy', '/-/ready', '/-/reload'];
  serveRest(
    app,
    paths.map((path) => `${routePrefix}${path}`),
    log,
  );
  return app;
}

function queryOf({ url }: Request): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at));
}

async function sendPage(request: Request, response: Response, page: Html): Promise<void> {
  setDefaults(response, pageHeaders);
  response.type('html').vary('Accept-Encoding');
  await sendChunks(response, [textOf(page)], acceptsGzip(request.get('accept-encoding')));
}

function metricsHandler({ maxRequests, timeoutOffsetMs, sweep, exposition, stopping }: AppOptions): Handler {
  let inProgress = 0;
  let writingMs = 0;
  return async (request, response) => {
    if (maxRequests > 0 && inProgress >= maxRequests) {
      say(response, 503, `Limit of concurrent requests reached (${maxRequests}), try again later.`);
      return;
    }
    inProgress++;
    try {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const announced = request.get('x-prometheus-scrape-timeout-seconds');
      const deadlineMs = scrapeDeadlineMs(announced, timeoutOffsetMs, writingMs);
      const deadline = startDeadline(deadlineMs, [gone.signal, stopping]);
      await sweep(deadline.signal).finally(deadline.clear);
      if (response.closed) return;
      const startedAt = performance.now();
      const { chunks, contentType } = await exposition(chooseFormat(request.get('accept')));
      response.set({ 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' });
      await sendChunks(response, chunks, acceptsGzip(request.get('accept-encoding')));
      writingMs = performance.now() - startedAt;
    } finally {
      inProgress--;
    }
  };
}

function reloadHandler({ enableLifecycle, reload }: AppOptions): Handler {
  return async (_request, response) => {
    if (!enableLifecycle) {
      say(response, 403, 'Lifecycle API is not enabled: start with --web.enable-lifecycle, or send SIGHUP.');
      return;
    }
    const problems = await reload();
    if (problems.length === 0) say(response, 200, 'reloaded');
    else say(response, 500, `not reloaded, keeping the last valid configuration:\n${problems.join('\n')}`);
  };
}
