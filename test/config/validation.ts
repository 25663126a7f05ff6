// Validates texts as the program does, with the real providers and an environment of the test's own.

import type { Config } from '../../src/config/config.ts';
import { type Validate, type Validation, validateConfig } from '../../src/config/validate.ts';
import { validateWithSecrets } from '../../src/config/validate-with-secrets.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { reservedLabels } from '../../src/metrics/catalogue.ts';
import { providers } from '../../src/providers/index.ts';

/** Validates with the real providers. */
export const validateFile: Validate = (file, text) =>
  validateConfig(file, text, { providers, reservedLabels, nowMs: Date.now() });

/** As check-config: secrets are read, too. */
export function validateSecrets(text: string, file: string, env: NodeJS.ProcessEnv = {}): Promise<Validation> {
  return validateWithSecrets(file, text, { providers, reservedLabels, nowMs: Date.now() }, env);
}

/** Validates the text of `file`. */
export function validate(text: string, { file = '/nonexistent/config.yaml' } = {}): Promise<Validation> {
  return validateFile(file, text);
}

/** The configuration of a valid text. @throws if it is invalid */
export async function accept(text: string, options: Parameters<typeof validate>[1] = {}): Promise<Config> {
  const { config, problems } = await validate(text, options);
  if (config === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return config;
}
