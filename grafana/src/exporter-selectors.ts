// Selectors with the variables of the exporter dashboard.
import { lastingFamilies } from '../../src/metrics/catalogue.ts';

/** Series of the selected exporters. */
export const ofExporter = 'instance=~"$exporter"';

/** Series of the selected accounts in the selected exporters. */
export const ofAccount = `${ofExporter}, provider=~"$provider", account=~"$account"`;

const { buildInfo } = lastingFamilies;

/** Targets that are exporters or were within the time range: `up` has no separate label for them. */
export const targets = `(up{${ofExporter}} and on (job, instance) last_over_time(${buildInfo.name}[$__range]))`;

/** A metric of the processes of exporters. */
export function ofProcess(metric: string): string {
  return `(${metric}{${ofExporter}} and on (job, instance) ${buildInfo.name})`;
}

/** Share of the time in which the event loop of each exporter works. */
export const busy = `(rate(nodejs_eventloop_active_seconds_total{${ofExporter}}[$__rate_interval]) and on (job, instance) ${buildInfo.name})`;
