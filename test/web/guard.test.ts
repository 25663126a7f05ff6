import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { Log } from '../../src/model/log.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { createApp } from '../../src/web/app.ts';
import { createGuard } from '../../src/web/guard.ts';
import { createHealthApp } from '../../src/web/health-app.ts';
import { type Listening, listen } from '../../src/web/listen.ts';
import { createPasswordCheck, type PasswordCheck } from '../../src/web/password-check.ts';
import type { RateLimiter } from '../../src/web/rate-limiter.ts';
import { ask, basic } from '../support/https.ts';

const hash = `$2b$10$${'a'.repeat(53)}`;
const headers = {
  'Content-Security-Policy': "default-src 'self'",
  'X-Frame-Options': 'sameorigin',
  'Strict-Transport-Security': 'max-age=60',
};
const ann = { headers: basic('ann', 'right') };
const paths = ['/', '/metrics', '/probe', '/sd', '/-/healthy', '/-/ready', '/-/reload', '/nothing'] as const;

const started: Listening[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((listening) => listening.close(0)));
});

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const readiness = () => ({ ready: true, finished: 0, configured: 0 });

function application() {
  return createApp({
    base: { routePrefix: '', linkBase: './' },
    telemetryPath: '/metrics',
    maxRequests: 0,
    enableLifecycle: true,
    timeoutOffsetMs: 0,
    sweep: () => Promise.resolve(),
    exposition: () => Promise.resolve({ chunks: Readable.from([Buffer.from('up 1\n')]), contentType: 'text/plain' }),
    targets: {
      refresh: () => Promise.resolve(),
      fleet: () => ({ byAccount: new Map(), withId: () => [], isRepeated: () => false }),
      list: () => Promise.resolve(),
      lists: () => [],
      probe: () => Promise.resolve(undefined),
      expositionOf: () => Promise.resolve({ chunks: [''], contentType: 'text/plain' }),
      maxStaleMs: () => 0,
      now: () => 0,
    },
    status: () => ({
      version: '1',
      telemetryPath: '/metrics',
      nowMs: 0,
      fleet: [],
      withId: () => [],
      knowledgeOf: () => undefined,
      lists: [],
      providerOf: () => ({ checks: [] }),
      thresholds: defaultThresholds,
      pending: 0,
      config: { successful: true, lastSuccessMs: 0 },
      shard: wholeFleet,
    }),
    readiness,
    reload: () => Promise.resolve([]),
    stopping: new AbortController().signal,
    log: quiet,
  });
}

interface Setting {
  headers?: Record<string, string>;
  users?: ReadonlyMap<string, string>;
  limiter?: RateLimiter;
  passwords?: PasswordCheck;
}

/** Of every user the password is `right`. */
const rightPassword = () => createPasswordCheck(({ password }) => Promise.resolve(password === 'right'));

/** The application behind a guard. @returns its URL */
async function start(setting: Setting): Promise<string> {
  const { users: named = new Map<string, string>(), headers: set = {} } = setting;
  const { limiter = () => undefined, passwords = rightPassword() } = setting;
  const latest = () => Promise.resolve({ headers: set, users: named });
  return await bind(createGuard({ latest, limiter, passwords, log: quiet }, application()));
}

async function bind(handler: Parameters<typeof listen>[0]['handler']): Promise<string> {
  const listening = await listen({
    handler,
    addresses: [{ host: '127.0.0.1', port: 0 }],
    onAcceptError: () => undefined,
  });
  started.push(listening);
  return `http://${listening.addresses[0]}`;
}

const users = new Map([['ann', hash]]);
const configured = {
  'content-security-policy': "default-src 'self'",
  'x-frame-options': 'sameorigin',
  'strict-transport-security': 'max-age=60',
};

