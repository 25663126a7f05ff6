// Validates parts of a configuration by their zod schemas; the messages never repeat a value.
import type * as z from 'zod';
import { isObject } from '../model/wire.ts';
import type { Path } from './yaml-document.ts';

/** Receives each problem: where it is, the message, and whether it concerns the key or the value. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void;

/** Validates one part and reports each of its problems. @returns undefined when there are any */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  path: Path,
  report: Report,
): z.output<T> | undefined {
  const result = safely(() => schema.safeParse(value, { error: describeIssue }));
  if (result === undefined) {
    report(path, 'contains a value of an unexpected type');
    return undefined;
  }
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const at = [...path, ...(issue.path as (string | number)[])];
    if (issue.code !== 'unrecognized_keys') {
      report(at, issue.message);
      continue;
    }
    const known = 'shape' in schema && issue.path.length === 0 ? Object.keys(schema.shape as object) : [];
    const message = known.length === 0 ? issue.message : `unknown key; known here: ${known.join(', ')}`;
    for (const key of issue.keys) report([...at, key], message, 'key');
  }
  return undefined;
}

/** zod reads `length` of any object, and a mapping of the user may have a key of this name. */
function safely<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Messages for issues without one of their own; zod's default messages repeat the value. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is required';
      if (issue.expected === 'int') return 'must be a whole number';
      if (issue.expected === 'number' && typeof issue.input === 'number') return 'must be a finite number';
      const quote =
        issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input) ? '; put it in quotes' : '';
      return `must be a ${typeWords[issue.expected] ?? issue.expected}, not ${nameType(issue.input)}${quote}`;
    }
    case 'invalid_union':
      return typeof issue.input === 'number'
        ? 'must be a duration with a unit, such as 5s'
        : 'must be a duration such as 5s';
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_key':
    case 'unrecognized_keys':
      return 'unknown key';
    case 'too_small':
      return `must be ${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'mapping',
  record: 'mapping',
  array: 'list',
  int: 'whole number',
};

function nameType(value: unknown): string {
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}

/** A mapping as an object, or undefined. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  return isObject(value) ? value : undefined;
}

/** As asObject, and reports a value that is neither a mapping nor empty. */
export function asMapping(value: unknown, path: Path, report: Report): Record<string, unknown> | undefined {
  const object = asObject(value);
  if (object === undefined && path.length === 0) report(path, 'the file must contain a mapping with the key accounts');
  else if (object === undefined && value !== undefined && value !== null)
    report(path, `must be a mapping, not ${nameType(value)}`);
  return object;
}
