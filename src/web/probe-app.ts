// Health and readiness, on the main listener and on one of their own without authentication.
import type { Express } from 'express';
import type { Log } from '../model/log.ts';
import { createRouting, say, serve, serveRest } from './routing.ts';

/** Checks that have finished at least once, and all of them. */
export type Readiness = () => { ready: boolean; finished: number; configured: number };

/** An application with the two probes only. */
export function createProbeApp(readiness: Readiness, log: Log): Express {
  const app = createRouting();
  serveProbes(app, readiness);
  serveRest(app, ['/-/healthy', '/-/ready'], log);
  return app;
}

/** Adds /-/healthy and /-/ready. */
export function serveProbes(app: Express, readiness: Readiness): void {
  serve(app, '/-/healthy', ['GET'], (_request, response) => say(response, 200, 'healthy'));
  serve(app, '/-/ready', ['GET'], (_request, response) => {
    const { ready, finished, configured } = readiness();
    say(
      response,
      ready ? 200 : 503,
      ready ? 'ready' : `not ready: ${finished} of ${configured} checks have finished once`,
    );
  });
}
