// The instances of an account: adds those of a new fleet, stops and removes those that it no longer has.
import { tlsCheckName } from '../model/check.ts';
import type { ListedInstance } from '../model/discovery.ts';
import { type Instance, instanceKey } from '../model/instance.ts';
import { type Account, checksOf, groupOf } from './account.ts';
import { leaveHosts } from './account-hosts.ts';
import { createRegionList } from './instance-lists.ts';
import { type CheckRecord, createCheckRecord, createInstanceRecord, type InstanceRecord } from './records.ts';
import { stopCheck } from './sweep.ts';

/** Adopts the instances of a new fleet. Removed instances and checks are stopped, and their facts dropped. */
export function setInstances(account: Account, instances: readonly Instance[]): void {
  if (account.instances === instances) return;
  account.instances = instances;
  account.observed = undefined;
  account.used = new Set(instances.flatMap(({ checks }) => checks));
  const gone = new Map(account.records);
  account.tools.batch(() => {
    for (const instance of instances) {
      const key = instanceKey(instance);
      const owner = gone.get(key) ?? createInstanceRecord(instance);
      if (!gone.delete(key)) account.records.set(key, owner);
      setChecks(account, owner, instance);
    }
    for (const [key, owner] of gone) {
      for (const entry of owner.checks) remove(account, entry);
      account.records.delete(key);
    }
  });
  const regions = new Set(instances.map(({ region }) => region));
  for (const region of account.calls.byRegion.keys()) if (!regions.has(region)) account.calls.byRegion.delete(region);
}

/** Adopts the regions whose instances are listed. @param adopt called with each complete list */
export function setLists(
  account: Account,
  adopt: (region: string, list: readonly ListedInstance[]) => Promise<void>,
): void {
  const { watched, lists } = account;
  const { list, id: provider } = watched.provider;
  const regions = watched.discovery?.regions ?? [];
  for (const [region, { entry }] of lists.byRegion) {
    if (regions.includes(region)) continue;
    remove(account, entry);
    lists.byRegion.delete(region);
  }
  for (const region of regions) {
    if (list === undefined || lists.byRegion.has(region)) continue;
    const needsTags = () => Object.keys(account.watched.discovery?.tags ?? {}).length > 0;
    const owner = { account: watched.name, provider, region, list, needsTags, adopt: adopt.bind(undefined, region) };
    lists.byRegion.set(region, createRegionList(owner, lists));
    account.configured++;
  }
}

/** Checks that stay keep their facts. */
function setChecks(account: Account, owner: InstanceRecord, instance: Instance): void {
  const { checks: before } = owner;
  // What another address, or another name, showed is no fact of this one.
  const isMoved = JSON.stringify(owner.instance.tlsProbe) !== JSON.stringify(instance.tlsProbe);
  owner.instance = instance;
  owner.knownUntil = Number.NEGATIVE_INFINITY;
  if (
    !isMoved &&
    instance.checks.length === before.length &&
    instance.checks.every((name, at) => before[at]?.check.name === name)
  ) {
    return;
  }
  const checks = instance.checks.flatMap((name) => {
    const known = isMoved && name === tlsCheckName ? undefined : before.find((entry) => entry.check.name === name);
    if (known !== undefined) return known;
    const check = account.watched.provider.checks.find((one) => one.name === name);
    if (check === undefined) return [];
    account.configured++;
    return createCheckRecord(owner, check, groupOf(account, instance.region, check));
  });
  // A copy has no room for more, as the result of flatMap has.
  owner.checks = checks.slice();
  for (const entry of before) if (!owner.checks.includes(entry)) remove(account, entry);
}

function remove(account: Account, entry: CheckRecord): void {
  stopCheck(account, entry);
  account.configured--;
  if (entry.last !== undefined) account.finished--;
  const { owner, check, group, last, unreadable } = entry;
  group.outcomes.removed(owner.instance, check.name, last?.failure, unreadable?.fields);
}

/** Stops everything; the account must not be used any more. */
export function stopAccount(account: Account): void {
  const { calls, connections, lists, tools } = account;
  tools.batch(() => {
    for (const entry of checksOf(account)) stopCheck(account, entry);
  });
  for (const { seat, outcomes } of [calls, connections, lists]) {
    outcomes.close();
    seat.close();
  }
  leaveHosts(account);
}
