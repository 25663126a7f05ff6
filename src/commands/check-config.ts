// `check-config`: validates the configuration and every file that it names, without a call to anybody.

import type { Config } from '../config/config.ts';
import { readConfigFile } from '../config/config-file.ts';
import { createCredentialSearch } from '../config/credential-search.ts';
import { formatProblem } from '../config/yaml-document.ts';
import { Failure } from '../core/failure.ts';
import { wholeFleet } from '../core/shard.ts';
import { validationContext } from './config-source.ts';
import { surroundings } from './surroundings.ts';

/** Writes one summary line, or one line for each problem and then how many. @returns the exit status: 0 or 1 */
export async function checkConfig(
  file: string,
  out: (text: string) => void,
  error: (text: string) => void,
): Promise<0 | 1> {
  const { config, problems: found } = await readConfigFile(file, validationContext(wholeFleet));
  const problems = config === undefined ? found.map(formatProblem) : await brokenSources(file, config);
  if (config === undefined || problems.length > 0) {
    for (const problem of problems) error(`${problem}\n`);
    error(`${file}: ${count(problems.length, 'problem')}\n`);
    return 1;
  }
  const checks = config.instances.reduce((sum, instance) => sum + instance.checks.length, 0);
  const parts = [
    count(config.accounts.size, 'account'),
    count(config.instances.length, 'instance'),
    count(checks, 'check'),
  ];
  out(`${file}: good: ${parts.join(', ')}\n`);
  return 0;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Usual sources that are configured and cannot be used, as far as that shows without asking anybody. */
async function brokenSources(file: string, config: Config): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, provider, secrets } of config.accounts.values()) {
    if (provider.usualCredentials === undefined || Object.keys(secrets).length > 0) continue;
    let offline = true;
    const send = () => {
      offline = false;
      return Promise.reject(new Failure('network', 'not asked'));
    };
    try {
      await createCredentialSearch(() => config, { ...surroundings(), send })(name);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (offline) problems.push(`${file}: accounts.${name}: ${error.message}`);
    }
  }
  return problems;
}
