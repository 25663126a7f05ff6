// Opens the configuration file for a command: problems go to stderr as they are, later ones to the log.
import { type ConfigSource, openConfigFile } from '../config/config-file.ts';
import type { ValidationContext } from '../config/validate.ts';
import { formatProblem } from '../config/yaml-document.ts';
import type { Log } from '../core/log.ts';
import { reservedLabels } from '../metrics/catalogue.ts';
import { providers } from '../providers/index.ts';

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
