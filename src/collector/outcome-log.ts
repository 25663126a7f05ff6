// Tells the log what became of a check, or of an account's credentials, once for each change.
import { type Failure, reasons } from '../core/failure.ts';
import type { Instance } from '../core/instance.ts';
import type { Log } from '../core/log.ts';
import type { FoundCredentials } from '../core/provider.ts';

/** Says when a check begins to fail, fails otherwise than before, or heals: not each time that it fails. */
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
    const write = before?.reason === after.reason ? log.debug : log.warn;
    write('check failed', { ...fields, reason: after.reason, error: after.message, hint: reasons[after.reason] });
  } else if (before !== undefined) {
    log.info('check works again', fields);
  }
}

/** Says where the credentials come from when that changes, and when their renewal begins to fail or works again. */
export function tellCredentials(
  log: Log,
  labels: { provider: string; account: string },
  before: FoundCredentials | undefined,
  { source, failure, expiresAtSeconds }: FoundCredentials,
): void {
  if (source !== undefined && source !== before?.source) log.info('credentials found', { ...labels, source });
  if (failure !== undefined && failure.message !== before?.failure?.message) {
    log.warn('credentials cannot be renewed; those in use are still good', {
      ...labels,
      source,
      ...(expiresAtSeconds === undefined ? {} : { until: new Date(expiresAtSeconds * 1000).toISOString() }),
      error: failure.message,
    });
  } else if (failure === undefined && before?.failure !== undefined) {
    log.info('credentials are renewed again', { ...labels, source });
  }
}
