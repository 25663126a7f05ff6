// Reads a list that an API returns in pages: all of it, or none of it.
import { Failure } from './failure.ts';

/** One page of a list. */
export interface Page<T> {
  items: readonly T[];
  /** Length of the complete list; absent when the API does not report it. */
  total?: number | undefined;
}

/** A list in pages. */
export interface PagedList<T> {
  /**
   * Reads one page. It may have fewer items than were requested.
   * @param pageNumber from 1
   * @param offset number of items on the pages before
   */
  read: (pageNumber: number, offset: number) => Promise<Page<T>>;
  /** What distinguishes an item from the others of the list. */
  idOf: (item: T) => string;
  /** A longer list is a failure. */
  maxPages: number;
}

/** A complete list. */
export interface WholeList<T> {
  items: T[];
  /** Pages with an item. */
  pages: number;
}

/**
 * Reads all pages, one after another. The list ends when as many items as its total have been read; without a total, at
 * an empty page.
 * @throws {Failure} bad_response when the pages are not one complete list: an item is there twice (as when a page is
 * repeated), the total changes or does not match the items, or there are more than `maxPages`; and what `read` throws
 */
export async function readAllPages<T>({ read, idOf, maxPages }: PagedList<T>): Promise<WholeList<T>> {
  const items = new Map<string, T>();
  let total: number | undefined;
  for (let pageNumber = 1; pageNumber <= maxPages; pageNumber++) {
    const page = await read(pageNumber, items.size);
    total ??= page.total;
    if (page.total !== undefined && page.total !== total) {
      throw incomplete(`page ${pageNumber} has a total of ${page.total}, an earlier page has ${total}`);
    }
    for (const item of page.items) {
      const id = idOf(item);
      if (items.has(id)) throw incomplete(`page ${pageNumber} repeats an item of an earlier page`);
      items.set(id, item);
    }
    if (total !== undefined && items.size > total) {
      throw incomplete(`it has ${items.size} items or more, and a total of ${total}`);
    }
    const isEmpty = page.items.length === 0;
    if (items.size === total || (total === undefined && isEmpty)) {
      return { items: [...items.values()], pages: isEmpty ? pageNumber - 1 : pageNumber };
    }
    if (isEmpty) {
      throw incomplete(`page ${pageNumber} is empty after ${items.size} items, and the total is ${total}`);
    }
  }
  throw incomplete(`it has more than ${maxPages} pages`);
}

function incomplete(why: string): Failure {
  return new Failure('bad_response', `the list is not complete: ${why}`);
}

/**
 * The total of a page: a number or its decimal text; undefined when it is missing, null or empty.
 * @throws {Failure} bad_response when it is anything else
 */
export function readTotal(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : (value ?? '');
  if (typeof text !== 'string' || !/^\s*\d{0,9}\s*$/.test(text)) {
    throw new Failure('bad_response', 'the total of the list is not a number');
  }
  return text.trim() === '' ? undefined : Number(text);
}
