// Starts a program of the benchmarks as its own process, and ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The built program. */
export const program = resolve(import.meta.dirname, '../../dist/main.js');

const probe = pathToFileURL(resolve(import.meta.dirname, 'probe.mjs')).href;

/** A process that was started here. */
export interface Child {
  process: ChildProcess;
  /** Resolves when its output, stdout and stderr together, matches; one caller at a time. @throws when the process exits before */
  printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves when it has exited. */
  closed: Promise<unknown>;
  /** Sends a signal, waits until the process has exited. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
}

const running = new Set<Child>();

/** Ends the processes that are left after an error. */
export const stopChildren = () => Promise.all([...running].map((child) => child.stop('SIGKILL')));

/** Starts a command. It sees no variable of this process but PATH, such as that of a proxy. */
export function startChild(command: string, args: readonly string[], { ipc = false } = {}): Child {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
  });
  let output = '';
  let changed = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      changed();
    });
  }
  const closed = once(child, 'close');
  const started: Child = {
    process: child,
    closed,
    async printed(pattern) {
      let ended = false;
      void closed.then(() => (ended = true)).then(() => changed());
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        if (ended) throw new Error(`${command} ended without ${pattern}:\n${output}`);
        await new Promise<void>((resolve) => (changed = resolve));
      }
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await closed;
    },
  };
  running.add(started);
  child.once('close', () => running.delete(started));
  return started;
}

/** Starts a TypeScript file of the benchmarks. @param path relative to `bench/` */
export function startScript(path: string, args: readonly string[] = []): Child {
  return startChild(process.execPath, ['--import', 'tsx', resolve(import.meta.dirname, '..', path), ...args]);
}

/** Node flags that load the probe into the program. */
export const probeFlags = ['--import', probe];
