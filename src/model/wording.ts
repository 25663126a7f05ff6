// Times, ages and counts in words.

/** E.g. `90 s`, `5 min`, `3 h`, `12 d`; never negative. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** How long ago a moment was, e.g. `90 s ago`. @param atMs unix milliseconds, as `nowMs` */
export function ago(atMs: number, nowMs: number): string {
  return `${durationText(nowMs - atMs)} ago`;
}

/** E.g. `2026-11-22 08:15:00 UTC`. @param ms unix milliseconds */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** E.g. `2026-11-22`, in UTC. @param ms unix milliseconds */
export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** E.g. `a`, `a and b`, `a, b, and c`. Not Intl.ListFormat: its first use takes 30 ms. */
export function listText(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  if (names.length < 3) return names.join(' and ');
  return `${names.slice(0, -1).join(', ')}, and ${last}`;
}

/** E.g. `1 instance`, `2 instances`. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
