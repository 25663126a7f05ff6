// The rank of each instance in the fleet: its level and first expiry, kept until one of them can change.
import type { Check } from '../model/check.ts';
import type { Facts } from '../model/facts.ts';
import type { Instance } from '../model/instance.ts';
import type { Knowledge } from '../model/knowledge.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { nextChangeMs } from '../posture/next-change.ts';
import { caCertificates, serverCertificates } from '../posture/subject.ts';
import { type Level, stateOf } from './instance-state.ts';
import type { StatusModel } from './status-model.ts';

/** What counts and order of the status page need of an instance. */
export interface Standing {
  level: Level;
  hasAccepted: boolean;
  /** Unix milliseconds; a very large number where no certificate is known. */
  firstExpiryMs: number;
}

/** A standing with all that it follows from. */
interface Kept extends Standing {
  facts: Facts;
  lastFacts: Facts | undefined;
  /** Of the checks, as text. */
  outcomes: string;
  checks: readonly Check[];
  thresholds: Thresholds;
  /** Unix milliseconds; until is not included. */
  fromMs: number;
  untilMs: number;
}

/** By instance: what is known about it is a new object after each attempt of a check, mostly with the same facts. */
const keptOf = new WeakMap<Instance, Kept>();

/** The standing of an instance, derived again only when what it follows from has changed. */
export function standingOf(knowledge: Knowledge, model: StatusModel): Standing {
  const { instance, facts, lastKnown } = knowledge;
  const { thresholds, nowMs } = model;
  const { checks } = model.providerOf(instance.account);
  const outcomes = outcomesOf(knowledge);
  const kept = keptOf.get(instance);
  if (
    kept !== undefined &&
    kept.facts === facts &&
    kept.lastFacts === lastKnown?.facts &&
    kept.outcomes === outcomes &&
    kept.checks === checks &&
    kept.thresholds === thresholds &&
    kept.fromMs <= nowMs &&
    nowMs < kept.untilMs
  ) {
    return kept;
  }
  const { level, hasAccepted, subject } = stateOf(knowledge, model);
  const derived: Kept = {
    level,
    hasAccepted,
    firstExpiryMs: firstExpiryMs(facts),
    facts,
    lastFacts: lastKnown?.facts,
    outcomes,
    checks,
    thresholds,
    fromMs: nowMs,
    untilMs: nextChangeMs(subject),
  };
  keptOf.set(instance, derived);
  return derived;
}

/** What findings depend on: which checks have finished and which fail, why and since when, and unreadable fields. */
function outcomesOf({ checks }: Knowledge): string {
  let text = '';
  for (const { check, last, failingSinceMs, unreadable } of checks) {
    text += `${check} ${last === undefined ? 'none' : (last.failure?.reason ?? '')} ${failingSinceMs ?? ''} ${unreadable?.length ?? 0},`;
  }
  return text;
}

function firstExpiryMs(facts: Facts): number {
  const ends = [...serverCertificates(facts), ...caCertificates(facts)].map((one) => one.notAfterSeconds * 1000);
  return Math.min(Number.MAX_VALUE, ...ends);
}
