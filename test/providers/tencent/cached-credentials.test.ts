// Temporary credentials over time: cached, renewed before they expire, with back-off while that fails.
import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../src/model/http.ts';
import {
  at,
  createSearch,
  marker,
  nowhere,
  podEnv,
  roleResponse,
  stsResponse,
  temporary,
  valuesOf,
} from './search-tools.ts';

let search: ReturnType<typeof createSearch>;
/** Number of successful STS exchanges. */
let exchanges: number;
let lifetimeSeconds: number;

const secondsNow = () => search.time.now() / 1000;

beforeEach(() => {
  search = createSearch();
  exchanges = 0;
  lifetimeSeconds = 7200;
  Object.assign(search.world.env, podEnv);
  search.files.set('/var/run/token', 'ey.token');
  search.world.sts = works;
});

const works = (): HttpResponse => {
  exchanges++;
  return stsResponse({ Credentials: temporary(`n${exchanges}`), ExpiredTime: secondsNow() + lifetimeSeconds });
};
const advanceSeconds = (seconds: number) => search.time.advance(seconds * 1000);
const idOf = async () => (await search.find()).values['secret_id'];

/** The credentials after the background renewal that a search starts. */
async function findAgain(): Promise<Awaited<ReturnType<typeof search.find>>> {
  await search.find();
  await advanceSeconds(0);
  return await search.find();
}

describe('temporary credentials', () => {
  it('are cached until 5 minutes before they expire, then renewed', async () => {
    expect(await search.find()).toMatchObject({ values: valuesOf('n1'), expiresAtSeconds: at(7200) });
    await advanceSeconds(7200 - 301);
    expect(await search.find()).toMatchObject({ values: valuesOf('n1') });
    await advanceSeconds(1);
    expect(await search.find()).toMatchObject({ values: valuesOf('n1') });
    expect(await findAgain()).toMatchObject({ values: valuesOf('n2'), expiresAtSeconds: at(14_100) });
    expect(exchanges).toBe(2);
  });

  it.each([600, 60, 10])('with a lifetime of %i s are renewed after half of it', async (seconds) => {
    lifetimeSeconds = seconds;
    for (let part = 0; part < 10; part++) {
      await search.find();
      await advanceSeconds(seconds / 10);
    }
    expect(exchanges).toBe(2);
  });

  it('are requested once for concurrent searches', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, idOf));
    expect(new Set(all).size).toBe(1);
    expect(exchanges).toBe(1);
  });

  it('are requested with the current content of the token file', async () => {
    await search.find();
    search.files.set('/var/run/token', 'ey.rotated');
    await advanceSeconds(7000);
    await search.find();
    expect(
      search.requests.map(({ body }) => (JSON.parse(body ?? '') as Record<string, unknown>)['WebIdentityToken']),
    ).toEqual(['ey.token', 'ey.rotated']);
  });

  it('expire by the clock of their source when ours is wrong', async () => {
    const skew = 86_400;
    search.world.sts = () => {
      exchanges++;
      const date = new Date((secondsNow() + skew) * 1000).toUTCString();
      return stsResponse(
        { Credentials: temporary(`n${exchanges}`), ExpiredTime: secondsNow() + skew + 7200 },
        { date },
      );
    };
    await search.find();
    await advanceSeconds(6899);
    expect(await idOf()).toBe(`${marker}-n1-id`);
    await advanceSeconds(1);
    expect((await findAgain()).values).toEqual(valuesOf('n2'));
  });

  it.each<[string, Record<string, unknown>, number | undefined]>([
    ['ExpiredTime', { ExpiredTime: at(7200), Expiration: '2030-01-01T00:00:00Z' }, at(7200)],
    ['ExpiredTime as text', { ExpiredTime: String(at(7200)) }, at(7200)],
    ['Expiration', { Expiration: '2026-11-22T02:00:00Z' }, at(7200)],
    ['Expiration beside a null', { ExpiredTime: null, Expiration: '2026-11-22T02:00:00Z' }, at(7200)],
    ['Expiration beside milliseconds', { ExpiredTime: at(7200) * 1000, Expiration: '2026-11-22T02:00:00Z' }, at(7200)],
    ['no field', {}, undefined],
    ['Expiration beside the epoch', { ExpiredTime: 1, Expiration: '2026-11-22T02:00:00Z' }, at(7200)],
    ['invalid times', { ExpiredTime: 'soon', Expiration: 'later' }, undefined],
  ])('have an expiry from %s', async (_what, fields, expected) => {
    search.world.sts = () => stsResponse({ Credentials: temporary('x'), ...fields });
    expect((await search.find()).expiresAtSeconds).toBe(expected);
  });

  it('without an expiry are used for 10 minutes', async () => {
    search.world.sts = () => {
      exchanges++;
      return stsResponse({ Credentials: temporary(`n${exchanges}`) });
    };
    await search.find();
    await advanceSeconds(299);
    await search.find();
    expect(exchanges).toBe(1);
    search.world.sts = nowhere;
    await advanceSeconds(300);
    expect(await idOf()).toBe(`${marker}-n1-id`);
    await advanceSeconds(1);
    await expect(search.find()).rejects.toThrow('ENOTFOUND');
  });

  it('with a very long lifetime are renewed within a day', async () => {
    lifetimeSeconds = 1e9;
    await search.find();
    await advanceSeconds(86_400 - 300);
    expect((await findAgain()).values).toEqual(valuesOf('n2'));
  });

  it('that have expired on arrival are refused', async () => {
    lifetimeSeconds = 0;
    await expect(search.find()).rejects.toThrow(/expired already/);
  });

  it.each([
    ['missing', {}],
    ['a list', { Credentials: [] }],
    ['an empty key', { Credentials: { ...temporary('x'), TmpSecretKey: '' } }],
    ['a key with a line end', { Credentials: { ...temporary('x'), TmpSecretKey: `${marker}\r\nX: y` } }],
    ['a number', { Credentials: { ...temporary('x'), Token: 7 } }],
    ['an endless token', { Credentials: { ...temporary('x'), Token: marker.repeat(2000) } }],
  ])('that are %s fail with a message that does not show them', async (_what, fields) => {
    search.world.sts = () => stsResponse({ ...fields, ExpiredTime: at(7200) });
    const failure = await search.refusal();
    expect(failure.message).toContain('missing or invalid');
    expect(failure.message).not.toContain(marker);
  });
});

