// What was understood of a configuration, for check-config: each account with its sources, limits and instances.
import { limitsOf, usedCalls } from '../collector/watch.ts';
import { caFileIn } from '../config/ca-file.ts';
import type { Account, Config } from '../config/config.ts';
import { describeSource } from '../config/secret.ts';
import { shownName } from '../files/shown-name.ts';
import { instancesByAccount } from '../fleet/fleet.ts';
import type { Instance } from '../model/instance.ts';
import { countText, durationText, listText } from '../model/wording.ts';

/** Accounts that are described at most. */
const maxAccounts = 100;

/** Indented lines for each account; no line contains a secret. */
export function describeConfig({ accounts, instances, folder }: Config): string[] {
  const byAccount = instancesByAccount(instances);
  const shown = [...accounts.values()].slice(0, maxAccounts);
  const lines = shown.flatMap((account) => [
    `  account ${shownName(account.name)}: ${account.provider.id} at ${account.settings.endpoint}`,
    `    credentials: ${describeCredentials(account, folder)}`,
    ...describeRole(account),
    ...describeCaFile(account, folder),
    ...describeCaBundle(account),
    ...describeDiscovery(account),
    `    rate limits: ${describeLimits(account)}`,
    `    instances: ${describeInstances(byAccount.get(account.name) ?? [])}${account.discovery === undefined ? '' : ', and those that are found'}`,
  ]);
  return accounts.size > shown.length ? [...lines, `  and ${accounts.size - shown.length} more accounts`] : lines;
}

function describeRole({ provider, settings }: Account): string[] {
  const role = provider.role?.(settings);
  return role === undefined ? [] : [`    role: ${role.description}`];
}

function describeCaFile({ settings: { ca_file: file } }: Account, folder: string): string[] {
  return file === undefined ? [] : [`    CA file: ${caFileIn(folder, file).name}`];
}

function describeCaBundle({ caBundle }: Account): string[] {
  return caBundle === undefined ? [] : [`    CA certificates: downloaded from ${caBundle.allowedHosts.join(', ')}`];
}

function describeDiscovery({ discovery }: Account): string[] {
  if (discovery === undefined) return [];
  const { regions, tags, exclude, refreshIntervalMs, tagLabels, template } = discovery;
  const tagged = Object.entries(tags).map(([tag, value]) => `${tag}=${value}`);
  const parts = [
    regions[0] === '' ? 'all instances' : `instances of ${regions.join(', ')}`,
    ...(tagged.length === 0 ? [] : [`with ${listText(tagged)}`]),
    ...(exclude.size === 0 ? [] : [`without ${countText(exclude.size, 'id')}`]),
    ...(tagLabels.length === 0 ? [] : [`labels ${tagLabels.map(({ label }) => label).join(', ')}`]),
    `checks ${template.checks.join(', ')}`,
    `listed every ${durationText(refreshIntervalMs)}`,
  ];
  return [`    discovery: ${parts.join('; ')}`];
}

function describeCredentials({ provider, secrets }: Account, folder: string): string {
  const configured = Object.entries(secrets);
  if (configured.length > 0) {
    return configured
      .map(([field, source]) =>
        source.from === 'value' ? `${field} from the configuration` : `${field} from ${describeSource(source, folder)}`,
      )
      .join(', ');
  }
  const variables = provider.credentials.map(({ env }) => env).join(', ');
  const others = provider.usualCredentials === undefined ? '' : ', or the other default sources of the provider';
  return `none configured: environment variables ${variables}${others}`;
}

/** Checks of one action share its limit. */
function describeLimits(account: Account): string {
  const limits = new Map<string, number>();
  for (const { name, perSecond } of limitsOf(account, usedCalls(account)).values()) limits.set(name, perSecond);
  return (
    [...limits].map(([name, perSecond]) => `${name === '*' ? 'all actions' : name} ${perSecond}/s`).join(', ') || 'none'
  );
}

function describeInstances(instances: readonly Instance[]): string {
  const checks = new Map<string, number>();
  for (const check of instances.flatMap((instance) => instance.checks)) checks.set(check, (checks.get(check) ?? 0) + 1);
  const counts = [...checks].map(([check, number]) => `${check} ${number}`).join(', ');
  return counts === '' ? `${instances.length}` : `${instances.length} (checks: ${counts})`;
}
