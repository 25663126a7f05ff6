// Validates parts of a configuration by their zod schemas; the messages never repeat a value.
import type * as z from 'zod';
import { isObject } from '../model/wire.ts';
import { didYouMean } from './suggest.ts';
import type { Path } from './yaml-document.ts';

/** Receives each problem: where it is, the message, and whether it concerns the key or the value. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void;

/** Reports keys that a mapping must not have. @param known the keys that it can have */
export type ReportUnknown = (keys: readonly string[], known: readonly string[], path: Path) => void;

/** Validates one part and reports each of its problems. @returns undefined when there are any */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  path: Path,
  report: Report,
  reportUnknown: ReportUnknown = (keys, known, at) => {
    for (const key of keys) report([...at, key], unknownKey(key, known), 'key');
  },
): z.output<T> | undefined {
  const result = safely(() => schema.safeParse(value, { error: describeIssue }));
  if (result === undefined) {
    report(path, 'contains a value of an unexpected type');
    return undefined;
  }
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const at = [...path, ...(issue.path as (string | number)[])];
    if (issue.code !== 'unrecognized_keys') report(at, issue.message);
    else if (issue.message !== plainUnknown) for (const key of issue.keys) report([...at, key], issue.message, 'key');
    else reportUnknown(issue.keys, keysAt(schema, issue.path), at);
  }
  return undefined;
}

const plainUnknown = 'unknown key';

/** Words for a key that a mapping must not have. */
export function unknownKey(key: string, known: readonly string[]): string {
  const suggestion = didYouMean(key, known);
  return `${plainUnknown}${suggestion !== '' || known.length === 0 ? suggestion : `; known here: ${known.join(', ')}`}`;
}

/** The keys that a mapping in a value of the schema can have; empty where they are not fixed. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'default' || def.type === 'nullable') return keysAt(def.innerType, path);
  if (def.type === 'pipe') return keysAt(def.out, path);
  const [part, ...rest] = path;
  if (def.type === 'object') {
    const inner = part === undefined ? undefined : def.shape[String(part)];
    return part === undefined ? Object.keys(def.shape) : inner === undefined ? [] : keysAt(inner, rest);
  }
  if (def.type === 'array') return keysAt(def.element, rest);
  if (def.type !== 'record') return [];
  if (part !== undefined) return keysAt(def.valueType, rest);
  const key = (def.keyType as z.core.$ZodTypes)._zod.def;
  return key.type === 'enum' ? Object.values(key.entries).map(String) : [];
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

/** Messages for issues that have none; zod's default messages repeat the value. */
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
        ? 'must be a duration with a unit, such as 5s or 30d'
        : 'must be a duration such as 5s or 30d';
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}${didYouMean(issue.input, issue.values.map(String))}`;
    case 'invalid_key':
    case 'unrecognized_keys':
      return plainUnknown;
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
  if (object === undefined && value !== undefined && value !== null)
    report(path, `must be a mapping, not ${nameType(value)}`);
  return object;
}
