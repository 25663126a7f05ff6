// Ends the process, also while a thread of Node's pool hangs in a system call.
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';

/** How long system calls in progress may take to finish. */
const graceMs = 1000;
const pollMs = 20;

/**
 * Ends the process with this status. `process.exit` joins the threads of Node's pool, and so would wait for a look-up
 * without an answer, or for a file system that hangs.
 * @param stopped whether a signal stopped the process: only then it does not wait for the pool
 */
export async function exit(status: number, stopped: boolean): Promise<void> {
  if (stopped && !(await isPoolIdle())) exitWithoutPool(status);
  process.exit(status);
}

/** Whether the calls in the pool finish within the grace. */
async function isPoolIdle(): Promise<boolean> {
  const until = performance.now() + graceMs;
  while (isPoolBusy()) {
    if (performance.now() > until) return false;
    await delay(pollMs);
  }
  return true;
}

/** Whether a file operation or a look-up is in progress in the pool. */
function isPoolBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(?:FSReq|GetAddrInfoReq|GetNameInfoReq)/.test(name));
}

/** `process.execve` is part of Node 22.15, 23.11 and later; the types are those of Node 20. */
type Execve = (file: string, args: readonly string[], env: Record<string, string>) => void;

/**
 * A process that replaces itself leaves its threads behind, and exits with the status. Node 20 cannot replace itself.
 * Its V8, which does not change any more, calls `_exit(0)` when a flag that is set contradicts an earlier one. Where
 * neither works, the process terminates by SIGTERM.
 */
function exitWithoutPool(status: number): void {
  const { execve } = process as { execve?: Execve };
  if (execve !== undefined) execve(process.execPath, [process.execPath, '-e', `process.exit(${status})`], {});
  if (status === 0) {
    for (const flag of ['exit-on-contradictory-flags', 'max-lazy', 'no-max-lazy']) setFlagsFromString(`--${flag}`);
  }
  process.kill(process.pid, 'SIGTERM');
}
