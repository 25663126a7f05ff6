// The web configuration file as one zod schema: the format of exporter-toolkit, which all Prometheus exporters share.
import * as z from 'zod';
import { isObject } from '../model/wire.ts';
import { bcryptFault } from './bcrypt-hash.ts';
import { parseGoDuration } from './go-duration.ts';
import { cipherSuites, clientAuths, curves, headerValues, tlsVersions } from './names.ts';

/** A mapping with fixed keys; a key without a value is the same as no key. */
function section<S extends z.ZodRawShape>(shape: S) {
  const names = Object.keys(shape);
  const mapping = z.strictObject(shape).partial();
  return z.preprocess((value) => {
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([key, inner]) => inner !== null || !names.includes(key)));
  }, mapping);
}

/** `1` is a text as well, as in YAML 1.1 of Go. */
const textOr = (error: string) => z.union([z.string(), z.number()], { error }).transform(String);
const text = textOr('must be a text, not a list or a mapping');

/** Whole numbers are nanoseconds, as in Go. */
const duration = z
  .union([z.int(), z.string()], { error: 'must be a duration such as 1s' })
  .transform((value, context) => {
    const ns = typeof value === 'number' ? value : parseGoDuration(value);
    if (ns !== undefined) return ns;
    context.addIssue('must be a duration such as 500ms, 1s or 1m30s (units: ns, us, ms, s, m, h)');
    return z.NEVER;
  });

const switchWords = 'y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF'.split(' ');

/** Read and without effect, see ADR 6. */
const unusedSwitch = z.union([z.boolean(), z.enum(switchWords)], { error: 'must be true or false' });

const nameOf = (names: ReadonlyMap<string, unknown>) => z.enum([...names.keys()]);

const tls = section({
  cert: text,
  key: text,
  client_ca: text,
  cert_file: text,
  key_file: text,
  client_ca_file: text,
  client_auth_type: z.enum(['', ...clientAuths.keys()], {
    error: `must be one of ${[...clientAuths.keys()].join(', ')}`,
  }),
  client_allowed_sans: z.array(text),
  min_version: nameOf(tlsVersions),
  max_version: nameOf(tlsVersions),
  cipher_suites: z.array(nameOf(cipherSuites)),
  prefer_server_cipher_suites: unusedSwitch,
  curve_preferences: z.array(nameOf(curves)),
});

/** As Go sends it: line breaks as spaces, trimmed, and UTF-8, of which each byte is one character for Node. */
function wireValue(value: string): string {
  const line = value.replace(/[\r\n]/g, ' ').replace(/^[ \t]+|[ \t]+$/g, '');
  return Buffer.from(line, 'utf8').toString('latin1');
}

/** A header without a value is sent without one, unless its values are limited. */
const headers = z.strictObject(
  Object.fromEntries(
    [...headerValues].map(([name, values]): [string, z.ZodType<string | undefined>] => [
      name,
      values === undefined
        ? text
            .nullable()
            .transform((value) => wireValue(value ?? ''))
            .refine((value) => !/[^\t\x20-\x7e\x80-\xff]/.test(value), 'must not contain control characters')
            .optional()
        : z
            .enum([...values], { error: `must be ${values.join(' or ')}; to omit the header, remove this line` })
            .optional(),
    ]),
  ),
  {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `this header cannot be set; supported: ${[...headerValues.keys()].join(', ')}`
        : undefined,
  },
);

const users = z.preprocess(
  (value, context) => {
    // zod omits this key from a record: a file with this user alone would switch authentication off.
    if (isObject(value) && Object.hasOwn(value, '__proto__')) context.addIssue('a user cannot have the name __proto__');
    return value;
  },
  z.record(
    z.string(),
    textOr('the password of this user must be a bcrypt hash').superRefine((hash, context) => {
      const fault = bcryptFault(hash);
      if (fault !== undefined) context.addIssue(`the password of this user ${fault}`);
    }),
  ),
);

/** The complete file. */
export const webConfigSchema = section({
  tls_server_config: tls,
  http_server_config: section({ http2: unusedSwitch, headers }),
  rate_limit: section({ burst: z.int({ error: 'must be a whole number, without quotes' }), interval: duration }),
  basic_auth_users: users,
});

/** `tls_server_config` alone. */
export const tlsSchema = tls;

/** `tls_server_config` with the names of Go. */
export type TlsSection = z.output<typeof tls>;
