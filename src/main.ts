#!/usr/bin/env node
// argv to a command: the only place with signals and process.exit.
import { readBuildInfo } from './commands/build-info.ts';
import { checkConfig } from './commands/check-config.ts';
import { openConfig, openWebConfigFile } from './commands/config-source.ts';
import { demoWelcome, startDemo } from './commands/demo.ts';
import { createLogger, type LogSettings } from './commands/logger.ts';
import { createProgram } from './commands/program.ts';
import { scrape } from './commands/scrape.ts';
import { serve } from './commands/serve.ts';

const build = readBuildInfo();
const toStdout = (text: string) => void process.stdout.write(text);
const toStderr = (text: string) => void process.stderr.write(text);
const logger = (settings: LogSettings) => createLogger(settings, toStderr);

// A reader that has gone away (`… | head`) is no crash.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// Nobody reading the log any more is no reason to stop serving.
process.stderr.on('error', () => undefined);

// An error object can hold a request with its credentials: only the stack is written.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    toStderr(`crashed; please report this: ${error instanceof Error ? error.stack : 'no error object'}\n`);
    process.exit(1);
  });
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}

const events = () => ({ stop: stopSignal(), onHangup: (callback: () => void) => void process.on('SIGHUP', callback) });

const program = createProgram(
  build,
  {
    async serve({ configFile, webConfigFile, log: settings }, flags) {
      const log = logger(settings);
      const config = await openConfig(configFile, log, toStderr, flags.shard);
      const web = await openWebConfigFile(webConfigFile, log, toStderr);
      if (config === undefined || web === 'bad') return 1;
      log.info('starting', {
        version: build.version,
        revision: build.revision,
        node: build.nodeVersion,
        config: configFile,
      });
      return await serve(config, web, flags, { build, log, events: events() });
    },
    async demo({ webConfigFile, log: settings }, flags) {
      const log = logger(settings);
      const web = await openWebConfigFile(webConfigFile, log, toStderr);
      if (web === 'bad') return 1;
      const demo = await startDemo(Date.now());
      const scheme = web?.current().tls === undefined ? 'http' : 'https';
      const status = await serve(demo.config, web, flags, { build, log, events: events() }, ([address = '']) =>
        toStdout(demoWelcome(`${scheme}://${address}`)),
      );
      await demo.close();
      return status;
    },
    checkConfig: ({ configFile, webConfigFile }) => checkConfig(configFile, webConfigFile, toStdout, toStderr),
    async scrape({ configFile, log: settings }, output) {
      const log = logger(settings);
      const config = await openConfig(configFile, log, toStderr);
      if (config === undefined) return 1;
      const write = (text: string) => new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
      const progress = process.stderr.isTTY ? toStderr : undefined;
      return await scrape(config, { output, write, progress, stop: stopSignal() }, { build, log });
    },
  },
  (status) => process.exit(status),
);

await program.parseAsync();
