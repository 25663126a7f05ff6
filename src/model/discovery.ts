// Discovery: the instances of an account that its provider lists, and how an account uses them.
import type { ApiCall, CheckContext } from './check.ts';
import type { Instance } from './instance.ts';
import { type PagedList, readAllPages, type WholeList } from './pages.ts';
import type { Session } from './session.ts';

/** Value of the label `check` in what counts and logs the list calls. */
export const listCheckName = 'discovery';

/** An instance as its provider lists it. Instances that no longer run are not in the list. */
export interface ListedInstance {
  id: string;
  /** Empty: it has none. */
  name: string;
  /** Version of the database; empty: not reported. */
  version: string;
  /** Absent: the list reports no tags. */
  tags?: Readonly<Record<string, string>> | undefined;
}

/** The list call of a provider. */
export interface InstanceList<S extends Session = Session> extends ApiCall {
  /** Name of the API action: the label `action` and the key of `rate_limits`. */
  action: string;
  /**
   * Reads all instances of the account, in `context.instance.region`; that instance has no id. @throws {Failure} also when
   * the list may not be complete
   */
  read(context: CheckContext<S>): Promise<WholeList<ListedInstance>>;
}

/** How an account discovers its instances. */
export interface Discovery {
  /** One list each; [''] where the provider has no regions. */
  regions: readonly string[];
  /** Only instances with all of these tags are watched. */
  tags: Readonly<Record<string, string>>;
  /** Ids that are not watched. */
  exclude: ReadonlySet<string>;
  /** Milliseconds for which a list is not requested again. */
  refreshIntervalMs: number;
  /** The cloud tags that become labels. */
  tagLabels: readonly { tag: string; label: string }[];
  /** What found instances have in common. */
  template: Pick<Instance, 'account' | 'provider' | 'checks' | 'tlsProbe'>;
}

/** An entry of a list, also of an instance that no longer runs. */
export type ListEntry = ListedInstance & { isGone: boolean };

/** A longer list is a failure. */
const maxPages = 1000;

/** Reads all pages of a list of instances, without those that no longer run. @throws {Failure} see readAllPages */
export async function readInstances(read: PagedList<ListEntry>['read']): Promise<WholeList<ListedInstance>> {
  const { items, pages } = await readAllPages({ read, idOf: ({ id }) => id, maxPages });
  return { items: items.flatMap(({ isGone, ...one }) => (isGone ? [] : one)), pages };
}
