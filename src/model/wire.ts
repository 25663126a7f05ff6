// Reads the fields of an API's answer one by one: what is understood is kept, what is not is named.
import type { z } from 'zod';
import { Failure } from './failure.ts';

/** Whether a value of JSON or YAML is an object, not null and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields that were understood, and a failure that names the others. */
export interface Understood<T> {
  fields: Partial<T>;
  failure: Failure | undefined;
}

/**
 * Parses an object field by field. A field that is missing though it must be there, of a wrong type or with an unknown
 * value is left out and makes a
 * failure (bad_response), so that one odd field neither invents a fact nor hides the others.
 */
export function understand<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  value: Readonly<Record<string, unknown>>,
): Understood<z.output<z.ZodObject<S>>> {
  const fields: Record<string, unknown> = {};
  const odd: string[] = [];
  for (const [name, field] of Object.entries(schema.shape)) {
    const result = (field as z.ZodType).safeParse(value[name]);
    if (result.success) fields[name] = result.data;
    else odd.push(name);
  }
  const failure =
    odd.length === 0
      ? undefined
      : new Failure('bad_response', `missing from the answer or not understood: ${odd.join(', ')}`);
  return { fields: fields as Partial<z.output<z.ZodObject<S>>>, failure };
}
