// The HTTP surface: /metrics, the status page, and the operational paths.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { startDeadline } from '../core/deadline.ts';
import type { Log } from '../core/log.ts';
import type { Format } from '../metrics/exporter-metrics.ts';
import { acceptsGzip, chooseFormat } from './negotiation.ts';
import { scrapeDeadlineMs } from './scrape-deadline.ts';
import { renderStatusPage, type StatusModel, statusPageHeaders } from './status-page.ts';

/** What the surface shows and starts. */
export interface AppOptions {
  telemetryPath: string;
  /** Scrapes at a time; 0 = no limit. */
  maxRequests: number;
  enableLifecycle: boolean;
  timeoutOffsetMs: number;
  /** Brings the facts up to date, until the signal at the latest. */
  sweep: (signal: AbortSignal) => Promise<void>;
  exposition: (format: Format) => Promise<{ body: string; contentType: string }>;
  status: () => StatusModel;
  /** Checks that have ended at least once, and all of them. */
  readiness: () => { ready: boolean; ended: number; configured: number };
  /** Reads the configuration again. @returns one line for each thing that is wrong with it */
  reload: () => Promise<readonly string[]>;
  /** Ends the wait of scrapes that are under way. */
  stopping: AbortSignal;
  log: Log;
}

const compress = promisify(gzip);

/** Builds the express application. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use((_request, response, next) => {
    response.set({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    next();
  });

  serve(app, options.telemetryPath, ['GET'], metricsHandler(options));
  serve(app, '/', ['GET'], (_request, response) => {
    response.set(statusPageHeaders).type('html').send(renderStatusPage(options.status()));
  });
  serve(app, '/-/healthy', ['GET'], (_request, response) => say(response, 200, 'healthy'));
  serve(app, '/-/ready', ['GET'], (_request, response) => {
    const { ready, ended, configured } = options.readiness();
    say(response, ready ? 200 : 503, ready ? 'ready' : `not ready: ${ended} of ${configured} checks have ended once`);
  });
  serve(app, '/-/reload', ['POST', 'PUT'], reloadHandler(options));

  app.use((_request, response) =>
    say(response, 404, `not found; there are ${options.telemetryPath}, /, /-/healthy, /-/ready, /-/reload`),
  );
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    const status = clientErrorStatus(error);
    if (status !== undefined) return say(response, status, 'bad request');
    options.log.error('a request broke; please report this', {
      path: request.path,
      stack: error instanceof Error ? error.stack : 'none',
    });
    return response.headersSent ? next(error) : say(response, 500, 'internal error; the log tells more');
  });
  return app;
}

type Handler = (request: Request, response: Response) => void | Promise<void>;

function serve(app: Express, path: string, methods: readonly string[], handler: Handler): void {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  app.all(path, async (request, response) => {
    if (allowed.includes(request.method)) return await handler(request, response);
    return say(response.set('Allow', allowed.join(', ')), 405, `use ${methods.join(' or ')}`);
  });
}

function metricsHandler({ maxRequests, timeoutOffsetMs, sweep, exposition, stopping }: AppOptions): Handler {
  let underWay = 0;
  return async (request, response) => {
    if (maxRequests > 0 && underWay >= maxRequests) {
      say(response, 503, `Limit of concurrent requests reached (${maxRequests}), try again later.`);
      return;
    }
    underWay++;
    try {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const deadlineMs = scrapeDeadlineMs(request.get('x-prometheus-scrape-timeout-seconds'), timeoutOffsetMs);
      const deadline = startDeadline(deadlineMs, [gone.signal, stopping]);
      await sweep(deadline.signal).finally(deadline.clear);
      if (response.closed) return;
      const { body, contentType } = await exposition(chooseFormat(request.get('accept')));
      response.set({ 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' });
      if (!acceptsGzip(request.get('accept-encoding'))) {
        response.end(body);
        return;
      }
      response.set('Content-Encoding', 'gzip').end(await compress(body));
    } finally {
      underWay--;
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
    else say(response, 500, `not reloaded, the last good configuration stays in force:\n${problems.join('\n')}`);
  };
}

function say(response: Response, status: number, text: string): void {
  response.status(status).type('text/plain').send(`${text}\n`);
}

/** The status of an error that the client caused, such as a path that cannot be decoded. */
function clientErrorStatus(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
