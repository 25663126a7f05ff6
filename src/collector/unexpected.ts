// Errors that are a fault of the exporter itself: logged with their stack, and a failure with the reason `internal`.
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';

/**
 * Converts an error into a failure; a `Failure` is returned as it is.
 * @param what subject of the log line, such as `a check`
 */
export function toFailure(error: unknown, what: string, log: Log, labels: Readonly<Record<string, unknown>>): Failure {
  if (error instanceof Failure) return error;
  // Only the stack is logged, because the error may hold a request with its credentials.
  const stack = error instanceof Error ? error.stack : 'none';
  log.error(`${what} threw an unexpected error; please report this`, { ...labels, stack });
  return new Failure('internal', `${what} threw an unexpected error; the log has the stack`);
}
