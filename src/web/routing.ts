// What the express applications share: their settings, paths with their methods, and answers in plain text.
import type { ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Log } from '../model/log.ts';

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

/** Headers of every answer. */
export const ownHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** Sets the headers that are not there yet: those of the web configuration come first. */
export function setDefaults(response: ServerResponse, headers: typeof ownHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!response.hasHeader(name)) response.setHeader(name, value);
  }
}

/** Adds a path; another method is answered 405. */
export function serve(app: Express, path: string, methods: readonly string[], handler: Handler): void {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  app.all(path, async (request, response) => {
    if (allowed.includes(request.method)) return await handler(request, response);
    return say(response.set('Allow', allowed.join(', ')), 405, `use ${methods.join(' or ')}`);
  });
}

/** Answers what no path took, and what broke. */
export function serveRest(app: Express, paths: readonly string[], log: Log): void {
  app.use((_request, response) => say(response, 404, `not found; there are ${paths.join(', ')}`));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    const status = clientErrorStatus(error);
    if (status !== undefined) return say(response, status, 'bad request');
    log.error('a request broke; please report this', {
      path: request.path,
      stack: error instanceof Error ? error.stack : 'none',
    });
    return response.headersSent ? next(error) : say(response, 500, 'internal error; the log tells more');
  });
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
