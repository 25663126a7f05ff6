// `thresholds:` of the configuration.
import { parse, type Report, type ReportUnknown } from '../files/parse-part.ts';
import { dayMs, defaultThresholds, type Thresholds } from '../model/thresholds.ts';
import { thresholdsSchema } from './schema.ts';

/** Validates the section. @returns the defaults where it is absent or invalid */
export function readThresholds(value: unknown, report: Report, unknown: ReportUnknown): Thresholds {
  const parsed = parse(thresholdsSchema, value ?? {}, ['thresholds'], report, unknown);
  if (parsed === undefined) return defaultThresholds;
  for (const kind of ['certificate', 'ca'] as const) {
    if (parsed[`${kind}_warning`] >= parsed[`${kind}_critical`]) continue;
    report(
      ['thresholds'],
      `${kind}_warning must be at least ${kind}_critical, which is ${parsed[`${kind}_critical`] / dayMs}d: a warning comes first`,
    );
  }
  return {
    certificateWarning: parsed.certificate_warning,
    certificateCritical: parsed.certificate_critical,
    caWarning: parsed.ca_warning,
    caCritical: parsed.ca_critical,
    keyAge: parsed.key_age,
  };
}
