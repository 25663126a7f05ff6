// One download of a CA bundle for all instances with the same URL, once a day.
import { beforeEach, describe, expect, it } from 'vitest';
import { type CaBundles, createCaBundles } from '../../src/ca-bundle/ca-bundles.ts';
import { Failure } from '../../src/model/failure.ts';
import { issuing, root } from './bundle-files.ts';

const dayMs = 86_400_000;
let nowMs: number;
let bundles: CaBundles;
let downloads: number;

beforeEach(() => {
  nowMs = 0;
  downloads = 0;
  bundles = createCaBundles({ monotonic: () => nowMs });
});

/** A download with this result. */
const giving = (content: string | Failure) => () => {
  downloads++;
  return content instanceof Failure ? Promise.reject(content) : Promise.resolve(Buffer.from(content));
};
const subjects = async (key: string, content: string | Failure) =>
  (await bundles([key], giving(content)).bundle).certificates.map(({ subjectCn }) => subjectCn);

describe('a bundle', () => {
  it('is downloaded once for all that request it at the same time, and known to the others as on its way', async () => {
    const requested = Array.from({ length: 1000 }, () => bundles(['u'], giving(root)));
    expect(requested.filter(({ started }) => started)).toHaveLength(1);
    const [first, ...others] = await Promise.all(requested.map(({ bundle }) => bundle));
    expect(others.every((one) => one === first)).toBe(true);
    expect(downloads).toBe(1);
  });

  it('is kept for a day', async () => {
    await subjects('u', root);
    nowMs = dayMs - 1;
    expect(await subjects('u', issuing)).toEqual(['Example Root CA']);
    nowMs = dayMs;
    expect(await subjects('u', issuing)).toEqual(['Example PostgreSQL CA']);
    expect(downloads).toBe(2);
  });

  it('of another URL is another one', async () => {
    expect(await subjects('u', root)).toEqual(['Example Root CA']);
    expect(await subjects('v', issuing)).toEqual(['Example PostgreSQL CA']);
  });

  it('with the same content is the same object', async () => {
    const [one, other] = await Promise.all(['u', 'v'].map((key) => bundles([key], giving(root)).bundle));
    expect(other).toBe(one);
  });

  it('that can be read only in part is downloaded again soon', async () => {
    await subjects('u', root + issuing.slice(0, 100));
    nowMs = 1000;
    expect(await subjects('u', root + issuing)).toHaveLength(2);
  });
});

describe('a failure', () => {
  const failure = new Failure('network', 'down');

  it('is that of all that waited, and of those that follow at once', async () => {
    const requested = Array.from({ length: 3 }, () => bundles(['u'], giving(failure)).bundle);
    const results = await Promise.allSettled(requested);
    expect(results.map((result) => result.status === 'rejected' && result.reason === failure)).toEqual([
      true,
      true,
      true,
    ]);
    await expect(subjects('u', root)).rejects.toBe(failure);
    expect(downloads).toBe(1);
  });

  it('is not kept for the first retry', async () => {
    await expect(subjects('u', failure)).rejects.toBe(failure);
    nowMs = 125;
    expect(await subjects('u', root)).toEqual(['Example Root CA']);
  });

  it('of content that holds no certificate is not kept either', async () => {
    await expect(subjects('u', 'maintenance')).rejects.toMatchObject({ reason: 'bad_response' });
    nowMs = 125;
    expect(await subjects('u', root)).toEqual(['Example Root CA']);
  });
});