describe('with users', () => {
  it.each(paths)('%s is for them alone', async (path) => {
    const url = await start({ users, headers });
    const refused = await ask(`${url}${path}`);
    expect(refused).toMatchObject({ status: 401, body: 'Unauthorized\n' });
    expect(refused.headers).toMatchObject({
      ...configured,
      'www-authenticate': 'Basic',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-type': 'text/plain; charset=utf-8',
    });
    expect((await ask(`${url}${path}`, ann)).status).toBe(
      { '/-/reload': 405, '/nothing': 404, '/probe': 400 }[path as string] ?? 200,
    );
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])(
    '%s gets 401 without credentials',
    async (method) => {
      const url = await start({ users });
      expect((await ask(`${url}/-/reload`, { method })).status).toBe(401);
    },
  );

  it.each([
    ['a wrong password', basic('ann', 'wrong')],
    ['an unknown user', basic('eve', 'right')],
    ['an empty user', basic('', '')],
    ['another scheme', { Authorization: 'Bearer right' }],
    ['nonsense', { Authorization: 'Basic %%%' }],
  ])('%s gets the same response', async (_, given) => {
    const url = await start({ users });
    const without = await ask(`${url}/metrics`);
    const { status, headers: got, body } = await ask(`${url}/metrics`, { headers: given });
    expect({ status, body, ...got, date: '' }).toEqual({
      status: 401,
      body: without.body,
      ...without.headers,
      date: '',
    });
  });

  it('a password that could not be compared is neither right nor wrong: 503', async () => {
    const url = await start({ users, passwords: () => Promise.reject(new Error('broken')) });
    const answer = await ask(`${url}/metrics`, ann);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });

  it('a password that has no place in the queue is put off: 503, with the time to come again', async () => {
    const url = await start({ users, headers, passwords: () => Promise.resolve(undefined) });
    const answer = await ask(`${url}/metrics`, ann);
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'retry-after': '1', ...configured });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });
});

describe('the headers of the configuration', () => {
  it.each(paths)('are on %s, before those of the exporter, which stay where there is none', async (path) => {
    const url = await start({ headers: { 'X-Frame-Options': 'sameorigin' } });
    const answer = await ask(`${url}${path}`);
    expect(answer.headers).toMatchObject({ 'x-frame-options': 'sameorigin', 'x-content-type-options': 'nosniff' });
    expect(answer.headers['content-security-policy'] ?? '').toMatch(path === '/' ? /^default-src 'none'/ : /^$/);
  });
});

describe('over the limit', () => {
  it.each([
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
    [Number.POSITIVE_INFINITY, undefined],
  ])('a request is answered 429, before anything else; %d ms to wait are %s s', async (waitMs, retryAfter) => {
    const url = await start({ users, headers, limiter: () => waitMs });
    for (const path of paths) {
      const answer = await ask(`${url}${path}`, ann);
      expect(answer).toMatchObject({ status: 429, body: 'Too Many Requests\n' });
      expect(answer.headers['retry-after']).toBe(retryAfter);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(Object.keys(answer.headers)).not.toEqual(expect.arrayContaining(['www-authenticate']));
      for (const name of Object.keys(configured)) expect(answer.headers).not.toHaveProperty(name);
    }
  });

  it('a request costs no comparison', async () => {
    let compared = 0;
    let room = 1;
    const url = await start({
      users,
      limiter: () => (room-- > 0 ? undefined : 1000),
      passwords: () => Promise.resolve(++compared > 0),
    });
    expect((await ask(`${url}/`, ann)).status).toBe(200);
    expect((await ask(`${url}/`, { headers: basic('ann', 'other') })).status).toBe(429);
    expect(compared).toBe(1);
  });
});

describe('the probe listener', () => {
  it.each([
    ['GET', '/-/healthy', 200, 'healthy\n'],
    ['GET', '/-/ready', 200, 'ready\n'],
    ['HEAD', '/-/ready', 200, ''],
    ['POST', '/-/ready', 405, 'use GET\n'],
    ['GET', '/', 404, 'not found; available: /-/healthy, /-/ready\n'],
    ['GET', '/metrics', 404, 'not found; available: /-/healthy, /-/ready\n'],
    ['POST', '/-/reload', 404, 'not found; available: /-/healthy, /-/ready\n'],
  ])('answers %s %s with %d', async (method, path, status, body) => {
    const url = await bind(createHealthApp(readiness, { routePrefix: '' }, quiet));
    const answer = await ask(`${url}${path}`, { method });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('reports that the exporter is not ready', async () => {
    const url = await bind(
      createHealthApp(() => ({ ready: false, finished: 1, configured: 2 }), { routePrefix: '' }, quiet),
    );
    expect((await ask(`${url}/-/ready`)).status).toBe(503);
  });
});
