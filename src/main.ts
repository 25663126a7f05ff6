#!/usr/bin/env node
// argv to a command: the only place with signals and process.exit.
import { createActions } from './commands/actions.ts';
import { readBuildInfo } from './commands/build-info.ts';
import { createProgram } from './commands/program.ts';
import type { ServeEvents } from './commands/serve.ts';

const build = readBuildInfo(new URL('../package.json', import.meta.url));
/** Resolves when the text is written: process.exit drops what a pipe has not taken yet. */
const writer = (stream: NodeJS.WriteStream) => (text: string) =>
  new Promise<void>((resolve) => stream.write(text, () => resolve()));

// A reader that has gone away (`… | head`) is not a crash.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// Serving continues when the log cannot be written any more.
process.stderr.on('error', () => undefined);

// An error object can hold a request with its credentials: only the stack is written.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(`crashed; please report this: ${error instanceof Error ? error.stack : 'no error object'}\n`);
    process.exit(1);
  });
}

/** Handles signals from now on. A SIGHUP that comes before anything can be reloaded is ignored. */
function handleSignals(): ServeEvents {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  let reload = () => {};
  process.on('SIGHUP', () => reload());
  return {
    stop: stop.signal,
    onHangup: (callback) => {
      reload = callback;
    },
  };
}

const actions = createActions(build, {
  stdout: writer(process.stdout),
  stderr: writer(process.stderr),
  isTerminal: process.stderr.isTTY,
  events: handleSignals,
});

await createProgram(build, actions, (status) => process.exit(status)).parseAsync();
