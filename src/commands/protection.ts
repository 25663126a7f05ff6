// Adds what the web configuration enables in front of the application: TLS, rate limit, headers, users.
import type { RequestListener } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Log } from '../model/log.ts';
import { createBcrypt } from '../web/bcrypt.ts';
import { createGuard } from '../web/guard.ts';
import type { Listener } from '../web/listen.ts';
import { createPasswordCheck } from '../web/password-check.ts';
import { createRateLimiter } from '../web/rate-limiter.ts';
import { addTls } from '../web/tls-gate.ts';
import type { WebConfigSource } from '../web-config/web-config-source.ts';

/** The handler and encryption of the listener. Logs what is enabled; without a web configuration nothing is. */
export function protect(
  app: RequestListener,
  source: WebConfigSource | undefined,
  log: Log,
): Pick<Listener, 'handler' | 'encrypt'> {
  if (source === undefined) return { handler: app };
  const { tls, users, rateLimit } = source.current();
  log.info('web configuration', {
    tls: tls !== undefined,
    client_auth: tls?.clientAuth ?? 'NoClientCert',
    basic_auth: users.size > 0,
    rate_limit: rateLimit !== undefined,
  });
  const limiter = rateLimit && createRateLimiter(rateLimit, () => performance.now());
  const handler = createGuard(
    {
      latest: source.latest,
      limiter: limiter ?? (() => undefined),
      passwords: createPasswordCheck(createBcrypt()),
      log,
    },
    app,
  );
  if (tls === undefined) return { handler };
  return { handler, encrypt: (server) => addTls(server, async () => (await source.latest()).tls ?? tls, log) };
}
