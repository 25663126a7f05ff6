// An answer read field by field: what is understood is kept, what is not is named.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../src/model/failure.ts';
import { parseFields } from '../../src/model/wire.ts';

const schema = z.object({
  needed: z.boolean().nullable(),
  text: z.string().nullish(),
  list: z.array(z.number()).nullish(),
});

const whole = { needed: true, text: 'a', list: [1] };

describe('parseFields', () => {
  it('keeps what is understood, and nothing that was not asked for', () => {
    expect(parseFields(schema, { ...whole, secret: 'x' })).toEqual({ fields: whole, failure: undefined });
  });

  it('takes null and missing where they may be', () => {
    const { fields, failure } = parseFields(schema, { needed: null });
    expect(failure).toBeUndefined();
    expect(fields).toEqual({ needed: null });
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['of a wrong type', { text: 7 }, ['text']],
    ['that is missing though it must be there', { needed: undefined }, ['needed']],
    ['with a wrong part', { list: [1, 'x'] }, ['list']],
    ['and another one', { needed: 'yes', list: {} }, ['needed', 'list']],
  ])('leaves out a field %s, names it, and keeps the others', (_what, odd, names) => {
    const { fields, failure } = parseFields(schema, { ...whole, ...odd });
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'bad_response', retryable: false });
    for (const name of names) expect(failure?.message).toContain(name);
    expect(fields).toEqual(Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name))));
  });

  it('shows no value in its failure', () => {
    const { failure } = parseFields(schema, { ...whole, text: ['SECRET'], needed: 'SECRET' });
    expect(failure?.message).not.toContain('SECRET');
  });

  it('is not fooled by names that every object has', () => {
    const odd = z.object({ constructor: z.string().nullish(), toString: z.string().nullish() });
    expect(parseFields(odd, { toString: 'x', constructor: 'y' }).fields).toEqual({ toString: 'x', constructor: 'y' });
  });
});
