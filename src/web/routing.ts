// Shared by the express applications: settings, paths with their methods, and plain-text responses.
import type { ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Log } from '../model/log.ts';
import type { BasePaths } from './base-path.ts';

/** Answers one request. */
export type Handler = (request: Request, response: Response) => void | Promise<void>;

/** An application without any path. */
export function createRouting(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use((_request, response, next) => {
    setDefaults(response, ownHeaders);
    next();
  });
  return app;
}

/** Headers of every response. */
export const ownHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** Sets missing headers: those of the web configuration take precedence. */
export function setDefaults(response: ServerResponse, headers: typeof ownHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!response.hasHeader(name)) response.setHeader(name, value);
  }
}

/**
 * Adds the page at the root of the prefix, to which `/` redirects, and the prefix without its slash. Where browsers see
 * another path, behind a proxy, that is the page itself: a redirect to the prefix would leave the proxy.
 */
export function serveHome(app: Express, { routePrefix, linkBase }: BasePaths, handler: Handler): void {
  const redirect: Handler = (request, response) => {
    response.redirect(`${routePrefix}/${new URL(request.url, 'http://localhost').search}`);
  };
  serve(app, `${routePrefix}/`, ['GET'], handler);
  if (routePrefix === '') return;
  serve(app, '/', ['GET'], redirect);
  serve(app, routePrefix, ['GET'], ['./', `${routePrefix}/`].includes(linkBase) ? redirect : handler);
}

/** Adds a path, character by character; another method is answered 405. */
export function serve(app: Express, path: string, methods: readonly string[], handler: Handler): void {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  app.all(literal(path), async (request, response) => {
    if (allowed.includes(request.method)) return await handler(request, response);
    return say(response.set('Allow', allowed.join(', ')), 405, `use ${methods.join(' or ')}`);
  });
}

/** A path in the syntax of express, where some characters have a meaning. */
function literal(path: string): string {
  return path.replaceAll(/[{}()[\]+?!:*\\]/g, String.raw`\$&`);
}

/** Responds to unknown paths and to errors. */
export function serveRest(app: Express, paths: readonly string[], log: Log): void {
  app.use((_request, response) => say(response, 404, `not found; available: ${paths.join(', ')}`));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    const status = clientErrorStatus(error);
    if (status !== undefined) return say(response, status, 'bad request');
    log.error('request failed; please report this', {
      path: request.path,
      stack: error instanceof Error ? error.stack : 'none',
    });
    return response.headersSent ? next(error) : say(response, 500, 'internal error; see the log');
  });
}

/** The query of a request. */
export function queryOf({ url }: Request): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at));
}

/** One line of text, or more. */
export function say(response: Response, status: number, text: string): void {
  response.status(status).type('text/plain').send(`${text}\n`);
}

/** The status of an error that the client caused, such as a path that cannot be decoded. */
function clientErrorStatus(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
