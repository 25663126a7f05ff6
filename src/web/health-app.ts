// Health and readiness, on the main listener and on a separate one without authentication.
import type { Express } from 'express';
import type { Log } from '../model/log.ts';
import type { BasePaths } from './base-path.ts';
import { createRouting, say, serve, serveRest } from './routing.ts';

/** Checks that have finished at least once, and all of them. */
export type Readiness = () => { ready: boolean; finished: number; configured: number };

/** An application with the two probes only, at the root and below the prefix. */
export function createHealthApp(
  readiness: Readiness,
  { routePrefix }: Pick<BasePaths, 'routePrefix'>,
  log: Log,
): Express {
  const app = createRouting();
  for (const prefix of new Set(['', routePrefix])) serveHealth(app, readiness, prefix);
  serveRest(app, ['/-/healthy', '/-/ready'], log);
  return app;
}

/** Adds /-/healthy and /-/ready below a prefix. */
export function serveHealth(app: Express, readiness: Readiness, prefix: string): void {
  serve(app, `${prefix}/-/healthy`, ['GET'], (_request, response) => say(response, 200, 'healthy'));
  serve(app, `${prefix}/-/ready`, ['GET'], (_request, response) => {
    const { ready, finished, configured } = readiness();
    say(
      response,
      ready ? 200 : 503,
      ready ? 'ready' : `not ready: ${finished} of ${configured} checks and lists have finished once`,
    );
  });
}
