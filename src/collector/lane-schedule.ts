// When a lane is ready, where it is in the heaps of the queue, and how many places it can use.
import type { Heaps } from './heaps.ts';
import { type LaneState, type LineState, positionOn, type Slot, type SlotName } from './lane-state.ts';
import { maxPauseWaitMs } from './pause.ts';
import type { Places } from './places.ts';

/** More than any API permits; a lane without a limit counts as this. */
const maxPerSecond = 100_000;

/** What the state of a lane has an effect on. */
export interface Schedules {
  heaps: Heaps<SlotName, Slot>;
  places: Pick<Places<LineState>, 'reserve'>;
}

/** Puts a lane into the heaps for its state. */
export function schedule({ heaps, places }: Schedules, lane: LaneState, at: number): void {
  const { slots, limiter } = lane;
  const below = positionOn(lane, 'below');
  const above = positionOn(lane, 'above');
  const isEmpty = below === undefined && above === undefined;
  // Tickets are refused at once during a long pause.
  const nextAt = limiter === undefined || pauseMsOf(lane, at) > maxPauseWaitMs ? at : limiter.nextAt();
  const isReady = nextAt <= at;
  // Infinite: the lane is scheduled again when the call that it depends on has been sent.
  const isTimed = !isEmpty && !isReady && nextAt < Number.POSITIVE_INFINITY;
  heaps.move(slots.timed, isTimed ? { heap: 'timed', key: nextAt, order: lane.order } : undefined);
  heaps.move(slots.below, isReady ? below : undefined);
  heaps.move(slots.above, isReady ? above : undefined);
  // Calls per second times the time that each occupies a place: the places that the lane can use (Little's law).
  const perSecond = below === undefined ? 0 : (limiter?.perSecond() ?? 0);
  const reserved = Math.ceil(Math.min(perSecond, maxPerSecond) * lane.holdMs);
  places.reserve(reserved - lane.reserved);
  lane.reserved = reserved;
}

/** Milliseconds until the end of a pause of the lane; negative when there is none. */
export function pauseMsOf({ limiter }: LaneState, at: number): number {
  return (limiter?.pausedUntil() ?? at) - at;
}
