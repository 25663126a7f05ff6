// The action of each command, given the streams and signals of a process or of a test. What only one command other than
// `serve` needs is loaded by it: the exporter starts without that.
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { untilAborted } from '../model/deadline.ts';
import { checkConfig } from './check-config.ts';
import { openConfig, openWebConfigFile } from './config-source.ts';
import { createLogger, type LogSettings } from './logger.ts';
import type { SweepTarget } from './one-sweep.ts';
import type { Actions } from './program.ts';
import { createProgressBar } from './progress-bar.ts';
import { type ServeEvents, serve } from './serve.ts';

/** The streams and signals that commands use. */
export interface ProcessStreams {
  /** Resolves once the text is written. */
  stdout: (text: string) => Promise<void>;
  stderr: (text: string) => Promise<void>;
  /** Whether stderr is a terminal, which shows a progress bar. */
  isTerminal: boolean;
  /** Characters of a line of stdout, where it is a terminal. */
  columns?: number | undefined;
  /** Whether stdout shows colours. */
  colours: boolean;
  events: ServeEvents;
  /** Receives the addresses of a server once they are bound. */
  onListening?: (addresses: readonly string[]) => void;
}

/** Each action resolves to the exit status. */
export function createActions(build: BuildInfo, streams: ProcessStreams): Actions {
  const { stdout, stderr, columns, colours, events, onListening = () => undefined } = streams;
  const writeLog = (text: string) => void stderr(text);
  // What hangs while it starts does not delay the end.
  const unlessStopped = <T>(work: Promise<T>) => untilAborted(work, events.stop);

  return {
    async serve({ configFile, webConfigFile, log: settings }, flags) {
      const log = createLogger(settings, writeLog);
      const config = await unlessStopped(openConfig(configFile, log, stderr, flags.shard));
      const web = await unlessStopped(openWebConfigFile(webConfigFile, log, stderr));
      if (events.stop.aborted) return 0;
      if (config === undefined || web === 'bad') return 1;
      const { version, revision, nodeVersion: node } = build;
      log.info('starting', { version, revision, node, config: configFile });
      return await serve(config, web, flags, { build, log, events }, onListening);
    },
    async demo({ webConfigFile, log: settings }, flags) {
      const log = createLogger(settings, writeLog);
      const web = await unlessStopped(openWebConfigFile(webConfigFile, log, stderr));
      if (events.stop.aborted) return 0;
      if (web === 'bad') return 1;
      const { demoWelcome, startDemo } = await import('./demo.ts');
      const demo = await startDemo(Date.now());
      const scheme = web?.current().tls === undefined ? 'http' : 'https';
      const status = await serve(demo.config, web, flags, { build, log, events }, (addresses) => {
        void stdout(demoWelcome(demo, `${scheme}://${addresses[0]}`, flags));
        onListening(addresses);
      });
      await demo.close();
      return status;
    },
    async checkConfig({ configFile, webConfigFile }, syntaxOnly) {
      const files = { configFile, webConfigFile, syntaxOnly };
      const status = await unlessStopped(checkConfig(files, stdout, stderr));
      if (status === undefined) await stderr('interrupted\n');
      return status ?? 1;
    },
    async scrape({ configFile, log: settings }, output) {
      const { scrape } = await import('./scrape.ts');
      const sweep = await openSweep(streams, configFile, settings, output);
      return sweep === undefined ? 1 : await scrape(sweep.config, sweep.target, { build, log: sweep.log });
    },
    async report({ configFile, log: settings }, flags) {
      const { report } = await import('./report.ts');
      const sweep = await openSweep(streams, configFile, settings, flags.output);
      if (sweep === undefined) return 1;
      const tools = { build, log: sweep.log, configFile, look: { columns, colours }, now: Date.now };
      return await report(sweep.config, sweep.target, flags, tools);
    },
    async probe(flags) {
      const [{ probe }, { terminalLook }] = await Promise.all([import('./probe.ts'), import('../report/table.ts')]);
      const look = terminalLook({ columns, colours });
      return await probe(flags, { version: build.version, stdout, stderr, look, stop: events.stop });
    },
  };
}

/** Of the commands that sweep once. @returns undefined after writing the problems of the configuration */
async function openSweep(
  { stdout, stderr, isTerminal, events: { stop } }: ProcessStreams,
  configFile: string,
  settings: LogSettings,
  output: string | undefined,
) {
  const writeLog = (text: string) => void stderr(text);
  // Debug lines are many: a bar below them would flicker.
  const bar = isTerminal && settings.level !== 'debug' ? createProgressBar(writeLog) : undefined;
  const log = createLogger(settings, bar?.writeAbove ?? writeLog);
  const config = await untilAborted(openConfig(configFile, log, stderr), stop);
  if (config === undefined && stop.aborted) log.error('interrupted; the output is not written', { output });
  const target: SweepTarget = { output, write: stdout, bar, stop };
  return config && { config, log, target };
}
