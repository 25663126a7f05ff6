// The shapes of the configuration file as zod schemas, composed from what the providers declare.
import * as z from 'zod';
import { endpointSchema } from '../http/endpoint.ts';
import { durationSchema } from '../model/duration.ts';
import { instanceFindings } from '../model/finding.ts';
import { instanceIdPattern } from '../model/instance.ts';
import { callsOf, type Provider } from '../model/provider.ts';
import { defaultThresholds } from '../model/thresholds.ts';
import { isObject } from '../model/wire.ts';
import { caBundleSchema } from './ca-bundle.ts';
import { discoverySchema } from './discovery.ts';
import { placeholderFlaw } from './secret-flaw.ts';
import { accountProbeSchema, instanceProbeSchema } from './tls-probe.ts';

/** The keys at the top of the file. */
export const sections = ['scrape', 'thresholds', 'accounts', 'instances'] as const;

const positiveDuration = durationSchema.refine(
  (ms) => ms > 0 && ms <= 600_000,
  'must be longer than 0s and at most 10m',
);

/** `scrape:`; durations become milliseconds. */
export const scrapeSchema = z.strictObject({
  refresh_interval: durationSchema
    .default(0)
    .describe('A result younger than this is not requested again; 0s: every scrape calls the API.'),
  max_stale: durationSchema
    .default(3_600_000)
    .describe('How long the last known facts are kept while a check fails. Default 1h.'),
  concurrency: z.int().min(1).max(1024).default(64).describe('Requests in flight, all accounts together.'),
  request_timeout: positiveDuration.default(5000).describe('Timeout of one HTTP request. Default 5s.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('Per check, after temporary failures, with jittered back-off and within the rate limit.'),
});

const threshold = (defaultMs: number, meaning: string) =>
  durationSchema.default(defaultMs).describe(`${meaning} Default ${defaultMs / 86_400_000}d.`);

/** `thresholds:`; durations become milliseconds. */
export const thresholdsSchema = z.strictObject({
  certificate_warning: threshold(
    defaultThresholds.certificateWarning,
    'A server certificate that expires within this time is a warning.',
  ),
  certificate_critical: threshold(defaultThresholds.certificateCritical, 'The same, critical.'),
  ca_warning: threshold(defaultThresholds.caWarning, 'A CA certificate that expires within this time is a warning.'),
  ca_critical: threshold(defaultThresholds.caCritical, 'The same, critical.'),
  key_age: threshold(defaultThresholds.keyAge, 'An enabled encryption key that is older is reported as information.'),
});

/** `scrape:` after parsing; durations in milliseconds. */
export type ScrapeSettings = z.output<typeof scrapeSchema>;

/** Name of an environment variable. */
export const envName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, not the secret itself');

/** The API actions of a provider, which `rate_limits` can name. */
const actionsOf = (provider: Provider) => [...new Set(callsOf(provider).flatMap(({ action }) => action ?? []))];

/** A secret in the file itself; text that a shell or a template would expand stays as it is. */
function inlineSecret(name: string) {
  const use = `use ${name}_env or ${name}_file`;
  return z
    .string({
      error: ({ input }) => (isObject(input) ? `is a mapping or a template, which is not expanded; ${use}` : undefined),
    })
    .regex(/\S/, 'must not be empty')
    .superRefine((text, context) => {
      const flaw = placeholderFlaw(text);
      if (flaw !== undefined) context.addIssue({ code: 'custom', message: `${flaw}; ${use}` });
    });
}

/** One account of a provider: the common settings, the provider's own, and three sources for each secret. */
export function accountSchema(provider: Provider) {
  const actions = ['*', ...actionsOf(provider)];
  const secrets: Record<string, z.ZodType> = {};
  for (const { name } of provider.credentials) {
    secrets[name] = inlineSecret(name).optional();
    secrets[`${name}_env`] = envName.optional().describe(`Environment variable that contains ${name}.`);
    secrets[`${name}_file`] = z.string().min(1, 'must not be empty').optional().describe(`File that contains ${name}.`);
  }
  return z.strictObject({
    provider: z.literal(provider.id),
    endpoint: endpointSchema(provider.regions !== undefined)
      .default(provider.defaultEndpoint)
      .describe(`Default: ${provider.defaultEndpoint}`),
    refresh_interval: durationSchema.optional().describe('Overrides that of `scrape` for this account.'),
    ca_file: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .describe(
        'PEM file of the CAs to trust for the API and the STS of this account, instead of those of the system.',
      ),
    rate_limits: z
      .partialRecord(z.enum(actions), z.number().positive().max(100_000))
      .default({})
      .describe(
        'Requests per second by API action; "*" is one limit for all other actions together. Accounts with the same key at the same host share them.',
      ),
    ...(provider.database === undefined ? {} : { tls_probe: accountProbeSchema }),
    ...(provider.database?.caUrl === undefined ? {} : { ca_bundle: caBundleSchema }),
    ...(provider.list === undefined ? {} : { discovery: discoverySchema(provider) }),
    ...provider.settings,
    ...secrets,
  });
}

const wrongDay = 'must be a day such as 2027-01-31';

/** A day, in UTC. Becomes the unix milliseconds of its last second. */
const lastDay = z
  .string({
    error: ({ input }) =>
      input === undefined ? `is required: the last day of the acceptance, such as 2027-01-31` : wrongDay,
  })
  .regex(/^\d{4}-\d\d-\d\d$/, wrongDay)
  .transform((text, context) => {
    const ms = Date.parse(`${text}T23:59:59Z`);
    // Date.parse takes 2027-02-31 as the third of March.
    if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms;
    context.addIssue({ code: 'custom', message: `there is no such day; ${wrongDay}` });
    return z.NEVER;
  });

/** One entry of `accept:` of an instance. */
const acceptanceSchema = z.strictObject({
  finding: z.enum(instanceFindings).describe('The finding that is accepted.'),
  until: lastDay.describe(
    'Last day of the acceptance (UTC), such as 2027-01-31; the finding counts again from the next day.',
  ),
  reason: z.string().max(200, 'must have at most 200 characters').default('').describe('Why, and who decided it.'),
});

const label = z.string().max(200, 'must have at most 200 characters');

/** One entry of `instances:`. */
export const instanceSchema = z.strictObject({
  account: z.string().optional().describe('Key of `accounts`; optional while there is exactly one.'),
  id: z
    .string()
    .regex(instanceIdPattern, 'must be an instance id: a letter or digit, then up to 127 of these or _ . : -'),
  region: z.string().max(64, 'must have at most 64 characters').optional().describe('Cloud region.'),
  name: label
    .min(1, 'must not be empty')
    .regex(/[\p{L}\p{N}\p{P}\p{S}]|^$/u, 'must have a visible character')
    .optional()
    .describe('Label instance_name; default: the id.'),
  labels: z.record(z.string(), label).default({}).describe('Labels on every series of the instance.'),
  checks: z
    .array(z.string())
    .min(1, 'must name at least one check')
    .optional()
    .describe('Default: all of the provider; tls only where tls_probe is set, ca only where ca_bundle.fetch is.'),
  tls_probe: instanceProbeSchema,
  accept: z
    .array(acceptanceSchema)
    .nullable()
    .default([])
    .describe(
      'Findings that are accepted for this instance until a day: they raise no alert and are shown as accepted.',
    ),
});

/** The JSON Schema of the file, for editors. */
export function configJsonSchema(providers: readonly Provider[]): Record<string, unknown> {
  const regions = [
    ...new Set(providers.flatMap((provider) => (Array.isArray(provider.regions) ? provider.regions : []))),
  ];
  const checks = [...new Set(providers.flatMap((provider) => provider.checks.map(({ name }) => name)))];
  const whole = z.strictObject({
    scrape: scrapeSchema.optional(),
    thresholds: thresholdsSchema.optional(),
    accounts: z.record(z.string(), z.union(providers.map(accountSchema))),
    instances: z
      .array(
        instanceSchema.extend({
          region: z.union([z.enum(regions), z.string()]).optional(),
          checks: z.array(z.enum(checks)).min(1).optional(),
        }),
      )
      .optional(),
  });
  return {
    title: 'clouddb-encryption-exporter configuration',
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
