// Validates the instances of a configuration against its accounts.
import { asObject, parse, type Report, type ReportUnknown } from '../files/parse-part.ts';
import { looksLikeName, shownName } from '../files/shown-name.ts';
import { didYouMean } from '../files/suggest.ts';
import type { Path, YamlDocument } from '../files/yaml-document.ts';
import type { Acceptance } from '../model/finding.ts';
import { type Instance, instanceKey } from '../model/instance.ts';
import type { Provider } from '../model/provider.ts';
import { checkChecks, chosenChecks } from './instance-checks.ts';
import { labelComplaint } from './label-name.ts';
import { checkRegion } from './region.ts';
import { instanceSchema } from './schema.ts';
import { readTlsProbe } from './tls-probe.ts';
import type { Accounts, Draft } from './validate-accounts.ts';

/** What instances are validated with. */
export interface InstanceContext {
  /** Label names that the exporter itself uses. */
  reservedLabels: ReadonlySet<string>;
  unknown: ReportUnknown;
  report: Report;
  warn: Report;
  document: YamlDocument;
  /** Unix milliseconds. */
  nowMs: number;
}

/** Validates the list of instances. @returns those that are valid */
export function readInstances(value: unknown, accounts: Accounts, context: InstanceContext): Instance[] {
  const { report } = context;
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    const entries = asObject(value) === undefined ? '' : ', not a mapping';
    report(['instances'], `must be a list${entries}: begin each entry with a dash, such as "- id: …"`);
    return [];
  }
  if (accounts?.size === 0 && value.length > 0) {
    report(['accounts'], 'has no account, and each instance needs one');
    return [];
  }
  const instances: Instance[] = [];
  const repeats = repeatsReporter(context);
  for (const [index, raw] of value.entries()) {
    const instance = readInstance(raw, ['instances', index], accounts, context);
    if (instance === undefined) continue;
    repeats(instance, index);
    instances.push(instance);
  }
  return instances;
}

function readInstance(raw: unknown, path: Path, accounts: Accounts, context: InstanceContext): Instance | undefined {
  const { report, warn, unknown } = context;
  const parsed = parse(instanceSchema, raw, path, report, unknown);
  checkLabelNames(asObject(raw)?.['labels'], path, context);
  const entry: Record<string, unknown> | undefined = parsed ?? asObject(raw);
  if (entry === undefined) return undefined;
  const { name = '', provider, tlsProbe: account, fetchesCa } = findAccount(entry['account'], accounts, path, report);
  if (provider === undefined) return undefined;
  checkInstanceRegion(entry['region'], provider, path, { report, warn });
  checkChecks(entry['checks'], { provider, fetchesCa }, path, report);
  if (parsed === undefined) return undefined;
  const { checks } = parsed;
  const tlsProbe = readTlsProbe({ own: parsed.tls_probe, account, checks, provider }, path, context);
  return {
    account: name,
    provider: provider.id,
    id: parsed.id,
    region: parsed.region ?? '',
    name: parsed.name ?? parsed.id,
    labels: parsed.labels,
    checks: chosenChecks(checks, provider, { probed: tlsProbe !== undefined, fetchesCa }),
    ...(tlsProbe === undefined ? {} : { tlsProbe }),
    ...(parsed.accept === null || parsed.accept.length === 0
      ? {}
      : { accept: readAcceptances(parsed.accept, path, context) }),
  };
}

/** Reports a finding that is accepted twice; warns of acceptances that are over, and of those without a reason. */
function readAcceptances(
  given: readonly { finding: Acceptance['finding']; until: number; reason: string }[],
  path: Path,
  { report, warn, nowMs }: InstanceContext,
): Acceptance[] {
  const seen = new Set<string>();
  return given.map(({ finding, until: untilMs, reason }, index) => {
    const at = [...path, 'accept', index];
    if (seen.has(finding)) report([...at, 'finding'], `${finding} is accepted twice; leave one entry`);
    seen.add(finding);
    if (untilMs < nowMs)
      warn([...at, 'until'], 'this day is over: the finding counts again; remove the entry or extend it');
    else if (reason.trim() === '') warn(at, 'has no reason: write down why, and who decided it');
    return { finding, untilMs, reason };
  });
}

/** Reports the same instance twice, and warns of the same id in two regions of an account. */
function repeatsReporter({ report, warn, document }: InstanceContext): (instance: Instance, index: number) => void {
  const seen = new Map<string, number>();
  const anyRegion = new Map<string, number>();
  const nameOf = (index: number) => `instances[${index}] on line ${document.problem(['instances', index], '').line}`;
  return (instance, index) => {
    const path = ['instances', index];
    const key = instanceKey(instance);
    const idKey = instanceKey({ ...instance, region: '' });
    const twin = seen.get(key);
    const namesake = anyRegion.get(idKey);
    if (twin !== undefined) report(path, `the same account, region and id as ${nameOf(twin)}; remove one of them`);
    else if (namesake !== undefined) warn(path, `the same account and id as ${nameOf(namesake)}, in another region`);
    seen.set(key, twin ?? index);
    anyRegion.set(idKey, namesake ?? index);
  };
}

/** Names that a message lists at most. */
const listed = 20;

/** The account of an instance and its provider, where they are valid. */
function findAccount(
  given: unknown,
  accounts: Accounts,
  path: Path,
  report: Report,
): Partial<Pick<Draft, 'provider' | 'tlsProbe' | 'fetchesCa'>> & { name?: string } {
  if (accounts === undefined) return {};
  const [only] = accounts.size === 1 ? accounts.keys() : [];
  const name = given === undefined ? only : given;
  if (name === undefined) {
    report(path, `account is required unless there is exactly one account (there are ${accounts.size})`);
    return {};
  }
  if (typeof name !== 'string') return {};
  if (!accounts.has(name)) report([...path, 'account'], `no such account${otherAccounts(name, [...accounts.keys()])}`);
  return { ...accounts.get(name), name };
}

function otherAccounts(name: string, names: readonly string[]): string {
  const more = names.length > listed ? ` and ${names.length - listed} more` : '';
  const shown = names.slice(0, listed).map(shownName).join(', ');
  return didYouMean(name, names.filter(looksLikeName)) || `; configured: ${shown}${more}`;
}

function checkInstanceRegion(
  region: unknown,
  provider: Provider,
  path: Path,
  reports: { report: Report; warn: Report },
): void {
  const { id, regions } = provider;
  if (regions === undefined) return;
  if (region === undefined || (regions === 'any' && region === '')) {
    reports.report(path, `region is required for ${id}`);
  } else if (typeof region === 'string') checkRegion(region, provider, [...path, 'region'], reports);
}

function checkLabelNames(labels: unknown, path: Path, { reservedLabels, report, warn }: InstanceContext): void {
  for (const name of Object.keys(asObject(labels) ?? {})) {
    const wrong = labelComplaint(name, reservedLabels);
    if (wrong !== undefined) report([...path, 'labels', name], wrong, 'key');
    else if (/[a-z][A-Z]/.test(name)) {
      warn([...path, 'labels', name], 'promtool expects label names in snake_case, such as cost_center', 'key');
    }
  }
}
