// The shapes of the configuration file as zod schemas, composed from what the providers declare.
import * as z from 'zod';
import { endpointSchema } from '../http/endpoint.ts';
import { durationSchema } from '../model/duration.ts';
import { instanceFindings } from '../model/finding.ts';
import { instanceIdPattern } from '../model/instance.ts';
import { callsOf, type Provider } from '../model/provider.ts';
import { dayMs, defaultThresholds } from '../model/thresholds.ts';
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
    .prefault('0s')
    .describe('A result younger than this is not requested again; 0s: every scrape calls the API.'),
  max_stale: durationSchema.prefault('1h').describe('How long the last known facts are kept while a check fails.'),
  concurrency: z.int().min(1).max(1024).default(64).describe('Requests in flight, all accounts together.'),
  request_timeout: positiveDuration.prefault('5s').describe('Timeout of one HTTP request, and of one TLS probe.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('Per check, after temporary failures, with jittered back-off and within the rate limit.'),
});

const threshold = (defaultMs: number, meaning: string) =>
  durationSchema.prefault(`${defaultMs / dayMs}d`).describe(meaning);

/** `thresholds:`; durations become milliseconds. */
export const thresholdsSchema = z.strictObject({
  certificate_warning: threshold(
    defaultThresholds.certificateWarning,
    'A server certificate that expires within this time is a warning.',
  ),
  certificate_critical: threshold(
    defaultThresholds.certificateCritical,
    'One that expires within this time is critical.',
  ),
  ca_warning: threshold(defaultThresholds.caWarning, 'A CA certificate that expires within this time is a warning.'),
  ca_critical: threshold(defaultThresholds.caCritical, 'One that expires within this time is critical.'),
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

/** The limits that hold by default. */
function exampleLimits(provider: Provider): Record<string, number> {
  const own = callsOf(provider).flatMap(({ action, perSecond }) =>
    action === undefined || perSecond === undefined ? [] : [[action, perSecond] as const],
  );
  const { perSecond } = provider;
  return { ...(perSecond === undefined ? {} : { '*': perSecond }), ...Object.fromEntries(own) };
}

const accountSchemas = new WeakMap<Provider, ReturnType<typeof createAccountSchema>>();

/**
 * One account of a provider: the common settings, the provider's own, and three sources for each secret. Created once for each
 * provider: that takes milliseconds, and every account of a file is validated by it.
 */
export function accountSchema(provider: Provider): ReturnType<typeof createAccountSchema> {
  let schema = accountSchemas.get(provider);
  if (schema === undefined) accountSchemas.set(provider, (schema = createAccountSchema(provider)));
  return schema;
}

function createAccountSchema(provider: Provider) {
  const actions = ['*', ...actionsOf(provider)];
  const secrets: Record<string, z.ZodType> = {};
  for (const { name, env } of provider.credentials) {
    secrets[name] = inlineSecret(name)
      .optional()
      .meta({
        description: `${name} in the file itself; prefer ${name}_env or ${name}_file.`,
        examples: ['REPLACE_ME'],
      });
    secrets[`${name}_env`] = envName
      .optional()
      .meta({ description: `Environment variable that contains ${name}.`, examples: [env] });
    secrets[`${name}_file`] = z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .meta({
        description: `File that contains ${name}; a relative path starts at the folder of the configuration.`,
        examples: [`secrets/${name}`],
      });
  }
  return z.strictObject({
    provider: z.literal(provider.id).describe(`The product: ${provider.title}.`),
    endpoint: endpointSchema(provider.regions !== undefined)
      .default(provider.defaultEndpoint)
      .describe('Address of the API: https, without a path; `{region}` is replaced by the region of the instance.'),
    refresh_interval: durationSchema.optional().describe('Overrides that of `scrape` for this account.'),
    ca_file: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .meta({
        description:
          'PEM file of the CAs to trust for the API and the STS of this account, instead of those of the system.',
        examples: ['private-ca.pem'],
      }),
    rate_limits: z
      .partialRecord(z.enum(actions), z.number().positive().max(100_000))
      .default({})
      .meta({
        description:
          'Requests per second by API action; "*" is one limit for all other actions together. Accounts with the same key at the same host share them. An action that is not set has its documented limit, or the default of the provider.',
        examples: [exampleLimits(provider)],
      }),
    ...(provider.database === undefined ? {} : { tls_probe: accountProbeSchema(provider.database.protocol) }),
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
  .meta({ examples: ['2027-01-31'] })
  .transform((text, context) => {
    const ms = Date.parse(`${text}T23:59:59Z`);
    // Date.parse takes 2027-02-31 as the third of March.
    if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms;
    context.addIssue({ code: 'custom', message: `there is no such day; ${wrongDay}` });
    return z.NEVER;
  });

/** One entry of `accept:` of an instance. */
const acceptanceSchema = z.strictObject({
  finding: z.enum(instanceFindings).meta({ description: 'The finding that is accepted.', examples: ['ssl_disabled'] }),
  until: lastDay.describe('Last day of the acceptance (UTC); the finding counts again from the next day.'),
  reason: z
    .string()
    .max(200, 'must have at most 200 characters')
    .default('')
    .meta({ description: 'Why, and who decided it.', examples: ['legacy client, SEC-42'] }),
});

const label = z.string().max(200, 'must have at most 200 characters');

/** What `region` of an instance means. */
export const regionText = 'Cloud region: required where the product has regions, else a label only.';

/** What `checks` of an instance means. */
export const checksText =
  'Default: all of the provider; tls only where tls_probe is set, ca only where ca_bundle.fetch is.';

/** One entry of `instances:`. */
export const instanceSchema = z.strictObject({
  account: z
    .string()
    .optional()
    .meta({ description: 'Key of `accounts`; optional while there is exactly one.', examples: ['main'] }),
  id: z
    .string()
    .regex(instanceIdPattern, 'must be an instance id: a letter or digit, then up to 127 of these or _ . : -')
    .meta({ description: 'Id of the instance, as the console of the cloud shows it.', examples: ['db-6bwgamo3'] }),
  region: z.string().max(64, 'must have at most 64 characters').optional().describe(regionText),
  name: label
    .min(1, 'must not be empty')
    .regex(/[\p{L}\p{N}\p{P}\p{S}]|^$/u, 'must have a visible character')
    .optional()
    .meta({ description: 'Label instance_name; default: the id.', examples: ['orders'] }),
  labels: z
    .record(z.string(), label)
    .default({})
    .meta({ description: 'Labels on every series of the instance.', examples: [{ team: 'payments', env: 'prod' }] }),
  checks: z.array(z.string()).min(1, 'must name at least one check').optional().describe(checksText),
  tls_probe: instanceProbeSchema,
  accept: z
    .array(acceptanceSchema)
    .nullable()
    .default([])
    .describe(
      'Findings that are accepted for this instance until a day: they raise no alert and are shown as accepted.',
    ),
});
