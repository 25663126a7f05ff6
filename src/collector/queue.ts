// Decides which check runs next: the rate limit of its lane, the places of the concurrency, fairness between accounts.
import TinyQueue from 'tinyqueue';
import type { Clock } from '../model/clock.ts';
import { createPlaces, type Places, type Share } from './places.ts';
import type { Departure, RateLimiter } from './rate-limiter.ts';

/** What waits for its turn. */
export interface Ticket {
  /** The lowest rank goes first; equal ranks in the order in which they came. */
  rank: number;
  /** Called when it may go. Must not throw. */
  start: (place: Place) => void;
}

/** A place among the concurrent requests, with a call that the rate limit admitted. */
export interface Place {
  /** The request has left this process. */
  sent: () => void;
  /** Gives the place back; a second call does nothing. */
  release: () => void;
}

/** The queue of one action at one host, for one account. */
export interface Lane {
  /** @returns a function that removes the ticket from the queue; it does nothing once the ticket has started */
  enter: (ticket: Ticket) => () => void;
  /** Admits nothing for some milliseconds, because the API throttled. */
  pause: (ms: number) => void;
}

/** One account among those that share the places. */
export interface Seat {
  /** @param limiter absent: only the concurrency counts */
  lane: (limiter?: RateLimiter) => Lane;
  /** The account has this many more (or less) checks that have not finished. */
  addDemand: (change: number) => void;
  /** The account is gone. What it has in flight still counts until it is released. */
  close: () => void;
}

/** All lanes of the process. Every operation costs O(log n) in the number of tickets and lanes. */
export interface Queue {
  open: () => Seat;
}

type Time = Pick<Clock, 'monotonic' | 'later'>;

interface Waiting extends Ticket {
  order: number;
  cancelled: boolean;
}

interface LaneState {
  share: Share;
  limiter: RateLimiter | undefined;
  tickets: TinyQueue<Waiting>;
  /** Increases when the lane is scheduled anew: entries of the heaps with another number are outdated. */
  schedule: number;
}

/** A lane in a heap: by time while its rate limit holds it back, by rank when it could go. */
interface Entry {
  lane: LaneState;
  key: number;
  order: number;
  schedule: number;
}

interface QueueState extends Time {
  places: Places;
  lanesOf: Map<Share, LaneState[]>;
  timed: TinyQueue<Entry>;
  /** Lanes that could go, of accounts that hold less than their share of the places, and of the others. */
  ready: { below: TinyQueue<Entry>; above: TinyQueue<Entry> };
  order: number;
  pumping: boolean;
  timer: { at: number; cancel: () => void } | undefined;
}

/**
 * Creates a queue in which nothing waits.
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
    timed: new TinyQueue<Entry>([], byKey),
    ready: { below: new TinyQueue<Entry>([], byKey), above: new TinyQueue<Entry>([], byKey) },
    order: 0,
    pumping: false,
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
      const lane: LaneState = { share, limiter, tickets: new TinyQueue<Waiting>([], byRank), schedule: 0 };
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
      // Fewer claims may free places for others.
      if (change < 0) pump(queue);
    },
    close() {
      queue.lanesOf.delete(share);
      queue.places.close(share);
      pump(queue);
    },
  };
}

function enter(queue: QueueState, lane: LaneState, { rank, start }: Ticket): () => void {
  const ticket: Waiting = { rank, start, order: queue.order++, cancelled: false };
  lane.tickets.push(ticket);
  // Behind the head it changes nothing.
  if (headOf(lane) === ticket) reschedule(queue, lane);
  return () => {
    ticket.cancelled = true;
  };
}

function reschedule(queue: QueueState, lane: LaneState): void {
  schedule(queue, lane, queue.monotonic());
  pump(queue);
}

/** Puts a lane into the heap where it belongs. */
function schedule({ timed, ready }: QueueState, lane: LaneState, at: number): void {
  lane.schedule++;
  const head = headOf(lane);
  if (head === undefined) return;
  const nextAt = lane.limiter?.nextAt() ?? at;
  // Infinite: it is scheduled again when the call that it depends on has left.
  if (nextAt === Number.POSITIVE_INFINITY) return;
  const entry = { lane, schedule: lane.schedule, order: head.order };
  if (nextAt > at) timed.push({ ...entry, key: nextAt });
  else ready[lane.share.below ? 'below' : 'above'].push({ ...entry, key: head.rank });
}

function pump(queue: QueueState): void {
  if (queue.pumping) return;
  queue.pumping = true;
  const { places, timed, monotonic } = queue;
  places.refresh();
  // One reading of the clock for the whole round: what is due a moment later is left to the timer below.
  const at = monotonic();
  for (let due = current(timed); due !== undefined && due.key <= at; due = current(timed)) {
    schedule(queue, due.lane, at);
  }
  for (let entry = next(queue); entry !== undefined; entry = next(queue)) admit(queue, entry, at);
  queue.pumping = false;
  setTimer(queue, at);
}

/** The entry of lowest rank that has a place. */
function next({ places, ready }: QueueState): Entry | undefined {
  const below = places.free() > 0 ? current(ready.below) : undefined;
  const above = places.unclaimed() > 0 ? current(ready.above) : undefined;
  if (below === undefined || above === undefined) return below ?? above;
  return byKey(below, above) <= 0 ? below : above;
}

function admit(queue: QueueState, { lane, order }: Entry, at: number): void {
  const ticket = headOf(lane);
  // The ticket that the entry was made for was cancelled: the lane has another rank now.
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
      queue.places.giveBack(lane.share);
      reschedule(queue, lane);
    },
  };
}

function setTimer(queue: QueueState, at: number): void {
  const soonest = current(queue.timed)?.key;
  if (soonest === queue.timer?.at) return;
  queue.timer?.cancel();
  queue.timer = undefined;
  if (soonest === undefined) return;
  const cancel = queue.later(Math.ceil(soonest - at), () => {
    queue.timer = undefined;
    pump(queue);
  });
  queue.timer = { at: soonest, cancel };
}

function byKey(a: Entry, b: Entry): number {
  return a.key - b.key || a.order - b.order;
}

function byRank(a: Waiting, b: Waiting): number {
  return a.rank - b.rank || a.order - b.order;
}

/** The first ticket that was not cancelled. */
function headOf({ tickets }: LaneState): Waiting | undefined {
  while (tickets.peek()?.cancelled === true) tickets.pop();
  return tickets.peek();
}

/** The first entry that is not outdated. */
function current(heap: TinyQueue<Entry>): Entry | undefined {
  while (heap.length > 0 && heap.peek()?.schedule !== heap.peek()?.lane.schedule) heap.pop();
  return heap.peek();
}
