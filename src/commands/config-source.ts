// Opens the configuration files for a command: problems at startup go to stderr, later ones to the log.
import { limitsOf, usedCalls } from '../collector/watch.ts';
import type { Config } from '../config/config.ts';
import { type ConfigSource, openConfigFile } from '../config/config-file.ts';
import { problemLines } from '../files/problem-lines.ts';
import { formatProblem, type Problem } from '../files/yaml-document.ts';
import type { Log } from '../model/log.ts';
import { type Shard, wholeFleet } from '../model/shard.ts';
import { createWebConfigReader } from '../web-config/read-web-config.ts';
import { openWebConfig, type WebConfigSource } from '../web-config/web-config-source.ts';
import { processClock } from './process-tools.ts';
import { validate } from './validation.ts';

/** Problems or warnings that are logged at once. */
const maxLogged = 20;

/** @returns undefined after writing the problems */
export async function openConfig(
  file: string,
  log: Log,
  writeError: (text: string) => Promise<void>,
  shard: Shard = wholeFleet,
): Promise<ConfigSource | undefined> {
  const warn = createWarner(file, log);
  const { source, problems } = await openConfigFile(
    file,
    validate,
    {
      reloaded: (config) => {
        log.info('configuration reloaded', { file });
        warn(config);
        warnOfLowLimits(config, shard, log);
      },
      failed: (found) => logFailure('configuration', file, found, log),
    },
    Date.now,
  );
  for (const line of problemLines(problems ?? [])) await writeError(`${line}\n`);
  if (source !== undefined) {
    warn(source.current());
    warnOfLowLimits(source.current(), shard, log);
  }
  return source;
}

/** What cannot be read at the moment, e.g. because of too many open files, is not invalid. */
function logFailure(what: string, file: string, problems: readonly Problem[], log: Log): void {
  const isRead = problems.some(({ line }) => line > 0);
  const verdict = isRead ? `invalid ${what}` : `cannot read the ${what}`;
  log.error(`${verdict}; keeping the last valid one`, { file, error: inOneLine(problems) });
}

/** Logs the warnings of a configuration, unless they are those of the last one; of thousands, the first ones. */
function createWarner(file: string, log: Log): (config: Config) => void {
  let last = '';
  return ({ warnings }) => {
    const shown = warnings.slice(0, maxLogged);
    const more = warnings.length - shown.length;
    const state = JSON.stringify([shown, more]);
    if (state === last) return;
    last = state;
    for (const warning of shown) log.warn('configuration warning', { warning: formatProblem(warning) });
    if (more > 0) log.warn('the configuration has more warnings; see check-config', { file, more });
  };
}

/** For one log line: limited, because a file of another format can have thousands of problems. */
function inOneLine(problems: readonly Problem[]): string {
  const shown = problems.slice(0, maxLogged).map(formatProblem).join('; ');
  const more = problems.length - maxLogged;
  return more > 0 ? `${shown}; and ${more} more, see check-config` : shown;
}

/** With less than one call per second for each shard, the shards together can exceed the limit in a single second. */
function warnOfLowLimits({ accounts }: Config, { totalShards }: Shard, log: Log): void {
  if (totalShards === 1) return;
  for (const account of accounts.values()) {
    for (const [action, { perSecond }] of limitsOf(account, usedCalls(account))) {
      if (perSecond >= totalShards) continue;
      log.warn('more shards than calls per second: the rate limit is kept only on average; use fewer shards', {
        account: account.name,
        action,
        per_second: perSecond,
        total_shards: totalShards,
      });
    }
  }
}

/** @returns undefined without a file; `bad` after writing the problems */
export async function openWebConfigFile(
  file: string | undefined,
  log: Log,
  writeError: (text: string) => Promise<void>,
): Promise<WebConfigSource | 'bad' | undefined> {
  if (file === undefined) return undefined;
  const { source, problems } = await openWebConfig(
    file,
    createWebConfigReader(file),
    {
      reloaded: () => log.info('web configuration reloaded', { file }),
      failed: (found) => logFailure('web configuration', file, found, log),
      needsRestart: (keys) =>
        log.warn('web configuration changed; restart to apply these settings', { file, keys: keys.join(', ') }),
      timedOut: () => log.error('reading the web configuration timed out; keeping the last valid one', { file }),
    },
    processClock,
  );
  for (const problem of problems ?? []) await writeError(`${formatProblem(problem)}\n`);
  return source ?? 'bad';
}
