// Opens the configuration files for a command: problems go to stderr as they are, later ones to the log.
import { type ConfigSource, openConfigFile } from '../config/config-file.ts';
import type { ValidationContext } from '../config/validate.ts';
import { formatProblem } from '../config/yaml-document.ts';
import type { Log } from '../core/log.ts';
import { reservedLabels } from '../metrics/catalogue.ts';
import { providers } from '../providers/index.ts';
import { createWebConfigReader } from '../web-config/read-web-config.ts';
import { openWebConfig, type WebConfigSource } from '../web-config/web-config-source.ts';

/** What every configuration is checked against. */
export function validationContext(): ValidationContext {
  return { providers, reservedLabels, env: process.env };
}

/** @returns undefined after it has written what is wrong */
export async function openConfig(
  file: string,
  log: Log,
  writeError: (text: string) => void,
): Promise<ConfigSource | undefined> {
  const { source, problems } = await openConfigFile(
    file,
    validationContext(),
    {
      reloaded: () => log.info('configuration reloaded', { file }),
      failed: (found) =>
        log.error('configuration is bad; the last good one stays in force', {
          file,
          error: found.map(formatProblem).join('; '),
        }),
    },
    Date.now,
  );
  for (const problem of problems ?? []) writeError(`${formatProblem(problem)}\n`);
  return source;
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
        log.error('web configuration is bad; the last good one stays in force', {
          file,
          error: found.map(formatProblem).join('; '),
        }),
      needsRestart: (keys) =>
        log.warn('web configuration has changed in what takes a restart', { file, keys: keys.join(', ') }),
      hanging: () => log.error('web configuration cannot be read in time; the last good one stays in force', { file }),
    },
    {
      now: Date.now,
      later: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
  );
  for (const problem of problems ?? []) writeError(`${formatProblem(problem)}\n`);
  return source ?? 'bad';
}
