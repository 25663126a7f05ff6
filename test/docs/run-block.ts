// Runs one block of commands as a reader does who pastes it into a shell, and stops what it leaves running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Ending } from './annotations.ts';

/** How a block ended. */
export interface Outcome {
  /** The exit status, `listening` for a program that served until it was stopped, or `late` for one that had to be killed. */
  ending: Ending | 'late';
  /** stdout and stderr. */
  output: string;
}

/** The default port of the exporter, which another program of this machine may use. */
export const exporterPort = '10043';

/**
 * The environment of Node programs that listen on `port` where they would on the default port.
 * @param connect the port of 127.0.0.1 that stands for an address `HOST:PORT`
 */
export function otherAddresses(
  port: string | number,
  connect: Readonly<Record<string, number>> = {},
): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'other-addresses.mjs')}`,
    CLOUDDB_TEST_ADDRESSES: JSON.stringify({ listen: { [exporterPort]: port }, connect }),
  };
}

const endsWithinMs = 50_000;
/** What `serve` logs, and the last line that `demo` prints. */
const listens = /\blistening\b|Ctrl\+C/;

/** Where and how a block is run. */
interface BlockOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The expected one; `listening`: the block is stopped as soon as it serves. */
  ending: Ending;
  /** When it is killed; default: 50 s. */
  withinMs?: number;
}

/** Runs the block and waits for its end. */
export async function runBlock(
  text: string,
  { cwd, env, ending: expected, withinMs = endsWithinMs }: BlockOptions,
): Promise<Outcome> {
  // A process group, so that nothing of it stays.
  const child = spawn('bash', ['-euo', 'pipefail', '-c', text], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid = 0 } = child;
  let output = '';
  let ending: Outcome['ending'] | undefined;
  const stop = (reason: Outcome['ending'], signal: NodeJS.Signals) => {
    ending ??= reason;
    killGroup(pid, signal);
  };
  const late = setTimeout(() => stop('late', 'SIGKILL'), withinMs);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (expected === 'listening' && listens.test(output)) stop('listening', 'SIGTERM');
    });
  }
  const closed = once(child, 'close');
  child.once('exit', () => killGroup(pid, 'SIGTERM'));
  const [status] = (await closed) as [number | null];
  clearTimeout(late);
  return { ending: ending ?? status ?? 'late', output };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}
