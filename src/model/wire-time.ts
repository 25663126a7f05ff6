// Points in time as the Chinese clouds write them.

const pattern = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/;

/** 1971-01-01 in UTC: the epoch in any zone, and a zero date, mean "none". */
const earliestSeconds = 31_536_000;
/** The end of the year 9999 in UTC. */
const latestSeconds = 253_402_300_799;

/** Unix seconds that can be a date; undefined for anything before 1971 or after 9999, and for NaN. */
export function knownSeconds(seconds: number): number | undefined {
  return seconds >= earliestSeconds && seconds <= latestSeconds ? seconds : undefined;
}

/** A parsed point in time. */
export interface WireTime {
  /** Unix seconds. */
  seconds: number;
  /** Whether the text named no zone, so that UTC+8 was assumed. */
  assumedZone: boolean;
}

/**
 * Parses `2026-12-10T04:11:13Z`, the same with an offset, and the zone-less `2024-09-20 07:55:03.0`, which both
 * clouds write in China Standard Time, UTC+8. Undefined for anything else, `0000-00-00 00:00:00` and every time
 * before 1971 included.
 */
export function parseWireTime(text: string): WireTime | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC rolls 30 February over into March; a date that does not exist is rejected.
  const exists =
    new Date(utcMs).toISOString().slice(0, 19) ===
    `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}`;
  const zone = match[7];
  const seconds = exists ? knownSeconds(utcMs / 1000 - offsetSeconds(zone ?? '+08:00')) : undefined;
  return seconds === undefined ? undefined : { seconds, assumedZone: zone === undefined };
}

/** Zeros alone, a date before 1971 such as the epoch, or a word for none. */
const none =
  /^[-0:/.\sTZ+]*$|^(?:0\d{3}|1[0-8]\d\d|19[0-6]\d|1970)[-/]\d\d[-/]\d\d(?!\d)|^(?:n\.?\/?a\.?|null|none|nil)$/i;

/** Whether a text from an API, or its absence, means that there is no point in time, so that there is nothing to parse. */
export function isNoTime(text: string | null | undefined): boolean {
  return none.test((text ?? '').trim());
}

function offsetSeconds(zone: string): number {
  if (zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}
