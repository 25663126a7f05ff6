// Opens the configuration files for a command: problems go to stderr as they are, later ones to the log.
import { limitOf } from '../collector/watch.ts';
import type { Config } from '../config/config.ts';
import { type ConfigSource, openConfigFile } from '../config/config-file.ts';
import type { ValidationContext } from '../config/validate.ts';
import { formatProblem, type Problem } from '../files/yaml-document.ts';
import { reservedLabels } from '../metrics/catalogue.ts';
import type { Log } from '../model/log.ts';
import { type Shard, wholeFleet } from '../model/shard.ts';
import { providers } from '../providers/index.ts';
import { createWebConfigReader } from '../web-config/read-web-config.ts';
import { openWebConfig, type WebConfigSource } from '../web-config/web-config-source.ts';
import { processClock } from './process-tools.ts';

/** What every configuration is checked against. */
export function validationContext(): ValidationContext {
  return { providers, reservedLabels, env: process.env };
}

/** @returns undefined after it has written what is wrong */
export async function openConfig(
  file: string,
  log: Log,
  writeError: (text: string) => void,
  shard: Shard = wholeFleet,
): Promise<ConfigSource | undefined> {
  const { source, problems } = await openConfigFile(
    file,
    validationContext(),
    {
      reloaded: (config) => {
        log.info('configuration reloaded', { file });
        warnOfLowLimits(config, shard, log);
      },
      failed: (found) =>
        log.error('configuration is bad; the last good one stays in force', { file, error: inOneLine(found) }),
    },
    Date.now,
  );
  for (const problem of problems ?? []) writeError(`${formatProblem(problem)}\n`);
  if (source !== undefined) warnOfLowLimits(source.current(), shard, log);
  return source;
}

/** For a line of the log, which is no place for the thousands of problems of a file of something else. */
function inOneLine(problems: readonly Problem[]): string {
  const shown = problems.slice(0, 20).map(formatProblem).join('; ');
  const more = problems.length - 20;
  return more > 0 ? `${shown}; and ${more} more, which check-config tells` : shown;
}

/** Less than one call a second for each shard: together they may then exceed the limit in a single second. */
function warnOfLowLimits({ accounts }: Config, { totalShards }: Shard, log: Log): void {
  for (const account of accounts.values()) {
    for (const check of account.provider.checks) {
      const { perSecond } = limitOf(account, check) ?? { perSecond: totalShards };
      if (totalShards === 1 || perSecond >= totalShards) continue;
      log.warn('more shards than calls a second: the rate limit is kept on average only; use fewer shards', {
        account: account.name,
        action: check.action,
        per_second: perSecond,
        total_shards: totalShards,
      });
    }
  }
}

/** @returns undefined when there is none to open; `bad` after it has written what is wrong */
export async function openWebConfigFile(
  file: string | undefined,
  log: Log,
  writeError: (text: string) => void,
): Promise<WebConfigSource | 'bad' | undefined> {
  if (file === undefined) return undefined;
  const { source, problems } = await openWebConfig(
    file,
    createWebConfigReader(file),
    {
      reloaded: () => log.info('web configuration reloaded', { file }),
      failed: (found) =>
        log.error('web configuration is bad; the last good one stays in force', { file, error: inOneLine(found) }),
      needsRestart: (keys) =>
        log.warn('web configuration has changed in what takes a restart', { file, keys: keys.join(', ') }),
      hanging: () => log.error('web configuration cannot be read in time; the last good one stays in force', { file }),
    },
    processClock,
  );
  for (const problem of problems ?? []) writeError(`${formatProblem(problem)}\n`);
  return source ?? 'bad';
}