describe('failing renewal of temporary credentials', () => {
  it('keeps the old ones in use while they are valid, and reports the failure', async () => {
    await search.find();
    search.world.sts = nowhere;
    await advanceSeconds(6900);
    const found = await findAgain();
    expect(found).toMatchObject({ values: valuesOf('n1'), expiresAtSeconds: at(7200) });
    expect(found.failure).toMatchObject({
      reason: 'credentials',
      message: expect.stringContaining('ENOTFOUND') as string,
    });
    await advanceSeconds(299);
    expect(await idOf()).toBe(`${marker}-n1-id`);
    await advanceSeconds(1);
    await expect(search.find()).rejects.toMatchObject({ reason: 'credentials' });
  });

  it('of a source that hangs delays no search while the old ones are valid', async () => {
    await search.find();
    search.world.sts = () => new Promise(() => undefined);
    await advanceSeconds(6900);
    expect((await search.find()).values).toEqual(valuesOf('n1'));
    await advanceSeconds(60);
    expect((await search.find()).values).toEqual(valuesOf('n1'));
  });

  it('by an unexpected error is reported, and tried again after the back-off', async () => {
    await search.find();
    const fault = new TypeError('PLANTED');
    search.world.sts = () => Promise.reject(fault);
    await advanceSeconds(6900);
    const before = search.requests.length;
    const found = await findAgain();
    expect(found).toMatchObject({ values: valuesOf('n1'), failure: { reason: 'internal', cause: fault } });
    expect(found.failure?.message).not.toContain(marker);
    await search.find();
    expect(search.requests).toHaveLength(before + 1);
    await advanceSeconds(1);
    await search.find();
    expect(search.requests).toHaveLength(before + 2);
  });

  it('that is stopped is not reported', async () => {
    await search.find();
    search.world.sts = () => Promise.reject(new DOMException('stopped', 'AbortError'));
    await advanceSeconds(6900);
    expect((await findAgain()).failure).toBeUndefined();
  });

  it('is no longer reported after the next success', async () => {
    await search.find();
    search.world.sts = nowhere;
    await advanceSeconds(6900);
    await search.find();
    search.world.sts = works;
    await advanceSeconds(1);
    const found = await findAgain();
    expect(found.values).toEqual(valuesOf('n2'));
    expect(found.failure).toBeUndefined();
  });
});

