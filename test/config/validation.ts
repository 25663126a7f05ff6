// Validates texts as the program does, with the real providers and an environment of the test's own.

import type { Config } from '../../src/config/config.ts';
import { type Validation, validateConfig } from '../../src/config/validate.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { reservedLabels } from '../../src/metrics/catalogue.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { providers } from '../../src/providers/index.ts';

/** What a configuration is checked against, with the given environment. */
export function contextWith(env: NodeJS.ProcessEnv = {}, shard = wholeFleet) {
  return { providers, reservedLabels, env, shard };
}

/** Validates the text of `file`. */
export function validate(
  text: string,
  { env = {}, file = '/nonexistent/config.yaml' }: { env?: NodeJS.ProcessEnv; file?: string } = {},
): Promise<Validation> {
  return validateConfig(file, text, contextWith(env));
}

/** The configuration of a valid text. @throws if it is invalid */
export async function accept(text: string, options: Parameters<typeof validate>[1] = {}): Promise<Config> {
  const { config, problems } = await validate(text, options);
  if (config === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return config;
}
