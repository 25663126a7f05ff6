// Starts the built program as a process and calls it.
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { startRecording } from '../leaks/records.ts';

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
  write: (name: string, text: string | Buffer) => Promise<string>;
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

/** The program with its stdout and stderr to be read; all that it shows is recorded. */
export type Spawned = ChildProcessByStdio<Writable | null, Readable, Readable>;

/** How the program is started. */
interface SpawnOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The folder of the records; default: that of the whole test run. */
  records?: string;
  /** `pipe`: a socket, as Node connects it. */
  stdin?: 'ignore' | 'pipe';
  /** A command that is given the command line of the program as its last arguments. */
  shell?: readonly string[];
}

/**
 * Starts the program; all end-to-end tests start it with this or the functions below, which record it for test/leaks.
 */
export function spawnProgram(
  args: readonly string[],
  { env = {}, cwd, records, stdin = 'ignore', shell = [] }: SpawnOptions = {},
): Spawned {
  const recording = startRecording(args, env, records);
  const line = [...shell, process.execPath, ...(recording?.nodeFlags ?? []), program, ...args];
  const child = spawn(line[0] ?? '', line.slice(1), {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  }) as Spawned;
  if (recording === undefined) return child;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (bytes: Buffer | string) => recording.show(name, Buffer.from(bytes)));
  }
  const output = args.find((arg) => arg.startsWith('--output='))?.slice('--output='.length);
  child.once('exit', (status) => {
    if (output !== undefined && (status === 0 || status === 3)) recording.show(output, readFileSync(output));
  });
  return child;
}

function start(args: readonly string[], options: Parameters<typeof spawnProgram>[1]) {
  const child = spawnProgram(args, options);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return { child, output };
}

/** Runs a command until it exits. */
export async function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  shell: readonly string[] = [],
): Promise<Run> {
  const { child, output } = start(args, { env, shell });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

/** Starts `serve` (or another command) on a free port of 127.0.0.1. @throws when it exits instead of listening */
export async function startExporter(
  options: {
    command?: string;
    config?: string;
    flags?: readonly string[];
    env?: NodeJS.ProcessEnv;
    /** As of spawnProgram. */
    records?: string;
  } = {},
): Promise<ExporterProcess> {
  const { command = 'serve', config, flags = [], ...surroundings } = options;
  const configFlags = config === undefined ? [] : [`--config.file=${config}`];
  const { child, output } = start(
    [command, ...configFlags, '--web.listen-address=127.0.0.1:0', ...flags],
    surroundings,
  );
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
