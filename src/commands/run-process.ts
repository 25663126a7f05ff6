// Runs the command line of the process: its streams, crashes and exit status.
import { CommanderError } from 'commander';
import { describeSystemError } from '../files/system-error.ts';
import { createActions } from './actions.ts';
import { readBuildInfo } from './build-info.ts';
import { showsColours } from './colours.ts';
import { exit } from './exit.ts';
import { createProgram, withCommand } from './program.ts';
import type { ServeEvents } from './serve.ts';

/** Runs the command of `process.argv` and exits with its status. */
export async function runProcess(events: ServeEvents): Promise<void> {
  const end = (status: number) => exit(status, events.stop.aborted);
  // Both resolve when the text is written: process.exit drops what a pipe has not taken yet. An error of stdout ends the
  // process, unless its reader has closed the pipe (`… | head`), which changes no status; serving continues when the
  // log cannot be written any more.
  const isClosed = (error: NodeJS.ErrnoException) => error.code === 'EPIPE';
  const stdout = (text: string) =>
    new Promise<void>((resolve) =>
      process.stdout.write(text, (error) => (error && !isClosed(error) ? undefined : resolve())),
    );
  const stderr = (text: string) => new Promise<void>((resolve) => process.stderr.write(text, () => resolve()));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isClosed(error)) return;
    process.stderr.write(`cannot write to stdout: ${describeSystemError(error)}\n`, () => process.exit(1));
  });
  process.stderr.on('error', () => undefined);
  // An error object can contain a request with its credentials: only the stack is written.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      process.stderr.write(
        `crashed; please report this: ${error instanceof Error ? error.stack : 'no error object'}\n`,
      );
      process.exit(1);
    });
  }

  const build = readBuildInfo();
  const actions = createActions(build, {
    stdout,
    stderr,
    isTerminal: process.stderr.isTTY,
    columns: process.stdout.columns,
    colours: showsColours(process.stdout, process.env),
    events,
  });
  const program = createProgram(build, actions, (status) => void end(status));
  try {
    await program.parseAsync(withCommand(process.argv.slice(2)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were written without waiting.
    await stdout('');
    await end(error.exitCode);
  }
}
