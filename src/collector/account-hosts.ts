// The hosts that an account calls: the lanes of its actions there, with the rate limits of its key.
import type { Check } from '../model/check.ts';
import type { Credentials } from '../model/credentials.ts';
import { callsOf } from '../model/provider.ts';
import type { Account } from './account.ts';
import type { Line } from './lane.ts';
import type { LimitedLane } from './limits.ts';
import { type Limit, limitsOf } from './watch.ts';

/** A host that the account calls. */
export interface AccountHost {
  /** Identifies the credential that the rate limits belong to. */
  key: string;
  /** By action: all of the provider, because the limits of the account hold for others with the same key. */
  lanes: ReadonlyMap<string, { limit: LimitedLane; line: Line }>;
}

/** Adopts changed limits. @param moved whether the hosts may be others */
export function adoptLimits(account: Account, moved: boolean): void {
  for (const { lanes } of account.hosts.values()) {
    for (const { limit } of lanes.values()) limit.resume();
    for (const [action, limit] of ownLimits(account)) lanes.get(action)?.limit.use(account, limit);
  }
  if (moved) leaveHosts(account);
}

/** Stops the use of all lanes. */
export function leaveHosts(account: Account): void {
  for (const host of account.hosts.values()) leaveHost(account, host);
  account.hosts.clear();
}

function leaveHost(account: Account, { lanes }: AccountHost): void {
  for (const { limit } of lanes.values()) limit.leave(account);
}

/** The limit of each action. The shards split it evenly. */
function ownLimits({ watched, totalShards }: Account): [action: string, limit: Limit][] {
  return Array.from(limitsOf(watched, callsOf(watched.provider)), ([action, limit]) => [
    action,
    { ...limit, perSecond: limit.perSecond / totalShards },
  ]);
}

/** The line of the account in the lane of a check, at a host, with these credentials. */
export function lineOf(account: Account, { action, shared }: Check, host: string, credentials: Credentials): Line {
  if (action === undefined) return shared === true ? account.sharedLine : account.connectionLine;
  const key = keyOf(account, credentials);
  let known = account.hosts.get(host);
  if (known?.key !== key) account.hosts.set(host, (known = useHost(account, host, key)));
  const lane = known.lanes.get(action);
  if (lane === undefined) throw new Error(`the provider does not list the action ${action}`);
  return lane.line;
}

function useHost(account: Account, host: string, key: string): AccountHost {
  const { limits, batch } = account.tools;
  const { calls, lists, watched } = account;
  const before = account.hosts.get(host);
  const lanes = new Map<string, { limit: LimitedLane; line: Line }>();
  batch(() => {
    for (const [action, ownLimit] of ownLimits(account)) {
      const limit = limits.lane({ host, key }, action);
      // A new key of the account, such as that of renewed temporary credentials, does not start with an empty second.
      const earlier = before?.lanes.get(action)?.limit;
      if (earlier !== undefined) limit.inherit(earlier);
      limit.use(account, ownLimit);
      const { seat } = action === watched.provider.list?.action ? lists : calls;
      lanes.set(action, { limit, line: seat.line(limit.lane) });
    }
    if (before !== undefined) leaveHost(account, before);
  });
  return { key, lanes };
}

/**
 * Identifies the credential: the role that was assumed, or else its key id. Without one the account has its own limits.
 * Never shown.
 */
export function keyOf({ watched, roleId }: Account, credentials: Credentials): string {
  if (roleId !== undefined) return JSON.stringify({ role: roleId });
  const id = credentials[watched.provider.credentials.find(({ secret }) => !secret)?.name ?? ''];
  return JSON.stringify(id === undefined ? { account: watched.name } : { id });
}
