// How a recording rule keeps what was last known.
import { indent } from './promql.ts';
import type { Recording } from './rule.ts';

/** Recorded by every evaluation, at its end. */
export const evaluated = 'fleet:clouddb_instance_info:count';

/** The previous result of a rule; after a gap in the evaluations, such as a restart of Prometheus, one up to 1 h old. */
export const previous = (record: string, matchers = '') => `(
  ${record}${matchers}
  or last_over_time(${record}${matchers}[1h]) unless on () ${evaluated}
)`;

/** What a rule records. */
interface Source {
  live: string;
  key: string;
  /** One condition for all series, or one for those with each of these matchers. */
  keep: string | Readonly<Record<string, string>>;
}

/** The live series, or else what was known of the same object, where `keep` holds. */
export function lastKnown({ comment, record, live, key, keep }: Omit<Recording, 'expr'> & Source): Recording {
  const held = Object.entries(typeof keep === 'string' ? { '': keep } : keep).map(
    ([matchers, condition]) => `${previous(record, matchers)}\n${condition}`,
  );
  return {
    ...(comment === undefined ? {} : { comment }),
    record,
    expr: `${live}
or on (${key})
(
  ${indent(held.join('\nor\n'), 2)}
)`,
  };
}
