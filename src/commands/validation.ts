// Validates configurations: a large one in a thread of its own, because it takes seconds and hundreds of megabytes.
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import { type Validate, type Validation, type ValidationContext, validateConfig } from '../config/validate.ts';
import { reservedLabels } from '../metrics/catalogue.ts';
import { providers } from '../providers/index.ts';

/** Texts up to this length, a few hundred instances, are validated faster than a thread starts. */
const maxInlineLength = 64 * 1024;

/** Built from validation-worker.ts beside the program. */
const workerFile = new URL('./validation-worker.js', import.meta.url);

/** What each configuration is validated against. */
export function validationContext(): ValidationContext {
  return { providers, reservedLabels, env: process.env };
}

/** Validates a text without blocking the event loop for long. */
export const validate: Validate = (file, text) =>
  text.length <= maxInlineLength ? validateConfig(file, text, validationContext()) : validateInThread(file, text);

/** The input of the thread. */
export interface ThreadInput {
  file: string;
  text: string;
}

/** A validation that can be passed between threads: providers, which contain functions, are replaced by their ids. */
export type ThreadOutput = Exclude<Validation, { config: Config }> | { config: PlainConfig; problems?: never };

type PlainAccount = Omit<Config['accounts'] extends ReadonlyMap<string, infer A> ? A : never, 'provider'>;
type PlainConfig = Omit<Config, 'accounts'> & { accounts: ReadonlyMap<string, PlainAccount & { provider: string }> };

/** Prepares a validation for another thread. */
export function toThreadOutput(validation: Validation): ThreadOutput {
  if (validation.config === undefined) return validation;
  const { accounts, ...rest } = validation.config;
  const plain = [...accounts].map(([name, account]) => [name, { ...account, provider: account.provider.id }] as const);
  return { config: { ...rest, accounts: new Map(plain) } };
}

function fromThreadOutput(output: ThreadOutput): Validation {
  if (output.config === undefined) return output;
  const { accounts, ...rest } = output.config;
  const complete = [...accounts].flatMap(([name, account]) => {
    const provider = providers.find(({ id }) => id === account.provider);
    return provider === undefined ? [] : [[name, { ...account, provider }] as const];
  });
  return { config: { ...rest, accounts: new Map(complete) } };
}

function validateInThread(file: string, text: string): Promise<Validation> {
  return new Promise((resolve, reject) => {
    const input: ThreadInput = { file, text };
    const worker = new Worker(workerFile, { workerData: input });
    worker.once('message', (output: ThreadOutput) => resolve(fromThreadOutput(output)));
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return reject(error);
      const message =
        'validating the file needs more memory than the process may use; divide it among several exporters';
      return resolve({ problems: [{ file, line: 0, column: 0, path: '', message }] });
    });
  });
}
