// A response validated field by field: valid fields are kept, invalid ones named.
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Failure } from '../../src/model/failure.ts';
import { parseFields } from '../../src/model/wire.ts';

const schema = z.object({
  needed: z.boolean().nullable(),
  text: z.string().nullish(),
  list: z.array(z.number()).nullish(),
});

const whole = { needed: true, text: 'a', list: [1] };

describe('parseFields', () => {
  it('keeps valid fields of the schema, and no others', () => {
    expect(parseFields(schema, { ...whole, secret: 'x' })).toEqual({ fields: whole, failure: undefined });
  });

  it('accepts null and missing where the schema allows them', () => {
    const { fields, failure } = parseFields(schema, { needed: null });
    expect(failure).toBeUndefined();
    expect(fields).toEqual({ needed: null });
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['of a wrong type', { text: 7 }, ['text']],
    ['that is missing although required', { needed: undefined }, ['needed']],
    ['with an invalid element', { list: [1, 'x'] }, ['list']],
    ['and another field', { needed: 'yes', list: {} }, ['needed', 'list']],
  ])('omits a field %s, names it, and keeps the others', (_what, invalid, names) => {
    const { fields, failure } = parseFields(schema, { ...whole, ...invalid });
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'bad_response', retryable: false });
    for (const name of names) expect(failure?.message).toContain(name);
    expect(fields).toEqual(Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name))));
  });

  it('has no value of the response in its failure', () => {
    const { failure } = parseFields(schema, { ...whole, text: ['SECRET'], needed: 'SECRET' });
    expect(failure?.message).not.toContain('SECRET');
  });

  it('handles fields with the names of built-in properties', () => {
    const builtIn = z.object({ constructor: z.string().nullish(), toString: z.string().nullish() });
    expect(parseFields(builtIn, { toString: 'x', constructor: 'y' }).fields).toEqual({
      toString: 'x',
      constructor: 'y',
    });
  });
});
