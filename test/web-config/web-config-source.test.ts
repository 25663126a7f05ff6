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

/** A source whose files are what `set` says; `hang` makes them hang until what it returns is called. */
async function open(first: Reading<WebConfig>) {
  const time = createFakeTime(0);
  let reading = first;
  let once: Reading<WebConfig> | undefined;
  let hanging: Promise<void> | undefined;
  let looks = 0;
  const told: string[] = [];
  const listener: WebConfigListener = {
    reloaded: () => told.push('reloaded'),
    failed: (problems) => told.push(`failed: ${problems.map(({ message }) => message).join()}`),
    needsRestart: (keys) => told.push(`restart: ${keys.join()}`),
    timedOut: () => told.push('timed out'),
  };
  const read = async () => {
    looks++;
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
    told,
    looks: () => looks,
    set: (next: Reading<WebConfig>, first?: Reading<WebConfig>) => {
      reading = next;
      once = first;
    },
    hang: () => {
      let end = () => undefined as void;
      hanging = new Promise((resolve) => {
        end = () => {
          hanging = undefined;
          resolve();
        };
      });
      return end;
    },
  };
}

describe('the web configuration', () => {
  it('that is bad at first is not opened', async () => {
    const { source, problems } = await open(bad());
    expect(source).toBeUndefined();
    expect(problems).toHaveLength(1);
  });

  it('is taken over when it changes, and is told of once', async () => {
    const { source, set, told, advance } = await open(good());
    await advance(5000);
    const users = new Map([['ann', 'hash']]);
    set(good({ users, headers: { a: 'b' } }));
    expect(await source.latest()).toMatchObject({ users, headers: { a: 'b' } });
    await source.latest();
    expect(told).toEqual(['reloaded']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 5000 });
  });

  it('stays in force when its files turn bad, told once per change, until they are good again', async () => {
    const users = new Map([['ann', 'hash']]);
    const { source, set, told, advance } = await open(good({ users }));
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
    expect(told).toEqual(['failed: one', 'failed: two', 'reloaded']);
  });

  it('that holds nothing for a moment, as while it is written, stays in force', async () => {
    const users = new Map([['ann', 'hash']]);
    const { source, set, told } = await open(good({ users }));
    set(good());
    expect((await source.latest()).users).toBe(users);
    expect(source.state().successful).toBe(false);
    set(good({ users: new Map([['bob', 'hash']]) }));
    expect([...(await source.latest()).users.keys()]).toEqual(['bob']);
    expect(told).toEqual([expect.stringMatching(/^failed: is empty now/), 'reloaded']);
  });

  it('that never held anything may go on so', async () => {
    const { source, set, told } = await open(good());
    set(good());
    await source.latest();
    expect(source.state().successful).toBe(true);
    expect(told).toEqual(['reloaded']);
  });

  it('keeps its rate limit, and says that another takes a restart', async () => {
    const rateLimit = { intervalMs: 1000, burst: 1 };
    const { source, set, told } = await open(good({ rateLimit }));
    set(good({ rateLimit: { ...rateLimit } }));
    await source.latest();
    set(good({ rateLimit: { intervalMs: 1, burst: 1 } }));
    await source.latest();
    expect((await source.latest()).rateLimit).toEqual(rateLimit);
    set(good({ headers: { a: 'b' } }));
    expect((await source.latest()).rateLimit).toEqual(rateLimit);
    expect(told).toEqual(['reloaded', 'restart: rate_limit', 'reloaded', 'restart: rate_limit', 'reloaded']);
  });

  it('keeps TLS, with its last certificate, when the files have none any more', async () => {
    const { source, set, told } = await open(good({ tls }));
    set(good({ tls: { ...tls, cert: 'newer' } }));
    expect((await source.latest()).tls?.cert).toBe('newer');
    set(good({ headers: { a: 'b' } }));
    expect(await source.latest()).toMatchObject({ tls: { cert: 'newer' }, headers: { a: 'b' } });
    expect(told).toEqual(['reloaded', 'restart: tls_server_config', 'reloaded']);
  });

  it('does not switch TLS on', async () => {
    const { source, set, told } = await open(good());
    set(good({ tls }));
    expect((await source.latest()).tls).toBeUndefined();
    expect(told).toEqual(['restart: tls_server_config', 'reloaded']);
  });
});

describe('a look at the files', () => {
  it('is shared by all who come before it begins', async () => {
    const { source, looks, hang } = await open(good());
    const end = hang();
    const all = [source.latest(), source.latest(), source.latest(), source.latest()];
    end();
    await Promise.all(all);
    expect(looks()).toBe(1 + 1);
  });

  it('that began earlier does not count: what was written since is seen', async () => {
    const { source, set, hang } = await open(good());
    const end = hang();
    const early = source.latest();
    await Promise.resolve();
    set(good({ headers: { a: 'late' } }));
    const late = source.latest();
    end();
    await early;
    expect((await late).headers).toEqual({ a: 'late' });
  });

  it('that hangs holds up nobody for more than a second, and later ones not at all', async () => {
    const { source, hang, advance, told, looks, set } = await open(good());
    const end = hang();
    const first = source.latest();
    await advance(999);
    const second = source.latest();
    await advance(1);
    await Promise.all([first, second]);
    await source.latest();
    expect(told).toEqual(['timed out']);
    expect(looks()).toBe(1 + 1);
    expect(source.state().successful).toBe(false);

    set(good({ headers: { a: 'b' } }));
    end();
    await advance(0);
    expect(source.state().successful).toBe(true);
    expect((await source.latest()).headers).toEqual({ a: 'b' });
    expect(told).toEqual(['timed out', 'reloaded']);
  });
});

it('files that are swapped together are no fault when a look meets one of each', async () => {
  const { source, set, told } = await open(good({ tls }));
  const next = good({ tls: { ...tls, cert: 'next' } });
  set(next, bad('is not the key of the certificate'));
  expect((await source.latest()).tls?.cert).toBe('next');
  expect([told, source.state().successful]).toEqual([['reloaded'], true]);
});
