// Logs changes of the credentials of an account: their source, and whether they can be read and renewed.
import type { FoundCredentials } from '../model/credentials.ts';
import { Failure, reasons } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { AccountLabels } from '../model/observer.ts';

/** Logs the source of the credentials when it changes, and when reading or renewing them starts or stops failing. */
export function logCredentials(
  log: Log,
  labels: AccountLabels,
  before: FoundCredentials | Failure | undefined,
  after: FoundCredentials | Failure,
): void {
  if (after instanceof Failure) {
    if (before instanceof Failure && before.message === after.message) return;
    log.warn('no credentials: the checks of the account fail', {
      ...labels,
      error: after.message,
      hint: reasons[after.reason],
    });
    return;
  }
  const { source, failure, expiresAtSeconds, warning } = after;
  const earlier = before instanceof Failure ? undefined : before;
  if (before instanceof Failure || (source !== undefined && source !== earlier?.source)) {
    log.info('credentials found', { ...labels, source: source ?? 'configuration' });
  }
  warnOfFlaws(log, labels, earlier?.warning, warning);
  if (failure !== undefined && failure.message !== earlier?.failure?.message) {
    log.warn('credentials cannot be renewed; using those that are still valid', {
      ...labels,
      source,
      ...(expiresAtSeconds === undefined ? {} : { until: new Date(expiresAtSeconds * 1000).toISOString() }),
      error: failure.message,
    });
  } else if (failure === undefined && earlier?.failure !== undefined) {
    log.info('credentials are renewed again', { ...labels, source });
  }
}

function warnOfFlaws(log: Log, labels: object, before: string | undefined, after: string | undefined): void {
  if (after === undefined || after === before) return;
  log.warn('the credentials do not look right; the API will probably refuse them', { ...labels, warning: after });
}
