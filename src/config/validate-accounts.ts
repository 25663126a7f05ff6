// Validates the accounts of a configuration, and finds where their secrets come from.

import type * as z from 'zod';
import { findInvisibleCharacter } from '../files/odd-characters.ts';
import { asMapping, asObject, parse, type Report } from '../files/parse-part.ts';
import { didYouMean } from '../files/suggest.ts';
import type { Path } from '../files/yaml-document.ts';
import type { Provider } from '../model/provider.ts';
import { type GivenCaBundle, readCaBundleSettings } from './ca-bundle.ts';
import type { Account } from './config.ts';
import { type GivenDiscovery, readDiscovery } from './discovery.ts';
import { type Places, reportMisplaced, unknownReporter } from './misplaced.ts';
import { accountSchema, sections } from './schema.ts';
import type { SecretSource } from './secret.ts';
import type { GivenProbe } from './tls-probe.ts';

/** A partially valid account, so that its instances do not report follow-up errors. */
export interface Draft {
  provider: Provider | undefined;
  secrets: Readonly<Record<string, SecretSource>>;
  tlsProbe?: GivenProbe;
  /** Whether CA bundles are downloaded. */
  fetchesCa?: boolean;
  /** Whether it has settings of discovery, also invalid ones. */
  discovers?: boolean;
  /** undefined if it has problems. */
  account: Account | undefined;
}

/** Accounts by name; undefined when the entire section is unusable, so that nothing is known about an account. */
export type Accounts = Map<string, Draft> | undefined;

/** What accounts are validated with. */
export interface AccountContext {
  providers: readonly Provider[];
  places: Places;
  /** Label names that the exporter itself uses. */
  reservedLabels: ReadonlySet<string>;
  report: Report;
  warn: Report;
}

/** Validates the mapping of accounts. */
export function readAccounts(value: unknown, context: AccountContext): Accounts {
  const { report } = context;
  const example = `the name of each account, and below it its settings, such as main: { provider: ${context.providers[0]?.id} }`;
  if (Array.isArray(value)) {
    report(['accounts'], `must be a mapping, not a list: ${example}`);
    return undefined;
  }
  const mapping = asMapping(value, ['accounts'], report);
  if (mapping === undefined) return undefined;
  if (typeof mapping['provider'] === 'string') {
    report(
      ['accounts', 'provider'],
      `must be below the name of an account, and indented more than it: accounts contains ${example}`,
      'key',
    );
    return undefined;
  }
  const accounts = new Map<string, Draft>();
  for (const [name, raw] of Object.entries(mapping)) {
    const isSection = sections.some((section) => section === name) && asObject(raw)?.['provider'] === undefined;
    if (isSection) reportMisplaced([name], 'at the left margin, next to accounts', ['accounts'], report);
    else accounts.set(name, readAccount(name, raw, context));
  }
  return accounts;
}

/** The provider adds its own settings. */
type ParsedAccount = z.output<ReturnType<typeof accountSchema>> & {
  tls_probe?: GivenProbe;
  ca_bundle?: GivenCaBundle;
  discovery?: GivenDiscovery;
};

function readAccount(name: string, raw: unknown, context: AccountContext): Draft {
  const { providers, places, report, warn } = context;
  const path = ['accounts', name];
  const unusable = { provider: undefined, secrets: {}, account: undefined };
  if (!/^[^\p{Cc}]{1,100}$/u.test(name))
    report(path, 'must have 1 to 100 characters, none of them a control character', 'key');
  if (findInvisibleCharacter(name) !== undefined) {
    report(path, 'not the name of an account', 'key');
    return unusable;
  }
  const settings = asMapping(raw, path, report);
  if (settings === undefined) {
    if (raw === undefined || raw === null) report(path, 'is empty: provider is required');
    return unusable;
  }
  const provider = providers.find(({ id }) => id === settings['provider']);
  if (provider === undefined) {
    reportNoProvider(settings, path, { providers, places, report });
    return unusable;
  }
  const parsed = parse(accountSchema(provider), settings, path, report, unknownReporter(places, report));
  const secrets = readSecretSources(provider, settings, path, report);
  const discovers = settings['discovery'] !== undefined;
  if (parsed === undefined) return { provider, secrets, discovers, account: undefined };
  for (const { setting, message } of provider.warnings?.(parsed) ?? []) warn([...path, setting], message, 'key');
  // What is no setting of the provider is kept apart: a change of it does not close the session.
  const {
    rate_limits,
    refresh_interval: refreshInterval,
    tls_probe: tlsProbe,
    ca_bundle,
    discovery: given,
    ...own
  } = parsed as ParsedAccount;
  const caBundle = readCaBundleSettings(ca_bundle, path, warn);
  const fetchesCa = caBundle !== undefined;
  const discovery = readDiscovery({ given, account: name, provider, tlsProbe, fetchesCa }, context);
  const rateLimits = rate_limits as Record<string, number>;
  return {
    provider,
    secrets,
    tlsProbe,
    fetchesCa,
    discovers,
    account: { name, provider, settings: own, rateLimits, refreshInterval, secrets, caBundle, discovery },
  };
}

/** Which provider it must be, and the keys that no provider has: one of them may be the mistyped `provider`. */
function reportNoProvider(
  settings: Record<string, unknown>,
  path: Path,
  { providers, places, report }: Omit<AccountContext, 'warn' | 'reservedLabels'>,
): void {
  const given = settings['provider'];
  const keys = [...new Set(providers.flatMap((provider) => Object.keys(accountSchema(provider).shape)))];
  const unknown = Object.keys(settings).filter((key) => !keys.includes(key));
  unknownReporter(places, report)(unknown, keys, path);
  if (given === undefined && unknown.some((key) => didYouMean(key, ['provider']) !== '')) return;
  const ids = providers.map(({ id }) => id);
  const known = `must be one of ${ids.join(', ')}${didYouMean(given, ids)}`;
  report([...path, 'provider'], given === undefined ? `is required; ${known}` : known);
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
