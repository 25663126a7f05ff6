// The pages of a list call, as documented or with faults.

/** Deviations of a list from its documentation; they can be combined. */
export interface ListFaults<Failure> {
  /** Sent instead of a page. */
  error?: Failure;
  /** No response is sent, and the connection stays open. */
  hangs?: boolean;
  /** Maximum number of instances on a page, whatever the client requests. */
  pageSize?: number;
  /** Number of instances after which the list is cut, although its total counts all: the pages after it are empty. */
  endsAfter?: number;
  /** Each page is the first one. */
  repeats?: boolean;
  /** The total that is sent, by the correct one and the number of instances before the page; undefined: there is none. */
  total?: (correct: number, offset: number) => number | undefined;
  /** An empty page is null instead of a list. */
  nullWhenEmpty?: boolean;
}

/** Called for each request of a list; undefined: no faults. The region is empty in a cloud without regions. */
export type ListFaultsOption<Failure> = (page: { region: string; offset: number }) => ListFaults<Failure> | undefined;

/** One page of a list and the total of its instances. */
export interface ListPage<I> {
  instances: readonly I[] | null;
  total: number | undefined;
}

/** The page at an offset. */
export function listPage<I>(
  all: readonly I[],
  { offset, limit }: { offset: number; limit: number },
  faults: ListFaults<unknown> = {},
): ListPage<I> {
  const { pageSize = limit, endsAfter = all.length, repeats, total, nullWhenEmpty } = faults;
  const start = repeats ? 0 : offset;
  const instances = all.slice(start, Math.min(start + Math.min(limit, pageSize), endsAfter));
  return {
    instances: nullWhenEmpty && instances.length === 0 ? null : instances,
    total: total === undefined ? all.length : total(all.length, offset),
  };
}
