// Decides which check runs next: rate limit of its lane, places of the concurrency, fairness between accounts.
import TinyQueue from 'tinyqueue';
import type { Clock } from '../model/clock.ts';
import { createHeaps, type Entry, type Heaps } from './heaps.ts';
import type { Place, Seat, Ticket } from './lane.ts';
import { createPlaces, type Places, type Share } from './places.ts';
import type { Departure, RateLimiter } from './rate-limiter.ts';

/** Longest delay of a timer of Node: 2^31 - 1 ms. */
const maxTimerMs = 2_147_483_647;

/**
 * Checks that start in one turn of the event loop. As many finish at the same time then, so that other events never wait
 * for more than these, whatever the concurrency.
 */
const startsPerTurn = 8;

/** All lanes of the process. Every operation costs O(log n) in the number of tickets and lanes. */
export interface Queue {
  open: () => Seat;
}

type Time = Pick<Clock, 'monotonic' | 'later'>;

interface Waiting extends Ticket {
  order: number;
  cancelled: boolean;
}

/** `timed`: the rate limit holds the lane back. Ready lanes: of accounts below their share of the places, and others. */
type HeapName = 'timed' | 'below' | 'above';

/** A lane in a heap: keyed by time while its rate limit holds it back, by rank when it is ready. */
type LaneEntry = Entry<HeapName, LaneState>;

interface LaneState {
  share: Share;
  limiter: RateLimiter | undefined;
  tickets: TinyQueue<Waiting>;
  entry: LaneEntry | undefined;
}

interface QueueState extends Time {
  places: Places;
  lanesOf: Map<Share, LaneState[]>;
  heaps: Heaps<HeapName, LaneState>;
  order: number;
  pumping: boolean;
  /** Checks that have started in this turn of the event loop. */
  started: number;
  timer: { at: number; cancel: () => void } | undefined;
}

/**
 * Creates an empty queue.
 * @param concurrency places, all accounts together
 */
export function createQueue({ monotonic, later }: Time, concurrency: () => number): Queue {
  const queue: QueueState = {
    monotonic,
    later,
    places: createPlaces(concurrency, (share) => {
      // The account crossed its share of the places: its lanes change heaps.
      for (const lane of queue.lanesOf.get(share) ?? []) schedule(queue, lane, monotonic());
    }),
    lanesOf: new Map(),
    heaps: createHeaps<HeapName, LaneState>(),
    order: 0,
    pumping: false,
    started: 0,
    timer: undefined,
  };
  return { open: () => openSeat(queue) };
}

function openSeat(queue: QueueState): Seat {
  const share = queue.places.open();
  const lanes: LaneState[] = [];
  queue.lanesOf.set(share, lanes);
  return {
    lane(limiter) {
      const lane: LaneState = { share, limiter, tickets: new TinyQueue<Waiting>([], byRank), entry: undefined };
      lanes.push(lane);
      return {
        enter: (ticket) => enter(queue, lane, ticket),
        pause(ms) {
          limiter?.pauseUntil(queue.monotonic() + ms);
          schedule(queue, lane, queue.monotonic());
        },
      };
    },
    addDemand(change) {
      queue.places.addDemand(share, change);
      // Less demand means fewer claims, which may free places for others.
      if (change < 0) pump(queue);
    },
    batch(work) {
      const { pumping } = queue;
      queue.pumping = true;
      try {
        work();
      } finally {
        queue.pumping = pumping;
      }
      pump(queue);
    },
    close() {
      queue.lanesOf.delete(share);
      for (const lane of lanes) queue.heaps.move(lane, undefined);
      queue.places.close(share);
      pump(queue);
    },
  };
}

function enter(queue: QueueState, lane: LaneState, { rank, start }: Ticket): () => void {
  const ticket: Waiting = { rank, start, order: queue.order++, cancelled: false };
  lane.tickets.push(ticket);
  // Only a new head changes the schedule of the lane.
  if (headOf(lane) === ticket) reschedule(queue, lane);
  return () => {
    ticket.cancelled = true;
  };
}

