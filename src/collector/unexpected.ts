// Errors that are a fault of the exporter itself: logged with their stack, and a failure with the reason `internal`.
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';

/** Stacks that a log has already: the same fault in 10,000 checks is one line. */
const logged = new WeakMap<Log, Set<unknown>>();
const maxStacks = 100;

/**
 * Converts an error into a failure; a `Failure` is returned as it is.
 * @param what subject of the log line, such as `a check`
 */
export function toFailure(error: unknown, what: string, log: Log, labels: Readonly<Record<string, unknown>>): Failure {
  if (error instanceof Failure) return error;
  // Only the stack is logged, because the error may contain a request with its credentials.
  const stack = error instanceof Error ? error.stack : 'none';
  const known = logged.get(log) ?? new Set();
  logged.set(log, known);
  if (!known.has(stack) && known.size < maxStacks) {
    known.add(stack);
    log.error(`${what} threw an unexpected error; please report this`, { ...labels, stack });
  }
  return new Failure('internal', `${what} threw an unexpected error; the log has the stack`);
}
