// Validates configurations: a large one in a separate thread, because it takes seconds and hundreds of megabytes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import { type Validate, type Validation, type ValidationContext, validateConfig } from '../config/validate.ts';
import { reservedLabels } from '../metrics/catalogue.ts';
import type { Instance } from '../model/instance.ts';
import { providers } from '../providers/index.ts';

/** Texts up to this length, a few hundred instances, are validated faster than a thread starts. */
const maxInlineLength = 64 * 1024;

/** Built from validation-worker.ts next to the program. */
const workerFile = new URL('./validation-worker.js', import.meta.url);

/** What each configuration is validated against. */
export function validationContext(): ValidationContext {
  return { providers, reservedLabels, nowMs: Date.now() };
}

/** Validates a text without blocking the event loop for long. */
export const validate: Validate = (file, text) =>
  text.length <= maxInlineLength ? validateConfig(file, text, validationContext()) : validateInThread(file, text);

/** The input of the thread. */
export interface ThreadInput {
  file: string;
  text: string;
}

type Account = Config['accounts'] extends ReadonlyMap<string, infer A> ? A : never;

/** Instances that are parsed in one piece. */
const instancesPerPart = 1000;

/** A validation as the thread posts it: providers, which contain functions, by their ids. */
export type ThreadOutput =
  | Exclude<Validation, { config: Config }>
  | {
      config: Omit<Config, 'accounts' | 'instances'>;
      accounts: (Omit<Account, 'provider'> & { provider: string })[];
      /** As JSON, which is read in a fraction of the time that a structured clone takes, and part by part. */
      instances: string[];
      problems?: never;
    };

/** Prepares a validation for another thread. */
export function toThreadOutput(validation: Validation): ThreadOutput {
  if (validation.config === undefined) return validation;
  const { accounts, instances, ...config } = validation.config;
  const parts: string[] = [];
  for (let from = 0; from < instances.length; from += instancesPerPart) {
    parts.push(JSON.stringify(instances.slice(from, from + instancesPerPart)));
  }
  const plain = [...accounts.values()].map((account) => ({ ...account, provider: account.provider.id }));
  return { config, accounts: plain, instances: parts };
}

async function fromThreadOutput(output: ThreadOutput): Promise<Validation> {
  if (output.config === undefined) return output;
  const accounts = output.accounts.flatMap((account) => {
    const provider = providers.find(({ id }) => id === account.provider);
    return provider === undefined ? [] : [[account.name, { ...account, provider }] as const];
  });
  const instances: Instance[] = [];
  for (const part of output.instances) {
    instances.push(...(JSON.parse(part) as Instance[]));
    await nextTurn();
  }
  return { config: { ...output.config, accounts: new Map(accounts), instances } };
}

function validateInThread(file: string, text: string): Promise<Validation> {
  return new Promise((resolve) => {
    const fail = (message: string) =>
      resolve({ problems: [{ file, line: 0, column: 0, path: '', message }], canBecomeValid: true });
    const failUnexpectedly = (error?: unknown) => {
      const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'no result';
      fail(`cannot be validated (${code}): check the limit of threads, and restart if the program was replaced`);
    };
    const input: ThreadInput = { file, text };
    try {
      // A small young generation lowers the peak by a fifth, and takes no longer.
      const worker = new Worker(workerFile, { workerData: input, resourceLimits: { maxYoungGenerationSizeMb: 4 } });
      worker.once('message', (output: ThreadOutput) => resolve(fromThreadOutput(output)));
      worker.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') failUnexpectedly(error);
        else fail('validating it needs more memory than the process may use; divide it among several exporters');
      });
      // After a message or an error, this changes nothing.
      worker.once('exit', () => failUnexpectedly());
    } catch (error) {
      failUnexpectedly(error);
    }
  });
}
