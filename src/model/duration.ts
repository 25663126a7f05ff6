// Prometheus durations: `500ms`, `5s`, `1h30m`, `1d`.
import * as z from 'zod';

const unitMs = { y: 365 * 86_400_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** The syntax of a Prometheus duration; `0` needs no unit. */
const durationPattern = /^(?!$)(?:0|(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?)$/;

/**
 * Milliseconds of a Prometheus duration, or undefined if it is invalid: units from large to small, each at
 * most once, no fractions (prometheus/common model.ParseDuration).
 */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  const units = Object.values(unitMs);
  const total = match.slice(1).reduce((sum, digits, i) => sum + Number(digits ?? 0) * (units[i] ?? 0), 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** As parseDuration; also accepts one decimal number with a unit (`0.5s`), as flags of Go programs do. */
export function parseFlagDuration(text: string): number | undefined {
  const decimal = /^(\d+\.\d+)(ms|s|m|h)$/.exec(text);
  if (decimal === null) return parseDuration(text);
  const ms = Number(decimal[1]) * unitMs[decimal[2] as 'ms' | 's' | 'm' | 'h'];
  return ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
}

/** A duration in a configuration. Becomes milliseconds. */
export const durationSchema = z
  .union([z.string().regex(durationPattern, 'must be a duration such as 500ms, 5s, 1h30m or 1d'), z.literal(0)])
  .meta({ examples: ['15m'] })
  .transform((text, context) => {
    const ms = parseDuration(String(text));
    if (ms === undefined) context.addIssue({ code: 'custom', message: 'is too long for a duration' });
    return ms ?? z.NEVER;
  });
