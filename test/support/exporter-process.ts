// Starts the built program as a process of its own, as a user does, and talks to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve(import.meta.dirname, '../../dist/main.js');

/** A finished run. */
export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A running exporter. */
export interface ExporterProcess {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** The same over TLS, for certificates of localhost. */
  secureUrl: string;
  process: ChildProcess;
  /** Everything printed so far. */
  stdout: () => string;
  /** All log lines so far. */
  stderr: () => string;
  /** Resolves when the log holds the text. */
  logged: (text: string) => Promise<void>;
  /** Sends SIGTERM and waits. @returns the exit status */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** A folder for one test file; removed with `remove`. */
export async function createFolder(): Promise<{
  path: string;
  write: (name: string, text: string) => Promise<string>;
  remove: () => Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'clouddb-test-'));
  return {
    path,
    write: async (name, text) => {
      const file = join(path, name);
      await writeFile(file, text);
      return file;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

function start(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return { child, output };
}

/** Runs a command to its end. */
export async function runProgram(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const { child, output } = start(args, env);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

/** Starts `serve` (or another command) on a free port of 127.0.0.1. @throws when it ends instead of listening */
export async function startExporter(
  options: { command?: string; config?: string; flags?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<ExporterProcess> {
  const { command = 'serve', config, flags = [], env = {} } = options;
  const configFlags = config === undefined ? [] : [`--config.file=${config}`];
  const { child, output } = start([command, ...configFlags, '--web.listen-address=127.0.0.1:0', ...flags], env);
  const closed = once(child, 'close') as Promise<[number | null]>;

  async function logged(text: string): Promise<void> {
    while (!output.stderr.includes(text)) {
      const ended = await Promise.race([once(child.stderr, 'data').then(() => false), closed.then(() => true)]);
      if (ended && !output.stderr.includes(text))
        throw new Error(`the exporter ended without "${text}":\n${output.stderr}`);
    }
  }

  await logged('listening');
  const line = output.stderr.split('\n').find((text) => text.includes('listening')) ?? '';
  const address = /address"?[=:]"?([\d.:]+)/.exec(line)?.[1];
  return {
    url: `http://${address}`,
    secureUrl: `https://localhost:${address?.split(':')[1]}`,
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    logged,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [status] = await closed;
      return status;
    },
  };
}
