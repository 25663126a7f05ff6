// `check-config`: validates the configuration and every file that it names.
import { readConfigFile } from '../config/config-file.ts';
import { formatProblem } from '../config/yaml-document.ts';
import { wholeFleet } from '../core/shard.ts';
import { validationContext } from './config-source.ts';

/** Writes one summary line, or one line for each problem and then how many. @returns the exit status: 0 or 1 */
export async function checkConfig(
  file: string,
  out: (text: string) => void,
  error: (text: string) => void,
): Promise<0 | 1> {
  const { config, problems } = await readConfigFile(file, validationContext(wholeFleet));
  if (config === undefined) {
    for (const problem of problems) error(`${formatProblem(problem)}\n`);
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
