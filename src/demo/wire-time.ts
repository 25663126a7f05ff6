// Points in time as the simulated clouds write them.

/** `YYYY-MM-DDTHH:MM:SSZ`. */
export function utcTime(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}

/** `YYYY-MM-DD HH:MM:SS` in UTC+8, the zone of both clouds' zone-less times. */
export function beijingTime(unixMs: number): string {
  return new Date(unixMs + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
