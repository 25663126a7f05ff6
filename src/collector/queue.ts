// Decides which check runs next: rate limit of its lane, places of the concurrency, fairness between accounts.
import type { Clock } from '../model/clock.ts';
import { createHeaps, type Entry } from './heaps.ts';
import type { Lane, Line, Place, Seat, Ticket } from './lane.ts';
import { pauseMsOf, type Schedules, schedule } from './lane-schedule.ts';
import {
  createLaneState,
  createLine,
  firstLine,
  headOf,
  type LaneState,
  type LineState,
  placeLine,
  type Side,
  type Slot,
  type SlotName,
  type Waiting,
} from './lane-state.ts';
import { maxPauseWaitMs } from './pause.ts';
import { createPlaces, type Places } from './places.ts';
import type { Departure, RateLimiter } from './rate-limiter.ts';

/** Longest delay of a timer of Node: 2^31 - 1 ms. */
const maxTimerMs = 2_147_483_647;

/**
 * Checks that start in one turn of the event loop. As many finish at the same time then, so that other events never wait
 * for more than these, whatever the concurrency.
 */
const startsPerTurn = 8;

/** Weight of the newest value in the average time for which a place is held. */
const holdWeight = 1 / 8;

/** All lanes of the process. Every operation costs O(log n) in the number of tickets, lines and lanes. */
export interface Queue {
  open: () => Seat;
  /** Admits nothing until `work` has finished: for work on many checks or limits. */
  batch: (work: () => void) => void;
  /** @returns a function that creates lanes whose rate limits have windows in common */
  family: () => (limiter?: RateLimiter) => Lane;
}

type Time = Pick<Clock, 'monotonic' | 'later'>;

interface QueueState extends Time, Schedules {
  places: Places<LineState>;
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
    places: createPlaces<LineState>(concurrency, (share) => {
      // The account crossed its share of the places: its lines change sides.
      for (const line of share.lines) {
        placeLine(line);
        schedule(queue, line.lane, monotonic());
      }
    }),
    heaps: createHeaps<SlotName, Slot>(),
    order: 0,
    pumping: false,
    started: 0,
    timer: undefined,
  };
  return {
    open: () => openSeat(queue),
    batch: (work) => batch(queue, work),
    family() {
      const family: LaneState[] = [];
      return (limiter) => {
        const refresh = () => reschedule(queue, family);
        return createLaneState(family, { limiter, order: queue.order++, refresh });
      };
    },
  };
}

function openSeat(queue: QueueState): Seat {
  const share = queue.places.open();
  return {
    line: (lane) => lineFor(queue, createLine(lane as LaneState, share)),
    addDemand(change) {
      queue.places.addDemand(share, change);
      // Less demand means fewer claims, which may free places for others.
      if (change < 0) pump(queue);
    },
    close() {
      for (const line of share.lines) {
        line.lane.lines.move(line, undefined);
        schedule(queue, line.lane, queue.monotonic());
      }
      queue.places.close(share);
      pump(queue);
    },
  };
}

function batch(queue: QueueState, work: () => void): void {
  const { pumping } = queue;
  queue.pumping = true;
  try {
    work();
  } finally {
    queue.pumping = pumping;
  }
  pump(queue);
}

function lineFor(queue: QueueState, line: LineState): Line {
  const { lane, share } = line;
  return {
    enter({ rank, start, refuse }: Ticket) {
      const ticket: Waiting = { rank, start, refuse, order: queue.order++, cancelled: false };
      line.tickets.push(ticket);
      queue.places.start(share);
      // Only a new head changes the schedule of the lane.
      if (headOf(line) === ticket) {
        placeLine(line);
        reschedule(queue, [lane]);
      }
      return () => {
        ticket.cancelled = true;
      };
    },
    pause(ms) {
      lane.limiter?.pauseUntil(queue.monotonic() + ms);
      for (const each of lane.family) schedule(queue, each, queue.monotonic());
    },
  };
}

function reschedule(queue: QueueState, lanes: readonly LaneState[]): void {
  for (const lane of lanes) schedule(queue, lane, queue.monotonic());
  pump(queue);
}

function pump(queue: QueueState): void {
  if (queue.pumping) return;
  queue.pumping = true;
  const { places, heaps, monotonic } = queue;
  places.refresh();
  // One clock reading per round: lanes that become due meanwhile are left to the timer below.
  const at = monotonic();
  for (let due = heaps.first('timed'); due !== undefined && due.key <= at; due = heaps.first('timed')) {
    schedule(queue, due.item.lane, at);
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

/** The entry of lowest rank for which there is a place; first those of accounts below their share. */
function next({ places, heaps }: QueueState): Entry<SlotName, Slot> | undefined {
  const below = places.free() > 0 ? heaps.first('below') : undefined;
  return below ?? (places.unclaimed() > 0 ? heaps.first('above') : undefined);
}

function admit(queue: QueueState, { item: { lane }, heap, order }: Entry<SlotName, Slot>, at: number): void {
  const first = firstLine(lane, heap as Side);
  const pauseMs = pauseMsOf(lane, at);
  const isReady = pauseMs > maxPauseWaitMs || (lane.limiter?.nextAt() ?? at) <= at;
  // A ticket was cancelled, or another lane of the family has used the rate limit.
  if (first?.order !== order || !isReady) {
    schedule(queue, lane, at);
    return;
  }
  const line = first.item;
  const ticket = line.tickets.pop();
  placeLine(line);
  if (pauseMs > maxPauseWaitMs) {
    schedule(queue, lane, at);
    ticket?.refuse(pauseMs);
    return;
  }
  const departure = lane.limiter?.admit(at);
  queue.places.take(line.share);
  schedule(queue, lane, at);
  ticket?.start(placeFor(queue, line, departure));
}

function placeFor(queue: QueueState, { lane, share }: LineState, departure: Departure | undefined): Place {
  const takenAt = queue.monotonic();
  let held = true;
  return {
    sent() {
      departure?.sent();
      reschedule(queue, lane.family);
    },
    release() {
      if (!held) return;
      held = false;
      departure?.done();
      lane.holdMs += (queue.monotonic() - takenAt - lane.holdMs) * holdWeight;
      queue.places.release(share);
      reschedule(queue, lane.family);
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
