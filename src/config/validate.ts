// Converts the text of a configuration file into a configuration, or into the list of its problems.
import type * as z from 'zod';
import { folderOf } from '../files/descriptor.ts';
import { asMapping, parse, type Report } from '../files/parse-part.ts';
import { type Path, type Problem, parseYaml } from '../files/yaml-document.ts';
import { Failure } from '../model/failure.ts';
import type { Provider } from '../model/provider.ts';
import type { Account, Config } from './config.ts';
import { accountSchema, envName, scrapeSchema } from './schema.ts';
import { readSecret, type SecretSource } from './secret.ts';
import { type Accounts, readInstances } from './validate-instances.ts';

/** What a configuration is validated against. */
export interface ValidationContext {
  providers: readonly Provider[];
  /** Label names that the exporter itself uses. */
  reservedLabels: ReadonlySet<string>;
  env: NodeJS.ProcessEnv;
}

/** A configuration, or every problem of the file in the order of its lines. */
export type Validation =
  | { config: Config; problems?: never }
  | {
      config?: never;
      problems: Problem[];
      /** Whether the same text can be valid later, e.g. when a secret that it names can be read. */
      canBecomeValid?: boolean;
    };

/** Validates the text of a file. */
export type Validate = (file: string, text: string) => Promise<Validation>;

/** Validates the text and reads every secret that it names. Never throws because of its content. */
export async function validateConfig(file: string, text: string, context: ValidationContext): Promise<Validation> {
  const document = parseYaml(file, text);
  const problems = [...document.problems];
  if (problems.length > 0 && document.value === undefined) return { problems };

  const report: Report = (path, message, at) => problems.push(document.problem(path, message, at));
  const top = asMapping(document.value, [], report);
  for (const key of Object.keys(top ?? {})) {
    if (!['scrape', 'accounts', 'instances'].includes(key)) {
      report([key], 'unknown key; known here: scrape, accounts, instances', 'key');
    }
  }
  const scrape = parse(scrapeSchema, top?.['scrape'] ?? {}, ['scrape'], report);
  if (top !== undefined && (top['accounts'] ?? undefined) === undefined) report([], 'accounts is required');
  const accounts = readAccounts(top?.['accounts'], context, report);
  const instances = readInstances(top?.['instances'], accounts, context, { report, document });
  const folder = folderOf(file);
  const canBecomeValid = !(await checkSecrets(accounts, { env: context.env, folder, report }));

  if (problems.length > 0) {
    return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column), canBecomeValid };
  }
  const known = new Map(
    [...accounts].flatMap(([name, { account }]) => (account === undefined ? [] : [[name, account]])),
  );
  return { config: { scrape: scrape ?? scrapeSchema.parse({}), accounts: known, instances, folder } };
}

function readAccounts(value: unknown, { providers }: ValidationContext, report: Report): Accounts {
  const accounts: Accounts = new Map();
  for (const [name, raw] of Object.entries(asMapping(value, ['accounts'], report) ?? {})) {
    const path = ['accounts', name];
    accounts.set(name, { provider: undefined, secrets: {}, account: undefined });
    if (!/^[^\p{Cc}]{1,100}$/u.test(name))
      report(path, 'must have 1 to 100 characters, none of them a control character', 'key');
    const settings = asMapping(raw, path, report);
    if (settings === undefined) {
      if (raw === undefined || raw === null) report(path, 'is empty: provider is required');
      continue;
    }
    const provider = providers.find(({ id }) => id === settings['provider']);
    if (provider === undefined) {
      const known = `must be one of ${providers.map(({ id }) => id).join(', ')}`;
      report([...path, 'provider'], settings['provider'] === undefined ? `is required; ${known}` : known);
      continue;
    }
    const parsed = parse(accountSchema(provider), settings, path, report);
    const secrets = readSecretSources(provider, settings, path, report);
    const account = parsed && accountOf(name, provider, parsed, secrets);
    accounts.set(name, { provider, secrets, account });
  }
  return accounts;
}

/** What is no setting of the provider is kept apart: a change of it does not close the session. */
function accountOf(
  name: string,
  provider: Provider,
  parsed: z.output<ReturnType<typeof accountSchema>>,
  secrets: Account['secrets'],
): Account {
  const { rate_limits, refresh_interval: refreshInterval, ...settings } = parsed;
  return { name, provider, settings, rateLimits: rate_limits as Record<string, number>, refreshInterval, secrets };
}

function readSecretSources(
  { credentials }: Provider,
  settings: Record<string, unknown>,
  path: Path,
  report: Report,
): Record<string, SecretSource> {
  const sources: Record<string, SecretSource> = {};
  for (const { name } of credentials) {
    const keys = keysOf(name);
    const given = keys.filter((key) => settings[key] !== undefined);
    for (const extra of given.slice(1)) {
      report([...path, extra], `set only one of ${keys.join(', ')}`, 'key');
    }
    const [key = ''] = given;
    const value = settings[key];
    if (typeof value !== 'string' || value === '') continue;
    if (key === name) sources[name] = { from: 'value', value };
    if (key === `${name}_env`) sources[name] = { from: 'env', name: value };
    if (key === `${name}_file`) sources[name] = { from: 'file', path: value };
  }
  const named = credentials.filter(({ name }) => keysOf(name).some((key) => settings[key] !== undefined));
  for (const { name, required } of named.length === 0 ? [] : credentials) {
    if (!required || named.some((field) => field.name === name)) continue;
    report(path, `${name} is required with the other secrets: set ${name}, ${name}_env or ${name}_file`, 'key');
  }
  return sources;
}

const keysOf = (name: string) => [name, `${name}_env`, `${name}_file`];

/** @returns whether all can be read */
async function checkSecrets(
  accounts: Accounts,
  { env, folder, report }: { env: NodeJS.ProcessEnv; folder: string; report: Report },
): Promise<boolean> {
  let readable = true;
  for (const [accountName, { secrets }] of accounts) {
    for (const [name, source] of Object.entries(secrets)) {
      if (source.from === 'env' && !envName.safeParse(source.name).success) continue;
      const key = source.from === 'value' ? name : `${name}_${source.from}`;
      try {
        await readSecret(source, env, folder);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        readable = false;
        report(['accounts', accountName, key], error.message);
      }
    }
  }
  return readable;
}
