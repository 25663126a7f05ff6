// Protects every path: rate limit, configured headers and users, in the order of Prometheus' exporter-toolkit.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Log } from '../model/log.ts';
import type { WebConfig } from '../web-config/web-config.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import type { PasswordCheck } from './password-check.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { ownHeaders, setDefaults } from './routing.ts';

/** Dependencies of the guard. */
export interface GuardOptions {
  /** The current configuration. Never rejects. */
  latest: () => Promise<Pick<WebConfig, 'headers' | 'users'>>;
  limiter: RateLimiter;
  passwords: PasswordCheck;
  log: Log;
}

/** Wraps the application: rejected requests do not reach it. */
export function createGuard(options: GuardOptions, app: RequestListener): RequestListener {
  return (request, response) => {
    void admit(options, request, response)
      .catch((error: unknown) => {
        options.log.error('request could not be checked and was rejected', {
          error: error instanceof Error ? error.message : 'unknown',
        });
        refuse(response, 503, { 'Retry-After': '1' });
        return false;
      })
      .then((admitted) => {
        if (admitted && !response.destroyed) app(request, response);
      });
  };
}

/** @returns false when the request was rejected with a response */
async function admit(
  { latest, limiter, passwords }: GuardOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { headers, users } = await latest();
  const waitMs = limiter();
  if (waitMs !== undefined) {
    return refuse(response, 429, Number.isFinite(waitMs) ? { 'Retry-After': `${Math.ceil(waitMs / 1000)}` } : {});
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (users.size === 0) return true;

  const credentials = parseBasicCredentials(request.headers.authorization);
  const accepted = credentials === undefined ? false : await passwords(credentials, users);
  if (accepted === undefined) return refuse(response, 503, { 'Retry-After': '1' });
  return accepted || refuse(response, 401, { 'WWW-Authenticate': 'Basic' });
}

const texts = {
  401: 'Unauthorized',
  429: 'Too Many Requests',
  503: 'Passwords cannot be compared now, try again later.',
} as const;

function refuse(response: ServerResponse, status: keyof typeof texts, headers: Record<string, string>): false {
  setDefaults(response, { 'Content-Type': 'text/plain; charset=utf-8', ...headers, ...ownHeaders });
  response.statusCode = status;
  response.end(`${texts[status]}\n`);
  return false;
}
