import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/files/reloadable.ts';
import type { TlsSettings, WebConfig } from '../../src/web-config/web-config.ts';
import { openWebConfig, type WebConfigListener } from '../../src/web-config/web-config-source.ts';
import { createFakeTime } from '../support/fake-time.ts';

const nothing: WebConfig = { tls: undefined, headers: {}, users: new Map(), rateLimit: undefined };
const tls: TlsSettings = {
  cert: 'cert',
  key: 'key',
  clientCa: undefined,
  clientAuth: 'NoClientCert',
  allowedSans: undefined,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  curves: undefined,
};
const good = (config: Partial<WebConfig> = {}): Reading<WebConfig> => ({ config: { ...nothing, ...config } });
const bad = (message = 'is wrong'): Reading<WebConfig> => ({
  problems: [{ file: 'web.yaml', line: 1, column: 1, path: 'x', message }],
});

/** A source whose files have the content given to `set`; `hang` blocks reads until the returned function is called. */
async function open(first: Reading<WebConfig>) {
  const time = createFakeTime(0);
  let reading = first;
  let once: Reading<WebConfig> | undefined;
  let hanging: Promise<void> | undefined;
  let reads = 0;
  const events: string[] = [];
  const listener: WebConfigListener = {
    reloaded: () => events.push('reloaded'),
    failed: (problems) => events.push(`failed: ${problems.map(({ message }) => message).join()}`),
    needsRestart: (keys) => events.push(`restart: ${keys.join()}`),
    timedOut: () => events.push('timed out'),
  };
  const read = async () => {
    reads++;
    await hanging;
    const now = once ?? reading;
    once = undefined;
    return now;
  };
  const { source, problems } = await openWebConfig('web.yaml', read, listener, { now: time.now, later: time.later });
  return {
    ...time,
    source: source as NonNullable<typeof source>,
    problems,
    events,
    reads: () => reads,
    set: (next: Reading<WebConfig>, first?: Reading<WebConfig>) => {
      reading = next;
      once = first;
    },
    hang: () => {
      let release = () => undefined as void;
      hanging = new Promise((resolve) => {
        release = () => {
          hanging = undefined;
          resolve();
        };
      });
      return release;
    },
  };
}

describe('the web configuration', () => {
  it('that is invalid at the start is not opened', async () => {
    const { source, problems } = await open(bad());
    expect(source).toBeUndefined();
    expect(problems).toHaveLength(1);
  });

  it('is reloaded when it changes, and reported once', async () => {
    const { source, set, events, advance } = await open(good());
    await advance(5000);
    const users = new Map([['ann', 'hash']]);
    set(good({ users, headers: { a: 'b' } }));
    expect(await source.latest()).toMatchObject({ users, headers: { a: 'b' } });
    await source.latest();
    expect(events).toEqual(['reloaded']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 5000 });
  });

  it('is kept while its files are invalid, which is reported once per change', async () => {
    const users = new Map([['ann', 'hash']]);
    const { source, set, events, advance } = await open(good({ users }));
    set(bad('one'));
    for (let n = 0; n < 3; n++) expect((await source.latest()).users).toBe(users);
    set(bad('two'));
    await source.latest();
    expect(source.state()).toEqual({ successful: false, lastSuccessMs: 0 });
    expect(source.problems().map(({ message }) => message)).toEqual(['two']);
    await advance(1000);
    set(good({ headers: { a: 'b' } }));
    expect((await source.latest()).users.size).toBe(0);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 1000 });
    expect(source.problems()).toEqual([]);
    expect(events).toEqual(['failed: one', 'failed: two', 'reloaded']);
  });

  it('is kept while its file is empty for a moment', async () => {
    const users = new Map([['ann', 'hash']]);
    const { source, set, events } = await open(good({ users }));
    set(good());
    expect((await source.latest()).users).toBe(users);
    expect(source.state().successful).toBe(false);
    set(good({ users: new Map([['bob', 'hash']]) }));
    expect([...(await source.latest()).users.keys()]).toEqual(['bob']);
    expect(events).toEqual([expect.stringMatching(/^failed: is empty now/), 'reloaded']);
  });

  it('that was empty from the start may stay empty', async () => {
    const { source, set, events } = await open(good());
    set(good());
    await source.latest();
    expect(source.state().successful).toBe(true);
    expect(events).toEqual(['reloaded']);
  });

  it('keeps its rate limit, and reports that a new one needs a restart', async () => {
    const rateLimit = { intervalMs: 1000, burst: 1 };
    const { source, set, events } = await open(good({ rateLimit }));
    set(good({ rateLimit: { ...rateLimit } }));
    await source.latest();
    set(good({ rateLimit: { intervalMs: 1, burst: 1 } }));
    await source.latest();
    expect((await source.latest()).rateLimit).toEqual(rateLimit);
    set(good({ headers: { a: 'b' } }));
    expect((await source.latest()).rateLimit).toEqual(rateLimit);
    expect(events).toEqual(['reloaded', 'restart: rate_limit', 'reloaded', 'restart: rate_limit', 'reloaded']);
  });

  it('keeps TLS with its last certificate when the files have none any more', async () => {
    const { source, set, events } = await open(good({ tls }));
    set(good({ tls: { ...tls, cert: 'newer' } }));
    expect((await source.latest()).tls?.cert).toBe('newer');
    set(good({ headers: { a: 'b' } }));
    expect(await source.latest()).toMatchObject({ tls: { cert: 'newer' }, headers: { a: 'b' } });
    expect(events).toEqual(['reloaded', 'restart: tls_server_config', 'reloaded']);
  });

  it('does not switch TLS on', async () => {
    const { source, set, events } = await open(good());
    set(good({ tls }));
    expect((await source.latest()).tls).toBeUndefined();
    expect(events).toEqual(['restart: tls_server_config', 'reloaded']);
  });
});

describe('a read of the files', () => {
  it('is shared by all callers that arrive before it starts', async () => {
    const { source, reads, hang } = await open(good());
    const release = hang();
    const all = [source.latest(), source.latest(), source.latest(), source.latest()];
    release();
    await Promise.all(all);
    expect(reads()).toBe(1 + 1);
  });

  it('in progress is not joined: later changes are seen', async () => {
    const { source, set, hang } = await open(good());
    const release = hang();
    const early = source.latest();
    await Promise.resolve();
    set(good({ headers: { a: 'late' } }));
    const late = source.latest();
    release();
    await early;
    expect((await late).headers).toEqual({ a: 'late' });
  });

  it('that hangs delays callers for one second at most, and later ones not at all', async () => {
    const { source, hang, advance, events, reads, set } = await open(good());
    const release = hang();
    const first = source.latest();
    await advance(999);
    const second = source.latest();
    await advance(1);
    await Promise.all([first, second]);
    await source.latest();
    expect(events).toEqual(['timed out']);
    expect(reads()).toBe(1 + 1);
    expect(source.state().successful).toBe(false);

    set(good({ headers: { a: 'b' } }));
    release();
    await advance(0);
    expect(source.state().successful).toBe(true);
    expect((await source.latest()).headers).toEqual({ a: 'b' });
    expect(events).toEqual(['timed out', 'reloaded']);
  });
});

it('replacing certificate and key together is not reported when a read gets one of each', async () => {
  const { source, set, events } = await open(good({ tls }));
  const next = good({ tls: { ...tls, cert: 'next' } });
  set(next, bad('does not belong to the certificate'));
  expect((await source.latest()).tls?.cert).toBe('next');
  expect([events, source.state().successful]).toEqual([['reloaded'], true]);
});
