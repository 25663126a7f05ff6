// Values of flags: each function reads one from the command line, or throws what to write instead.
import { InvalidArgumentError } from 'commander';
import { parseFlagDuration } from '../model/duration.ts';

/** A path. */
export function path(text: string): string {
  if (text === '') throw new InvalidArgumentError('The value is empty: give a path.');
  return text;
}

/** A whole number within bounds. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** Milliseconds of a duration, also of 0. */
export function offset(text: string): number {
  const ms = parseFlagDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Give a duration such as 500ms or 0.5s.');
  return ms;
}

const maxTimeoutMs = 3_600_000;

/** Milliseconds of a duration up to an hour. */
export function timeout(text: string): number {
  const ms = parseFlagDuration(text) ?? 0;
  if (ms < 1 || ms > maxTimeoutMs) throw new InvalidArgumentError('Give a duration from 1ms to 1h, such as 5s.');
  return ms;
}
