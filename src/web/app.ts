// The HTTP surface: the metrics of all instances and of one, the targets, the status page, and the operational paths.
import type { Express, Request, Response } from 'express';
import type { Format } from '../metrics/encode.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { Log } from '../model/log.ts';
import type { BasePaths } from './base-path.ts';
import { type Readiness, serveHealth } from './health-app.ts';
import { type Html, textOf } from './html.ts';
import { instancePage } from './instance-page.ts';
import { acceptsGzip } from './negotiation.ts';
import { pageHeaders } from './page-parts.ts';
import { instancePath, probePath, sdPath } from './paths.ts';
import { createRouting, type Handler, queryOf, say, serve, serveHome, serveRest, setDefaults } from './routing.ts';
import { type ScrapeKind, type ScrapeSettings, scrapeHandler } from './scrape-handler.ts';
import { sendChunks } from './send-chunks.ts';
import type { StatusModel } from './status-model.ts';
import { statusPage } from './status-page.ts';
import { targetListHandler } from './target-list.ts';
import { probeKind } from './target-probe.ts';
import type { Targets } from './targets.ts';

/** Data and actions behind the paths. */
export interface AppOptions extends ScrapeSettings {
  base: BasePaths;
  /** Below the prefix. */
  telemetryPath: string;
  enableLifecycle: boolean;
  /** Updates all facts; returns at the signal at the latest. */
  sweep: (signal: AbortSignal) => Promise<void>;
  exposition: (format: Format) => Promise<Exposition>;
  targets: Targets;
  status: () => Omit<StatusModel, 'linkBase'>;
  readiness: Readiness;
  /** Reads the configuration again. @returns one line for each problem */
  reload: () => Promise<readonly string[]>;
  log: Log;
}

/** Builds the express application. */
export function createApp(options: AppOptions): Express {
  const { telemetryPath, targets, readiness, status, log } = options;
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
  serve(app, `${routePrefix}${telemetryPath}`, ['GET'], scrapeHandler(options, metricsKind(options)));
  serve(app, `${routePrefix}${probePath}`, ['GET'], scrapeHandler(options, probeKind(targets)));
  serve(app, `${routePrefix}${sdPath}`, ['GET'], targetListHandler(targets, options.base, options));
  serveHealth(app, readiness, routePrefix);
  serve(app, `${routePrefix}/-/reload`, ['POST', 'PUT'], reloadHandler(options));
  const paths = [telemetryPath, probePath, sdPath, '/', instancePath, '/-/healthy', '/-/ready', '/-/reload'];
  serveRest(
    app,
    paths.map((path) => `${routePrefix}${path}`),
    log,
  );
  return app;
}

async function sendPage(request: Request, response: Response, page: Html): Promise<void> {
  setDefaults(response, pageHeaders);
  response.type('html').vary('Accept-Encoding');
  await sendChunks(response, [textOf(page)], acceptsGzip(request.get('accept-encoding')));
}

function metricsKind({ sweep, exposition }: Pick<AppOptions, 'sweep' | 'exposition'>): ScrapeKind {
  return {
    subjectOf: () => '',
    async update(_query, signal) {
      await sweep(signal);
      return { exposition };
    },
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
