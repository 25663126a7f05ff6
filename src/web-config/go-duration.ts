// Parses durations like time.ParseDuration of Go.

const nanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds of `1h30m`, `-1.5s` or `0`; undefined for anything else, or beyond 292 years. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign, rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  do {
    const match = part.exec(rest);
    if (match === null) return undefined;
    total += Math.floor(Number(match[1]) * (nanoseconds[match[2] ?? ''] ?? 0));
    if (total > 2 ** 63) return undefined;
  } while (part.lastIndex < rest.length);
  if (total === 2 ** 63 && sign !== '-') return undefined;
  return sign === '-' ? -total : total;
}
