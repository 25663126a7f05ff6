// Tells the log what became of a check, once for each change.
import { type Failure, reasons } from '../core/failure.ts';
import type { Instance } from '../core/instance.ts';
import type { Log } from '../core/log.ts';

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
