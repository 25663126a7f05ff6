// Validates the fields of an API response one by one: valid fields are kept, a failure names the others.
import type * as z from 'zod';
import { Failure } from './failure.ts';

/** Whether a value of JSON or YAML is an object, not null and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The valid fields, and a failure that names the others. */
export interface ParsedFields<T> {
  fields: Partial<T>;
  failure: Failure | undefined;
}

/**
 * Parses an object field by field. A field that is missing although required, has a wrong type or an unknown value is
 * left out and reported in a failure (bad_response), so that one invalid field neither invents a fact nor hides the
 * others.
 */
export function parseFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  value: Readonly<Record<string, unknown>>,
): ParsedFields<z.output<z.ZodObject<S>>> {
  const fields: Record<string, unknown> = {};
  const invalid: string[] = [];
  for (const [name, field] of Object.entries(schema.shape)) {
    const result = (field as z.ZodType).safeParse(value[name]);
    if (result.success) fields[name] = result.data;
    else invalid.push(name);
  }
  const failure =
    invalid.length === 0
      ? undefined
      : new Failure('bad_response', `missing or invalid in the response: ${invalid.join(', ')}`);
  return { fields: fields as Partial<z.output<z.ZodObject<S>>>, failure };
}

/** As parseFields, of an entry of a list, which is of no use without any of its fields. @throws {Failure} bad_response */
export function parseEntry<S extends z.ZodRawShape>(schema: z.ZodObject<S>, value: unknown): z.output<z.ZodObject<S>> {
  if (!isObject(value)) throw new Failure('bad_response', 'an entry of the list is not an object');
  const { fields, failure } = parseFields(schema, value);
  if (failure !== undefined) throw failure;
  return fields as z.output<z.ZodObject<S>>;
}
