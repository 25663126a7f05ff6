// The JSON Schema of the configuration file, for editors, the chart and the reference page.

import * as z from 'zod';
import { programName } from '../model/program-name.ts';
import type { Provider } from '../model/provider.ts';
import { isObject } from '../model/wire.ts';
import { accountSchema, checksText, instanceSchema, regionText, scrapeSchema, thresholdsSchema } from './schema.ts';

/** The JSON Schema of the file, for editors. */
export function configJsonSchema(providers: readonly Provider[]): Record<string, unknown> {
  const regions = [
    ...new Set(providers.flatMap((provider) => (Array.isArray(provider.regions) ? provider.regions : []))),
  ];
  const checks = [...new Set(providers.flatMap((provider) => provider.checks.map(({ name }) => name)))];
  const whole = z.strictObject({
    scrape: scrapeSchema.optional().describe('How often and how fast the APIs are called.'),
    thresholds: thresholdsSchema
      .optional()
      .describe('When an expiry or an age becomes a finding. The alert rules have the same defaults.'),
    accounts: z
      .record(z.string(), z.union(providers.map(accountSchema)))
      .describe('Credentials at an API endpoint; the key becomes the label `account`.'),
    instances: z
      .array(
        instanceSchema.extend({
          region: z
            .union([z.enum(regions), z.string()])
            .optional()
            .describe(regionText),
          checks: z.array(z.enum(checks)).min(1).optional().describe(checksText),
        }),
      )
      .optional()
      .describe('The databases to watch; those that `discovery` finds are added.'),
  });
  return {
    title: `${programName} configuration`,
    ...z.toJSONSchema(whole, { io: 'input', target: 'draft-7' }),
  };
}

/** The words of the format, i.e. keys and the values of closed lists: what a message may show of a broken file. */
export function configWords(providers: readonly Provider[]): ReadonlySet<string> {
  const words = new Set<string>();
  const collect = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) collect(item);
    if (!isObject(node)) return;
    const { properties, enum: values, const: value, ...rest } = node;
    if (isObject(properties)) for (const key of Object.keys(properties)) words.add(key);
    for (const word of Array.isArray(values) ? (values as unknown[]) : [value]) {
      if (typeof word === 'string') words.add(word);
    }
    collect(Object.values(rest));
    collect(isObject(properties) ? Object.values(properties) : undefined);
  };
  collect(configJsonSchema(providers));
  return words;
}