function reschedule(queue: QueueState, lane: LaneState): void {
  schedule(queue, lane, queue.monotonic());
  pump(queue);
}

/** Puts a lane into the heap for its state. */
function schedule({ heaps }: QueueState, lane: LaneState, at: number): void {
  const head = headOf(lane);
  const nextAt = lane.limiter?.nextAt() ?? at;
  // Infinite: the lane is scheduled again when the call that it depends on has been sent.
  if (head === undefined || nextAt === Number.POSITIVE_INFINITY) heaps.move(lane, undefined);
  else if (nextAt > at) heaps.move(lane, { heap: 'timed', key: nextAt, order: head.order });
  else heaps.move(lane, { heap: lane.share.below ? 'below' : 'above', key: head.rank, order: head.order });
}

function pump(queue: QueueState): void {
  if (queue.pumping) return;
  queue.pumping = true;
  const { places, heaps, monotonic } = queue;
  places.refresh();
  // One clock reading per round: lanes that become due meanwhile are left to the timer below.
  const at = monotonic();
  for (let due = heaps.first('timed'); due !== undefined && due.key <= at; due = heaps.first('timed')) {
    schedule(queue, due.item, at);
  }
  for (let entry = next(queue); entry !== undefined; entry = next(queue)) {
    if (queue.started === 0) setImmediate(() => startTurn(queue));
    if (queue.started === startsPerTurn) break;
    queue.started++;
    admit(queue, entry, at);
  }
  queue.pumping = false;
  setTimer(queue, at);
}

function startTurn(queue: QueueState): void {
  const wasFull = queue.started === startsPerTurn;
  queue.started = 0;
  if (wasFull) pump(queue);
}

/** The entry of lowest rank for which there is a place. */
function next({ places, heaps }: QueueState): LaneEntry | undefined {
  const below = places.free() > 0 ? heaps.first('below') : undefined;
  const above = places.unclaimed() > 0 ? heaps.first('above') : undefined;
  if (below === undefined || above === undefined) return below ?? above;
  return (below.key - above.key || below.order - above.order) <= 0 ? below : above;
}

function admit(queue: QueueState, { item: lane, order }: LaneEntry, at: number): void {
  const ticket = headOf(lane);
  // The ticket of this entry was cancelled, so the lane has another rank.
  if (ticket?.order !== order) {
    schedule(queue, lane, at);
    return;
  }
  lane.tickets.pop();
  const departure = lane.limiter?.admit(at);
  queue.places.take(lane.share);
  schedule(queue, lane, at);
  ticket.start(placeFor(queue, lane, departure));
}

function placeFor(queue: QueueState, lane: LaneState, departure: Departure | undefined): Place {
  let held = true;
  return {
    sent() {
      departure?.sent();
      reschedule(queue, lane);
    },
    release() {
      if (!held) return;
      held = false;
      departure?.done();
      queue.places.release(lane.share);
      reschedule(queue, lane);
    },
  };
}

function setTimer(queue: QueueState, at: number): void {
  const soonest = queue.heaps.first('timed')?.key;
  if (soonest === queue.timer?.at) return;
  queue.timer?.cancel();
  queue.timer = undefined;
  if (soonest === undefined) return;
  const cancel = queue.later(Math.min(Math.ceil(soonest - at), maxTimerMs), () => {
    queue.timer = undefined;
    pump(queue);
  });
  queue.timer = { at: soonest, cancel };
}

function byRank(a: Waiting, b: Waiting): number {
  return a.rank - b.rank || a.order - b.order;
}

/** The first ticket that was not cancelled. */
function headOf({ tickets }: LaneState): Waiting | undefined {
  while (tickets.peek()?.cancelled === true) tickets.pop();
  return tickets.peek();
}
