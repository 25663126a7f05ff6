// What /probe and /sd need of the exporter, and what they say of lists of instances that are not complete.
import type { Format } from '../metrics/encode.ts';
import type { ShortExposition } from '../metrics/exposition.ts';
import type { FindById, Instance } from '../model/instance.ts';
import type { Knowledge, ListState } from '../model/knowledge.ts';
import { countText } from '../model/wording.ts';

/** The instances that are watched. */
export interface WatchedFleet {
  byAccount: ReadonlyMap<string, readonly Instance[]>;
  withId: FindById;
  /** Whether several instances have the id, with those of the other shards. */
  isRepeated: (id: string) => boolean;
}

/** The instances of the exporter, each as a target. */
export interface Targets {
  /** Reads a changed configuration; returns at the signal at the latest. */
  refresh: (signal: AbortSignal) => Promise<void>;
  fleet: () => WatchedFleet;
  /** Reads the lists of instances that are due; returns at the signal at the latest. @param account default: all */
  list: (signal: AbortSignal, account?: string) => Promise<void>;
  lists: () => readonly ListState[];
  /** Updates the facts of an instance; returns at the signal at the latest. @returns undefined: it is not watched */
  probe: (instance: Instance, signal: AbortSignal) => Promise<Knowledge | undefined>;
  expositionOf: (knowledge: Knowledge, format: Format) => Promise<ShortExposition>;
  /** Milliseconds. */
  maxStaleMs: () => number;
  /** Unix milliseconds. */
  now: () => number;
}

/** Lists that are named in a message. */
const maxNamed = 20;

/** One line for each list, such as `account "a", region "r": timeout: MESSAGE`. */
export function listTexts(lists: readonly ListState[]): string {
  const lines = lists.slice(0, maxNamed).map(({ account, region, last }) => {
    const where = [
      `account ${JSON.stringify(account)}`,
      ...(region === '' ? [] : [`region ${JSON.stringify(region)}`]),
    ];
    const why = last?.failure === undefined ? 'not read yet' : `${last.failure.reason}: ${last.failure.message}`;
    return `${where.join(', ')}: ${why}`;
  });
  const more = lists.length - maxNamed;
  return [...lines, ...(more > 0 ? [`and ${countText(more, 'more list')}`] : [])].join('\n');
}