describe('failing source of temporary credentials', () => {
  it('is called again after 1 s, 2 s, 4 s, at most 60 s; fails meanwhile', async () => {
    search.world.sts = nowhere;
    const asked: number[] = [];
    for (let tenth = 0; tenth < 2500; tenth++) {
      const before = search.requests.length;
      await expect(search.find()).rejects.toThrow('ENOTFOUND');
      if (search.requests.length > before) asked.push(search.time.monotonic() / 1000);
      await advanceSeconds(0.1);
    }
    const gaps = asked.slice(1).map((seconds, i) => Math.round(seconds - (asked[i] ?? 0)));
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('is called again with jitter, after half the back-off at the earliest', async () => {
    search.world.chance = 0;
    search.world.sts = nowhere;
    await search.refusal();
    await advanceSeconds(0.499);
    await search.refusal();
    expect(search.requests).toHaveLength(1);
    await advanceSeconds(0.001);
    await search.refusal();
    expect(search.requests).toHaveLength(2);
  });

  it('starts with the shortest back-off again after a recovery', async () => {
    search.world.sts = nowhere;
    for (let turn = 0; turn < 5; turn++) {
      await search.refusal();
      await advanceSeconds(60);
    }
    search.world.sts = works;
    expect(await idOf()).toBe(`${marker}-n1-id`);
    await advanceSeconds(7200);
    search.world.sts = nowhere;
    await search.refusal();
    await advanceSeconds(1);
    search.world.sts = works;
    expect(await idOf()).toBe(`${marker}-n2-id`);
  });

  it('without a metadata service is not called in each sweep', async () => {
    for (const name of Object.keys(podEnv)) delete search.world.env[name];
    for (let second = 0; second < 60; second++) {
      await search.refusal();
      await advanceSeconds(1);
    }
    expect(search.requests.length).toBeLessThan(8);
  });

  it('is called again after an aborted request', async () => {
    search.world.sts = () => Promise.reject(new DOMException('stopped', 'AbortError'));
    await expect(search.find()).rejects.toThrow('stopped');
    search.world.sts = works;
    expect(await idOf()).toBe(`${marker}-n1-id`);
  });
});

describe('temporary credentials refused by the API', () => {
  it('are renewed at once, only if they are still the current ones', async () => {
    const { values } = await search.find();
    expect((await search.find(values)).values).toEqual(valuesOf('n2'));
    expect((await search.find(values)).values).toEqual(valuesOf('n2'));
    expect(exchanges).toBe(2);
  });

  it('are renewed once for concurrent refusals', async () => {
    const { values } = await search.find();
    await Promise.all(Array.from({ length: 20 }, () => search.find(values)));
    expect(exchanges).toBe(2);
  });

  it('are not used again; others are requested after the back-off', async () => {
    const { values } = await search.find();
    search.world.sts = nowhere;
    await expect(search.find(values)).rejects.toMatchObject({ reason: 'credentials' });
    search.world.sts = works;
    await expect(search.find()).rejects.toMatchObject({ reason: 'credentials' });
    await advanceSeconds(1);
    expect((await search.find()).values).toEqual(valuesOf('n2'));
  });

  it('of a CVM role are renewed, too', async () => {
    for (const name of Object.keys(podEnv)) delete search.world.env[name];
    let asked = 0;
    search.world.metadata = (request) =>
      roleResponse({ ...temporary(`m${++asked}`), Expiration: '2026-11-22T02:00:00Z', Code: 'Success' })(request);
    const { values } = await search.find();
    expect(values).toEqual(valuesOf('m2'));
    expect((await search.find(values)).values).toEqual(valuesOf('m4'));
  });
});
