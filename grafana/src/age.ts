// How old the facts of instances are.
import { instanceFamilies as family } from '../../src/metrics/catalogue.ts';
import { firstOf, identity, perInstance, rows } from './queries.ts';

const { name: success } = family.checkLastSuccess;
const { name: result } = family.checkSuccess;
const perCheck = `${identity}, check`;

/** Seconds since the last success of the check for which it is longest. @param range the successes, of all exporters */
const oldest = (range: string) => `time() - ${perInstance(perInstance(range, ['check']), [], 'min')}`;

/**
 * Seconds since the last success of the check of each instance for which it is longest; -1 if one fails and never
 * succeeded. While its exporter is down, as last seen in the time range.
 */
export const ageOfFacts = rows(
  firstOf([
    `0 * (${result} == 0 unless on (${perCheck}) ${success}) - 1`,
    oldest(success),
    oldest(`last_over_time(${success}[$__range])`),
  ]),
);
