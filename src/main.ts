#!/usr/bin/env node
// The entry of the process. It handles signals before it loads the program, which takes a few hundred milliseconds: until
// then a SIGHUP would terminate the process, and as PID 1 it would ignore a SIGTERM.
import { handleSignals, keepDebuggerClosed } from './commands/signals.ts';

const signals = handleSignals(process.argv[2]);
keepDebuggerClosed();
const { runProcess } = await import('./commands/run-process.ts');
await runProcess(signals);
