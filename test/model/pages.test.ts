import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { type Page, readAllPages, readTotal } from '../../src/model/pages.ts';

/** Reads these pages; after the last one, empty pages with the same total. */
async function readList(pages: readonly Page<string>[], maxPages = 1000) {
  const requests: { pageNumber: number; offset: number }[] = [];
  const { items, pages: count } = await readAllPages({
    read: async (pageNumber, offset) => {
      requests.push({ pageNumber, offset });
      return pages[pageNumber - 1] ?? { items: [], total: pages.at(-1)?.total };
    },
    idOf: (item) => item,
    maxPages,
  });
  return { items, count, requests };
}

/** What these pages fail with. */
const failureOf = (pages: readonly Page<string>[], maxPages?: number): Promise<unknown> =>
  readList(pages, maxPages).catch((error: unknown) => error);

const incomplete = (why: string) => ({
  name: 'Failure',
  reason: 'bad_response',
  message: expect.stringContaining(why) as string,
});

/** A list without repetitions, cut into pages that are not empty. */
const cutList = fc
  .tuple(fc.uniqueArray(fc.string(), { maxLength: 60 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }))
  .map(([list, sizes]) => {
    const pages: string[][] = [];
    for (let start = 0, page = 0; start < list.length; page++) {
      const size = sizes[page % sizes.length] ?? 1;
      pages.push(list.slice(start, start + size));
      start += size;
    }
    return { list, pages };
  });

describe('the pages of a list', () => {
  it('are read whole, however many items each has, with a total or without', async () => {
    await fc.assert(
      fc.asyncProperty(cutList, fc.boolean(), async ({ list, pages }, hasTotal) => {
        const total = hasTotal ? list.length : undefined;
        const read = await readList(pages.map((page) => ({ items: page, total })));
        const { requests } = read;
        expect([read.items, read.count]).toEqual([list, pages.length]);
        // Without a total only an empty page shows that the list has ended.
        const count = hasTotal ? Math.max(pages.length, 1) : pages.length + 1;
        expect(requests.map(({ pageNumber }) => pageNumber)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
        expect(requests.map(({ offset }) => offset)).toEqual(
          requests.map((_, index) => pages.slice(0, index).flat().length),
        );
      }),
    );
  });

  it('are never taken for a list when one of them is there twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        cutList.filter(({ pages }) => pages.length > 0),
        fc.nat(),
        fc.nat(),
        async ({ pages }, from, to) => {
          const repeated = pages.toSpliced(to % (pages.length + 1), 0, pages[from % pages.length] ?? []);
          const failure = await failureOf(repeated.map((items) => ({ items })));
          expect(failure).toMatchObject(incomplete('was there before'));
        },
      ),
    );
  });

  it('are never taken for a list when one of them is missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        cutList.filter(({ pages }) => pages.length > 0),
        fc.nat(),
        async ({ list, pages }, missing) => {
          const cut = pages.toSpliced(missing % pages.length, 1);
          const failure = await failureOf([...cut, []].map((items) => ({ items, total: list.length })));
          expect(failure).toMatchObject(incomplete('is empty after'));
        },
      ),
    );
  });

  it('are refused when the total changes between them', async () => {
    const failure = await failureOf([
      { items: ['a'], total: 3 },
      { items: ['b'], total: 2 },
    ]);
    expect(failure).toMatchObject(incomplete('page 2 has a total of 2, a page before it has 3'));
  });

  it('are refused when they have more items than the total', async () => {
    expect(await failureOf([{ items: ['a', 'b'], total: 1 }])).toMatchObject(incomplete('a total of 1'));
  });

  it('may have the total on some of them only', async () => {
    const { items } = await readList([{ items: ['a'] }, { items: ['b'], total: 3 }, { items: ['c'] }]);
    expect(items).toEqual(['a', 'b', 'c']);
  });

  it('are refused when there are too many of them', async () => {
    const failure = await failureOf([{ items: ['a'] }, { items: ['b'] }, { items: ['c'] }], 2);
    expect(failure).toMatchObject(incomplete('does not end within 2 pages'));
  });

  it('fail as the page that fails', async () => {
    const failure = new Failure('rate_limited', 'slow down');
    const list = readAllPages({ read: () => Promise.reject(failure), idOf: String, maxPages: 9 });
    await expect(list).rejects.toBe(failure);
  });
});

describe('the total of a page', () => {
  it.each([
    [0, 0],
    [12, 12],
    ['12', 12],
    [' 7 ', 7],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j is %j', (value, total) => {
    expect(readTotal(value)).toBe(total);
  });

  it.each([-1, 1.5, Number.NaN, 1e21, 'many', '0x10', true, {}, [3]])('%j is refused', (value) => {
    expect(() => readTotal(value)).toThrow('the total of the list is not a number');
  });
});
