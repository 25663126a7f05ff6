// Logs changes, not repeats: a check that starts to fail or recovers, credentials that are missing or available again.
import type { FoundCredentials } from '../model/credentials.ts';
import { Failure, reasons } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';
import type { Log } from '../model/log.ts';

/**
 * Logs that a check starts to fail, fails for another reason, or recovers. Missing credentials are logged once for the
 * account, not for each check.
 */
export function logOutcome(
  log: Log,
  instance: Instance,
  check: string,
  { before, after }: { before: Failure | undefined; after: Failure | undefined },
): void {
  const fields = labelsOf(instance, check);
  if (after !== undefined) {
    const details = { ...fields, reason: after.reason, error: after.message, hint: reasons[after.reason] };
    const unsupported = after.reason === 'unsupported';
    const message = unsupported ? 'check is not supported by this database' : 'check failed';
    if (before?.reason === after.reason || after.reason === 'credentials') log.debug(message, details);
    else if (unsupported) log.info(message, details);
    else log.warn(message, details);
  } else if (before !== undefined) {
    const write = before.reason === 'credentials' ? log.debug : log.info;
    write('check succeeds again', fields);
  }
}

/** Logs that the fields of a response that are not understood have changed. */
export function logUnreadable(
  log: Log,
  instance: Instance,
  check: string,
  { before = [], after = [] }: { before: readonly string[] | undefined; after: readonly string[] | undefined },
): void {
  if (before.join() === after.join()) return;
  const fields = labelsOf(instance, check);
  if (after.length === 0) log.info('fields of the response are understood again', { ...fields, fields: before.join() });
  else {
    const hint = 'compare the field with the page of the API; the facts that it contains are not known';
    log.warn('fields of the response are not understood', { ...fields, fields: after.join(), hint });
  }
}

function labelsOf({ provider, account, region, id, name }: Instance, check: string) {
  return { provider, account, cloud_region: region, instance_id: id, instance_name: name, check };
}

/** Logs the source of the credentials when it changes, and when reading or renewing them starts or stops failing. */
export function logCredentials(
  log: Log,
  labels: { provider: string; account: string },
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
