// Runs the commands of the program inside the test, wired as in src/main.ts: for tests that need no process of its own.
import diagnostics from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { CommanderError } from 'commander';
import { vi } from 'vitest';
import { createActions, type ProcessStreams } from '../../src/commands/actions.ts';
import { readBuildInfo } from '../../src/commands/build-info.ts';
import { type Actions, createProgram, withCommand } from '../../src/commands/program.ts';
import { type Recording, startRecording } from '../leaks/records.ts';
import type { ExporterProcess, Run } from './exporter-process.ts';

const build = readBuildInfo();

/** An exporter inside the test. */
export interface InProcessExporter extends Omit<ExporterProcess, 'process' | 'stop'> {
  /** As SIGHUP does. */
  hangup: () => void;
  /** As SIGTERM does, and waits. @returns the exit status */
  stop: () => Promise<number>;
}

/** Parses a command line and runs its command. @param exit receives the status of a command that ran */
export async function parseCommandLine(
  args: readonly string[],
  actions: Actions,
  { stdout, stderr }: { stdout: (text: string) => void; stderr: (text: string) => void },
): Promise<number> {
  let status = 0;
  const program = createProgram(build, actions, (ended) => (status = ended));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: stdout, writeErr: stderr, getOutHelpWidth: () => 80 });
  }
  try {
    await program.parseAsync(withCommand(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode;
  }
  return status;
}

/** Until the end of the test: the variables that a process would be started with, and none of the usual ones. */
function useEnvironment(env: NodeJS.ProcessEnv): void {
  const usual = /^(?:TENCENTCLOUD|OCEANBASE|TKE)_|_proxy$/i;
  for (const name of Object.keys(process.env).filter((name) => usual.test(name))) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

function begin(args: readonly string[], env: NodeJS.ProcessEnv) {
  const recording = startRecording(args, env);
  const files = args.flatMap((arg) => /^--(?:web\.)?config\.file=(.*)$/.exec(arg)?.[1] ?? []);
  for (const file of files.filter((file) => existsSync(file))) recording?.read(file);
  useEnvironment(env);
  const output = { stdout: '', stderr: '' };
  const heard = new Set<() => void>();
  const streamTo = (name: 'stdout' | 'stderr') => (text: string) => {
    output[name] += text;
    recording?.show(name, Buffer.from(text));
    for (const callback of heard) callback();
  };
  return { recording, output, heard, stdout: streamTo('stdout'), stderr: streamTo('stderr') };
}

function streamsTo(stdout: (text: string) => void, stderr: (text: string) => void) {
  return {
    stdout: (text: string) => Promise.resolve(stdout(text)),
    stderr: (text: string) => Promise.resolve(stderr(text)),
    isTerminal: false,
    colours: false,
  } satisfies Partial<ProcessStreams>;
}

/** Runs a command until it finishes. @param terminal what differs from streams that are no terminal */
export async function runInProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  terminal: Partial<Pick<ProcessStreams, 'isTerminal' | 'columns' | 'colours'>> = {},
): Promise<Run> {
  const { output, stdout, stderr } = begin(args, env);
  const actions = createActions(build, {
    ...streamsTo(stdout, stderr),
    ...terminal,
    events: { stop: new AbortController().signal, onHangup: () => undefined },
    onListening: ([address]) => {
      throw new Error(`listens on ${address} although it should end`);
    },
  });
  const status = await parseCommandLine(args, actions, { stdout, stderr });
  return { status, ...output };
}

/** Starts `serve` (or another command) on a free port of 127.0.0.1. @throws when it exits instead of listening */
export async function startInProcess({
  command = 'serve',
  config,
  flags = [],
  env = {},
}: {
  command?: string;
  config?: string;
  flags?: readonly string[];
  env?: NodeJS.ProcessEnv;
}): Promise<InProcessExporter> {
  const configFlags = config === undefined ? [] : [`--config.file=${config}`];
  const args = [command, ...configFlags, '--web.listen-address=127.0.0.1:0', ...flags];
  const { recording, output, heard, stdout, stderr } = begin(args, env);
  const stopping = new AbortController();
  let hangup = () => undefined as void;
  let ended: Promise<number> | undefined;
  const addresses = await new Promise<readonly string[]>((resolve, reject) => {
    const onHangup = (callback: () => void) => void (hangup = callback);
    const actions = createActions(build, {
      ...streamsTo(stdout, stderr),
      events: { stop: stopping.signal, onHangup },
      onListening: resolve,
    });
    ended = parseCommandLine(args, actions, { stdout, stderr });
    ended.then(() => reject(new Error(`the exporter ended instead of listening:\n${output.stderr}`)), reject);
  });
  const [address = ''] = addresses;
  const port = Number(address.split(':')[1]);
  if (recording !== undefined) recorders.set(port, recording);
  return {
    url: `http://${address}`,
    secureUrl: `https://localhost:${port}`,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    logged: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!output.stderr.includes(text)) return;
          heard.delete(look);
          resolve();
        };
        heard.add(look);
        look();
      }),
    hangup: () => hangup(),
    stop: async () => {
      stopping.abort();
      const status = (await ended) ?? 0;
      recorders.delete(port);
      return status;
    },
  };
}

/** Recordings of responses, by port. */
const recorders = new Map<number, Recording>();
const watched = new WeakSet<Socket>();

diagnostics.subscribe('http.server.request.start', (message) => {
  const { socket } = message as { socket: Socket };
  const recording = recorders.get(socket.localPort ?? 0);
  if (recording === undefined || watched.has(socket)) return;
  watched.add(socket);
  const from = `connection from ${socket.remotePort}`;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8';
    recording.show(from, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    return write(chunk, ...rest);
  };
});
