// Health and readiness, on the main listener and on one of their own without authentication.
import type { Express } from 'express';
import type { Log } from '../model/log.ts';
import { createRouting, say, serve, serveRest } from './routing.ts';

/** `ended`: checks that have completed at least once; `configured`: all checks. */
export type Readiness = () => { ready: boolean; ended: number; configured: number };

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
    const { ready, ended, configured } = readiness();
    say(
      response,
      ready ? 200 : 503,
      ready ? 'ready' : `not ready: ${ended} of ${configured} checks have completed once`,
    );
  });
}
