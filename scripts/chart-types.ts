// Kinds of values that the schema of the Helm chart consists of.
import * as z from 'zod';

export const text = z.string();
export const whole = z.int().min(1);
export const port = z.int().min(1024, 'a port that user 65532 may bind').max(65_535);
export const dnsName = text
  .regex(/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$/)
  .describe('Name of an object; empty: none.');
export const secretKey = text.regex(/^[\w.-]{1,253}$/).describe('Key of a Secret.');
export const duration = text.regex(/^([0-9]+(ms|[smhdw]))+$/).describe('Prometheus duration, such as 30s.');
export const registry = text.regex(/^([A-Za-z0-9][A-Za-z0-9._:/-]*[A-Za-z0-9])?$/);
export const texts = z.record(text, text);
export const open = z.looseObject({}).describe('A part of a Kubernetes object.');
export const objects = z.array(z.looseObject({}));
export const named = z.looseObject({ name: text.min(1) });
export const secretSelector = z.strictObject({ name: dnsName, key: secretKey, optional: z.boolean().optional() });

/** An object with optional keys: the chart has defaults for them. */
export const part = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).partial();
