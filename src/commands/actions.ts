// The action of each command, given the streams and signals of a process or of a test.
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { checkConfig } from './check-config.ts';
import { openConfig, openWebConfigFile } from './config-source.ts';
import { demoWelcome, startDemo } from './demo.ts';
import { createLogger, type LogSettings } from './logger.ts';
import type { Actions } from './program.ts';
import { scrape } from './scrape.ts';
import { type ServeEvents, serve } from './serve.ts';

/** The streams and signals that commands use. */
export interface ProcessStreams {
  /** Resolves once the text is written. */
  stdout: (text: string) => Promise<void>;
  stderr: (text: string) => Promise<void>;
  /** Whether stderr is a terminal, which shows a progress bar. */
  isTerminal: boolean;
  /** Installs the signal handlers. */
  events: () => ServeEvents;
  /** Receives the addresses of a server once they are bound. */
  onListening?: (addresses: readonly string[]) => void;
}

/** Each action resolves to the exit status. */
export function createActions(build: BuildInfo, streams: ProcessStreams): Actions {
  const { stdout, stderr, isTerminal, events, onListening = () => undefined } = streams;
  const writeLog = (text: string) => void stderr(text);
  const logger = (settings: LogSettings) => createLogger(settings, writeLog);
  return {
    async serve({ configFile, webConfigFile, log: settings }, flags) {
      const signals = events();
      const log = logger(settings);
      const config = await openConfig(configFile, log, stderr, flags.shard);
      const web = await openWebConfigFile(webConfigFile, log, stderr);
      if (config === undefined || web === 'bad') return 1;
      const { version, revision, nodeVersion: node } = build;
      log.info('starting', { version, revision, node, config: configFile });
      return await serve(config, web, flags, { build, log, events: signals }, onListening);
    },
    async demo({ webConfigFile, log: settings }, flags) {
      const signals = events();
      const log = logger(settings);
      const web = await openWebConfigFile(webConfigFile, log, stderr);
      if (web === 'bad') return 1;
      const demo = await startDemo(Date.now());
      const scheme = web?.current().tls === undefined ? 'http' : 'https';
      const status = await serve(demo.config, web, flags, { build, log, events: signals }, (addresses) => {
        void stdout(demoWelcome(`${scheme}://${addresses[0]}`, flags));
        onListening(addresses);
      });
      await demo.close();
      return status;
    },
    checkConfig: ({ configFile, webConfigFile }) => checkConfig(configFile, webConfigFile, stdout, stderr),
    async scrape({ configFile, log: settings }, output) {
      const log = logger(settings);
      const config = await openConfig(configFile, log, stderr);
      if (config === undefined) return 1;
      const progress = isTerminal ? writeLog : undefined;
      const target = { output, write: stdout, progress, stop: events().stop };
      return await scrape(config, target, { build, log });
    },
  };
}
