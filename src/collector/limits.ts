// The rate limits by API host and key: accounts with the same key share them, and every call counts.
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { type CallWindow, createCallWindow } from './call-window.ts';
import type { Lane } from './lane.ts';
import type { Queue } from './queue.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import type { Limit } from './watch.ts';

/** An account, as far as it shares limits. */
export interface LimitUser {
  readonly watched: { readonly name: string };
}

/** The lane of one action at one host with one key. The lowest limit of its users applies to all of them. */
export interface LimitedLane {
  lane: Lane;
  /** Adds a user, or changes the limit of one. */
  use: (user: LimitUser, limit: Limit) => void;
  /** The last limits hold until there is another user. */
  leave: (user: LimitUser) => void;
  /** Counts the calls of another lane: those of the key that a user had before. */
  inherit: (from: LimitedLane) => void;
  calls: () => ReturnType<CallWindow['calls']>;
  /** Ends a pause. */
  resume: () => void;
}

/** What a rate limit belongs to. */
export interface LimitKey {
  host: string;
  /** Identifies the credential. */
  key: string;
}

/** All rate limits of the process. */
export interface Limits {
  lane: (key: LimitKey, action: string) => LimitedLane;
}

interface ActionLimit {
  action: string;
  lane: Lane;
  limiter: RateLimiter;
  users: Map<LimitUser, Limit>;
  /** Has every call of the action, also without its own limit. */
  own: CallWindow;
  /** Whether the action counts in the window that the actions under `*` have in common. */
  inCommon: boolean;
  limited: LimitedLane;
  /** Different limits that the log has been warned of. */
  warned: string;
}

interface KeyLimits {
  host: string;
  common: CallWindow;
  createLane: ReturnType<Queue['family']>;
  actions: Map<string, ActionLimit>;
}

type Tools = Pick<Clock, 'monotonic'> & { log: Log };

/** No limits yet. Those without users are dropped once their windows are empty. */
export function createLimits(queue: Queue, tools: Tools): Limits {
  const keys = new Map<string, KeyLimits>();

  function dropUnused(): void {
    const at = tools.monotonic();
    for (const [id, { common, actions }] of keys) {
      const unused = [...actions.values()].every(({ users, own }) => users.size === 0 && own.isIdle(at));
      if (unused && common.isIdle(at)) keys.delete(id);
    }
  }

  return {
    lane({ host, key }, action) {
      const id = JSON.stringify([host, key]);
      let limits = keys.get(id);
      if (limits === undefined) {
        dropUnused();
        limits = { host, common: createCallWindow(), createLane: queue.family(), actions: new Map() };
        keys.set(id, limits);
      }
      return (limits.actions.get(action) ?? addAction(limits, action, tools)).limited;
    },
  };
}

function addAction(limits: KeyLimits, action: string, tools: Tools): ActionLimit {
  const own = createCallWindow();
  const windows = () => (limit.inCommon ? [own, limits.common] : [own]);
  const limiter = createRateLimiter(windows, tools.monotonic);
  const lane = limits.createLane(limiter);
  const users: ActionLimit['users'] = new Map();
  const limited: LimitedLane = {
    lane,
    use(user, { name, perSecond }) {
      const known = users.get(user);
      if (known?.name === name && known.perSecond === perSecond) return;
      users.set(user, { name, perSecond });
      apply(limits);
      warnOfDifferent(limits, limit, tools.log);
    },
    leave(user) {
      if (users.delete(user)) apply(limits);
    },
    inherit(from) {
      for (const window of windows()) window.inherit(from.calls());
    },
    calls: own.calls,
    resume() {
      limiter.resume();
      lane.refresh();
    },
  };
  const limit: ActionLimit = { action, lane, limiter, users, own, inCommon: false, limited, warned: '' };
  limits.actions.set(action, limit);
  return limit;
}

/** Adopts the limits of the users: a call counts against every limit that any of them has for its action. */
function apply({ common, actions }: KeyLimits): void {
  let lowest = Number.POSITIVE_INFINITY;
  for (const action of actions.values()) {
    const used = [...action.users.values()];
    if (used.length === 0) continue;
    const lowestOf = (name: string) =>
      Math.min(...used.map((limit) => (limit.name === name ? limit.perSecond : Number.POSITIVE_INFINITY)));
    action.own.setLimit(lowestOf(action.action));
    const shared = lowestOf('*');
    const inCommon = shared < Number.POSITIVE_INFINITY;
    if (inCommon && !action.inCommon) common.inherit(action.own.calls());
    action.inCommon = inCommon;
    lowest = Math.min(lowest, shared);
  }
  if (lowest < Number.POSITIVE_INFINITY) common.setLimit(lowest);
  // That of one is that of all lanes of the key.
  const [any] = actions.values();
  any?.lane.refresh();
}

/** Once for each combination. */
function warnOfDifferent({ host }: KeyLimits, limit: ActionLimit, log: Log): void {
  const limits = [...limit.users.values()].map(({ name, perSecond }) => `${name}: ${perSecond}`);
  const different = [...new Set(limits)].toSorted().join(', ');
  if (new Set(limits).size < 2 || different === limit.warned) return;
  limit.warned = different;
  log.warn(
    'accounts with the same key have different rate limits: the lowest applies to all; set the same rate_limits',
    {
      accounts: [...limit.users.keys()]
        .slice(0, 10)
        .map(({ watched }) => watched.name)
        .join(', '),
      host,
      action: limit.action,
      per_second: limit.limiter.perSecond(),
    },
  );
}
