// The tickets of one lane: a line for each account, ordered by rank.
import TinyQueue from 'tinyqueue';
import { createHeaps, type Entry, type Heaps, type Position } from './heaps.ts';
import type { Lane, Ticket } from './lane.ts';
import type { Share } from './places.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** Lines of accounts below their share of the places, and others. */
export type Side = 'below' | 'above';

/** `timed`: the rate limit delays the lane. Otherwise the lane is ready, and has lines on one side or both. */
export type SlotName = 'timed' | Side;

/** A ticket in its line. */
export interface Waiting extends Ticket {
  order: number;
  cancelled: boolean;
}

/** The tickets of one account in a lane. */
export interface LineState {
  /** Its account; has this line in `lines` while it has tickets. */
  share: Share<LineState>;
  lane: LaneState;
  tickets: TinyQueue<Waiting>;
  entry: Entry<Side, LineState> | undefined;
}

/** What a lane has in the heaps of the queue: keyed by time when timed, else by the first rank of that side. */
export interface Slot {
  lane: LaneState;
  entry: Entry<SlotName, Slot> | undefined;
}

/** The tickets of one action at one host. */
export interface LaneState extends Lane {
  /** Absent: only the concurrency limits the lane. */
  limiter: RateLimiter | undefined;
  /** Lanes with windows in common: what happens in one can make another ready. */
  family: LaneState[];
  lines: Heaps<Side, LineState>;
  slots: Record<SlotName, Slot>;
  order: number;
  /** Average time for which a place is held. */
  holdMs: number;
  /** Thousandths of places that are reserved for it. */
  reserved: number;
}

/** Assumed until a place has been held. */
const firstHoldMs = 100;

/** A lane without lines. */
export function createLaneState(
  family: LaneState[],
  { limiter, order, refresh }: { limiter: RateLimiter | undefined; order: number; refresh: () => void },
): LaneState {
  const slots = {} as Record<SlotName, Slot>;
  const lines = createHeaps<Side, LineState>();
  const lane = { limiter, family, lines, slots, order, holdMs: firstHoldMs, reserved: 0, refresh };
  for (const name of ['timed', 'below', 'above'] as const) slots[name] = { lane, entry: undefined };
  family.push(lane);
  return lane;
}

/** A line without tickets. */
export function createLine(lane: LaneState, share: Share<LineState>): LineState {
  return { share, lane, tickets: new TinyQueue<Waiting>([], byRank), entry: undefined };
}

/** The first ticket that was not cancelled. */
export function headOf({ tickets }: LineState): Waiting | undefined {
  while (tickets.peek()?.cancelled === true) tickets.pop();
  return tickets.peek();
}

/** Puts a line where it belongs in its lane, after a change of its head or of its side. */
export function placeLine(line: LineState): void {
  const { share, lane } = line;
  const head = headOf(line);
  lane.lines.move(line, head && { heap: share.below ? 'below' : 'above', key: head.rank, order: head.order });
  if (head === undefined) share.lines.delete(line);
  else share.lines.add(line);
}

/** The line with the lowest rank of a side, and that rank. */
export function firstLine({ lines }: LaneState, side: Side): Entry<Side, LineState> | undefined {
  for (let first = lines.first(side); first !== undefined; first = lines.first(side)) {
    if (headOf(first.item)?.order === first.order) return first;
    // Its head was cancelled.
    placeLine(first.item);
  }
  return undefined;
}

/** The position of a lane in the heap of a side. */
export function positionOn(lane: LaneState, side: Side): Position<SlotName> | undefined {
  const first = firstLine(lane, side);
  return first && { heap: side, key: first.key, order: first.order };
}

function byRank(a: Waiting, b: Waiting): number {
  return a.rank - b.rank || a.order - b.order;
}
