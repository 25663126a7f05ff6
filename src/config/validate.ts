// Converts the text of a configuration file into a configuration, or into the list of its problems.
import { dirname } from 'node:path';
import { asMapping, asObject, parse, type Report } from '../files/parse-part.ts';
import { type Path, type Problem, parseYaml, type YamlDocument } from '../files/yaml-document.ts';
import { Failure } from '../model/failure.ts';
import { type Instance, instanceKey } from '../model/instance.ts';
import type { Provider } from '../model/provider.ts';
import type { Account, Config } from './config.ts';
import { accountSchema, envName, instanceSchema, scrapeSchema } from './schema.ts';
import { readSecret, type SecretSource } from './secret.ts';

/** What a configuration is validated against. */
export interface ValidationContext {
  providers: readonly Provider[];
  /** Label names that the exporter itself uses. */
  reservedLabels: ReadonlySet<string>;
  env: NodeJS.ProcessEnv;
}

/** A configuration, or every problem of the file in the order of its lines. */
export type Validation = { config: Config; problems?: never } | { config?: never; problems: Problem[] };

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
  const folder = dirname(file);
  await checkSecrets(accounts, { env: context.env, folder, report });

  if (problems.length > 0) {
    return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
  }
  const known = new Map(
    [...accounts].flatMap(([name, { account }]) => (account === undefined ? [] : [[name, account]])),
  );
  return { config: { scrape: scrape ?? scrapeSchema.parse({}), accounts: known, instances, folder } };
}

/** A partially valid account, so that its instances do not report follow-up errors. */
interface Draft {
  provider: Provider | undefined;
  secrets: Readonly<Record<string, SecretSource>>;
  /** undefined if it has problems. */
  account: Account | undefined;
}

type Accounts = Map<string, Draft>;

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
    const account: Account | undefined = parsed && {
      name,
      provider,
      settings: parsed,
      rateLimits: parsed.rate_limits as Record<string, number>,
      secrets,
    };
    accounts.set(name, { provider, secrets, account });
  }
  return accounts;
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

async function checkSecrets(
  accounts: Accounts,
  { env, folder, report }: { env: NodeJS.ProcessEnv; folder: string; report: Report },
): Promise<void> {
  for (const [accountName, { secrets }] of accounts) {
    for (const [name, source] of Object.entries(secrets)) {
      if (source.from === 'env' && !envName.safeParse(source.name).success) continue;
      const key = source.from === 'value' ? name : `${name}_${source.from}`;
      try {
        await readSecret(source, env, folder);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        report(['accounts', accountName, key], error.message);
      }
    }
  }
}

function readInstances(
  value: unknown,
  accounts: Accounts,
  { reservedLabels }: ValidationContext,
  { report, document }: { report: Report; document: YamlDocument },
): Instance[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report(['instances'], 'must be a list');
    return [];
  }
  const instances: Instance[] = [];
  const seen = new Map<string, number>();
  for (const [index, raw] of value.entries()) {
    const path = ['instances', index];
    const parsed = parse(instanceSchema, raw, path, report);
    checkLabelNames(asObject(raw)?.['labels'], reservedLabels, path, report);
    const entry: Record<string, unknown> | undefined = parsed ?? asObject(raw);
    if (entry === undefined) continue;
    const { name = '', provider } = findAccount(entry['account'], accounts, path, report);
    if (provider === undefined) continue;
    checkRegion(entry['region'], provider, path, report);
    checkChecks(entry['checks'], provider, path, report);
    if (parsed === undefined) continue;
    const instance: Instance = {
      account: name,
      provider: provider.id,
      id: parsed.id,
      region: parsed.region ?? '',
      name: parsed.name ?? parsed.id,
      labels: parsed.labels,
      checks: [...new Set(parsed.checks ?? provider.checks.map((check) => check.name))],
    };
    const twin = seen.get(instanceKey(instance));
    if (twin !== undefined) {
      const { line } = document.problem(['instances', twin], '');
      report(path, `the same account, region and id as instances[${twin}] on line ${line}`);
    }
    seen.set(instanceKey(instance), twin ?? index);
    instances.push(instance);
  }
  return instances;
}

/** The account of an instance and its provider, where they are valid. */
function findAccount(
  given: unknown,
  accounts: Accounts,
  path: Path,
  report: Report,
): { name?: string | undefined; provider?: Provider | undefined } {
  const names = [...accounts.keys()];
  const name = given === undefined && names.length === 1 ? names[0] : given;
  if (name === undefined) {
    report(path, `account is required unless there is exactly one account (there are ${names.length})`);
    return {};
  }
  if (typeof name !== 'string') return {};
  if (!accounts.has(name)) {
    report([...path, 'account'], `no such account; configured: ${names.join(', ') || 'none'}`);
  }
  return { name, provider: accounts.get(name)?.provider };
}

function checkRegion(region: unknown, { id, regions }: Provider, path: Path, report: Report): void {
  if (regions === undefined) return;
  if (region === undefined || (regions === 'any' && region === '')) report(path, `region is required for ${id}`);
  else if (typeof region !== 'string') return;
  else if (regions === 'any' && !hostLabel.test(region))
    report([...path, 'region'], 'must be a region: letters, digits and - only');
  else if (regions !== 'any' && !regions.includes(region))
    report([...path, 'region'], `must be a region of ${id}: ${regions.join(', ')}`);
}

/** A region can become a part of the API's host name. */
const hostLabel = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

function checkChecks(checks: unknown, { id, checks: known }: Provider, path: Path, report: Report): void {
  const names = known.map(({ name }) => name);
  for (const [index, check] of (Array.isArray(checks) ? checks : []).entries()) {
    if (typeof check !== 'string' || names.includes(check)) continue;
    report([...path, 'checks', index], `${id} has only the checks ${names.join(', ')}`);
  }
}

function checkLabelNames(labels: unknown, reserved: ReadonlySet<string>, path: Path, report: Report): void {
  for (const name of Object.keys(asObject(labels) ?? {})) {
    const wrong = labelComplaint(name, reserved);
    if (wrong !== undefined) report([...path, 'labels', name], wrong, 'key');
  }
}

function labelComplaint(name: string, reserved: ReadonlySet<string>): string | undefined {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return 'not a label name: only letters, digits and _, no digit first';
  if (name.startsWith('__')) return 'label names that begin with __ are reserved by Prometheus';
  if (reserved.has(name)) return 'this label name is used by the exporter itself; choose another';
  return undefined;
}
