// Turns the signals of the process into events. Imports nothing that takes time to load: src/main.ts loads it first.
import { constants } from 'node:os';
import type { ServeEvents } from './serve.ts';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Handles signals from now on. The first SIGTERM or SIGINT stops the command, the second one terminates the process. A
 * SIGHUP reloads `serve`, and is kept until anything can be reloaded; it stops the others, whose terminal was closed.
 * SIGUSR1 does nothing: without a listener, Node opens its debugger on a port that every process of the host or pod can
 * connect to. See keepDebuggerClosed for an earlier one.
 * @param command the first argument of the program: undefined or a flag is `serve`
 */
export function handleSignals(command = 'serve'): ServeEvents {
  const stop = new AbortController();
  const stopFirst = () => {
    // The default action terminates the process even while it is busy or exiting.
    for (const signal of stopSignals) process.removeListener(signal, stopFirst);
    // The kernel ignores the default action of PID 1.
    if (process.pid === 1) {
      for (const signal of stopSignals) process.on(signal, () => process.exit(128 + constants.signals[signal]));
    }
    stop.abort();
  };
  for (const signal of stopSignals) process.on(signal, stopFirst);

  let early = false;
  let hangup = () => {
    early = true;
  };
  const reloads = command === 'serve' || command.startsWith('-');
  // A terminal and its shell can both send one.
  const stopOnce = () => stop.signal.aborted || stopFirst();
  process.on('SIGHUP', () => (reloads ? hangup() : stopOnce()));
  process.on('SIGUSR1', () => undefined);
  return {
    stop: stop.signal,
    onHangup(callback) {
      hangup = callback;
      if (early) callback();
    },
  };
}

/** The flags of Node that open its debugger; `--inspect-port` alone does not. */
const debuggerFlag = /(?:^|\s)--inspect(?:[-_](?:brk|wait))?(?:[=\s]|$)/;

/** How long after a signal Node can still open the debugger, with a margin, and how often it is closed until then. */
const lateOpeningMs = 10_000;
const closeEveryMs = 100;

/**
 * Keeps closed the debugger that a SIGUSR1 opens before it is handled, unless a flag of Node opens it. A thread of Node opens
 * it, twice for one signal, and on a busy machine with a delay.
 */
export function keepDebuggerClosed(): void {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  if (flags.some((flag) => debuggerFlag.test(flag))) return;
  // A build of Node without a debugger does not have the module.
  if (!process.features.inspector) return;
  const { url, close } = process.getBuiltinModule('node:inspector');
  const closeOpen = () => {
    if (url() !== undefined) close();
  };
  closeOpen();
  const timer = setInterval(closeOpen, closeEveryMs).unref();
  setTimeout(() => clearInterval(timer), lateOpeningMs).unref();
}
