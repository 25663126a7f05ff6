// Tells the log what became of a check, or of an account's credentials, once for each change.
import { Failure, reasons } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';
import type { Log } from '../model/log.ts';
import type { FoundCredentials } from '../model/provider.ts';

/**
 * Says when a check begins to fail, fails otherwise than before, or heals: not each time that it fails. That the
 * credentials of the account are missing, and that they are there again, is said once for the account.
 */
export function tellOutcome(
  log: Log,
  instance: Instance,
  check: string,
  before: Failure | undefined,
  after: Failure | undefined,
): void {
  const { provider, account, region, id, name } = instance;
  const fields = { provider, account, cloud_region: region, instance_id: id, instance_name: name, check };
  if (after !== undefined) {
    const told = before?.reason === after.reason || after.reason === 'credentials';
    const write = told ? log.debug : log.warn;
    write('check failed', { ...fields, reason: after.reason, error: after.message, hint: reasons[after.reason] });
  } else if (before !== undefined) {
    const write = before.reason === 'credentials' ? log.debug : log.info;
    write('check works again', fields);
  }
}

/** Says where the credentials come from when that changes, and when reading or renewing them begins to fail or works again. */
export function tellCredentials(
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
  const { source, failure, expiresAtSeconds } = after;
  const earlier = before instanceof Failure ? undefined : before;
  if (before instanceof Failure || (source !== undefined && source !== earlier?.source)) {
    log.info('credentials found', { ...labels, source: source ?? 'configuration' });
  }
  if (failure !== undefined && failure.message !== earlier?.failure?.message) {
    log.warn('credentials cannot be renewed; those in use are still good', {
      ...labels,
      source,
      ...(expiresAtSeconds === undefined ? {} : { until: new Date(expiresAtSeconds * 1000).toISOString() }),
      error: failure.message,
    });
  } else if (failure === undefined && earlier?.failure !== undefined) {
    log.info('credentials are renewed again', { ...labels, source });
  }
}
