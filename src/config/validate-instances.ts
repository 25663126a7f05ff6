// Validates the instances of a configuration against its accounts.
import { asObject, parse, type Report } from '../files/parse-part.ts';
import type { Path, YamlDocument } from '../files/yaml-document.ts';
import { type Instance, instanceKey } from '../model/instance.ts';
import type { Provider } from '../model/provider.ts';
import type { Account } from './config.ts';
import { instanceSchema } from './schema.ts';
import type { SecretSource } from './secret.ts';
import type { ValidationContext } from './validate.ts';

/** A partially valid account, so that its instances do not report follow-up errors. */
export interface Draft {
  provider: Provider | undefined;
  secrets: Readonly<Record<string, SecretSource>>;
  /** undefined if it has problems. */
  account: Account | undefined;
}

/** Accounts by name. */
export type Accounts = Map<string, Draft>;

/** Validates the list of instances. @returns those that are valid */
export function readInstances(
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
  const [only] = accounts.size === 1 ? accounts.keys() : [];
  const name = given === undefined ? only : given;
  if (name === undefined) {
    report(path, `account is required unless there is exactly one account (there are ${accounts.size})`);
    return {};
  }
  if (typeof name !== 'string') return {};
  if (!accounts.has(name)) {
    report([...path, 'account'], `no such account; configured: ${[...accounts.keys()].join(', ') || 'none'}`);
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
