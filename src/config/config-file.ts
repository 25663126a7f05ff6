// Keeps the configuration in step with its file: read again when it has changed, the last good one kept.
import { readFile } from 'node:fs/promises';
import { formatProblem, type Problem } from '../files/yaml-document.ts';
import type { Config } from './config.ts';
import { type Validation, type ValidationContext, validateConfig } from './validate.ts';

/** Where the program takes its configuration from. */
export interface ConfigSource {
  /** The configuration in force. */
  current: () => Config;
  /** Looks at the file and takes it over when it is good; problems when it is not. `force` looks even if unchanged. */
  refresh: (force?: boolean) => Promise<readonly Problem[]>;
  state: () => ReloadState;
}

/** What the reload gauges show. */
export interface ReloadState {
  successful: boolean;
  /** Unix milliseconds. */
  lastSuccessMs: number;
}

/** Told once per change of the file. */
export interface ReloadListener {
  reloaded: (config: Config) => void;
  failed: (problems: readonly Problem[]) => void;
}

/** Reads and checks the file once. Never throws for what a user wrote. */
export async function readConfigFile(
  file: string,
  context: ValidationContext,
): Promise<Validation & { text?: string | undefined }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const what = code === 'ENOENT' ? 'there is no such file (ENOENT)' : `the file cannot be read (${code})`;
    const message = `${what}: name the configuration with --config.file; config.example.yaml shows one`;
    return { problems: [{ file, line: 0, column: 0, path: '', message }] };
  }
  return { text, ...(await validateConfig(file, text, context)) };
}

/** Opens the file. @returns the source, or the problems of the first reading */
export async function openConfigFile(
  file: string,
  context: ValidationContext,
  listener: ReloadListener,
  now: () => number,
): Promise<{ source: ConfigSource; problems?: never } | { source?: never; problems: readonly Problem[] }> {
  const first = await readConfigFile(file, context);
  if (first.config === undefined) return { problems: first.problems };

  let current = first.config;
  let goodText = first.text;
  let complaint = '';
  let state: ReloadState = { successful: true, lastSuccessMs: now() };
  let looking: Promise<readonly Problem[]> | undefined;

  async function look(force: boolean): Promise<readonly Problem[]> {
    const text = force || !state.successful ? undefined : await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined && text === goodText) return [];
    const next = await readConfigFile(file, context);
    if (next.config === undefined) {
      state = { ...state, successful: false };
      const told = [next.text, ...next.problems.map(formatProblem)].join('\n');
      if (told !== complaint) listener.failed(next.problems);
      complaint = told;
      return next.problems;
    }
    current = next.config;
    goodText = next.text;
    complaint = '';
    state = { successful: true, lastSuccessMs: now() };
    listener.reloaded(current);
    return [];
  }

  return {
    source: {
      current: () => current,
      state: () => state,
      refresh: (force = false) => {
        // One look at a time; a forced one never settles for a look that began before it was asked for.
        if (looking !== undefined && !force) return looking;
        const mine = Promise.resolve(looking)
          .then(() => look(force))
          .finally(() => {
            if (looking === mine) looking = undefined;
          });
        looking = mine;
        return mine;
      },
    },
  };
}
