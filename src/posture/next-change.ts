// Until when the findings of an instance stay the same, as long as what is known about it does.
import type { Facts } from '../model/facts.ts';
import { failingMs, lateRenewalMs } from '../model/thresholds.ts';
import type { Subject } from './subject.ts';

/** Unix milliseconds: before that, time alone changes no finding. Not before `nowMs` of the subject. */
export function nextChangeMs({ facts, lastKnown, accept, checks, thresholds, nowMs }: Subject): number {
  const { certificateWarning, certificateCritical, caWarning, caCritical, keyAge } = thresholds;
  const serverMargins = [0, lateRenewalMs, certificateCritical, certificateWarning];
  const caMargins = [0, caCritical, caWarning];
  let next = Number.POSITIVE_INFINITY;
  const add = (time: number) => {
    if (time >= nowMs && time < next) next = time;
  };
  const addFacts = ({ certificates = [], keys = [] }: Facts) => {
    for (const { certificate, notAfterSeconds } of certificates) {
      for (const margin of certificate === 'ca' ? caMargins : serverMargins) add(notAfterSeconds * 1000 - margin);
    }
    for (const { createdSeconds } of keys) if (createdSeconds !== undefined) add(createdSeconds * 1000 + keyAge);
  };
  addFacts(facts);
  if (lastKnown !== undefined) addFacts(lastKnown.facts);
  for (const { untilMs } of accept) add(untilMs);
  for (const { failingSinceMs } of checks) if (failingSinceMs !== undefined) add(failingSinceMs + failingMs);
  return next;
}
