// The command line: commands, flags, help texts.
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseFlagDuration } from '../config/duration.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { providers } from '../providers/index.ts';
import { type BasePaths, resolveBasePaths } from '../web/base-path.ts';
import { type ListenAddress, parseListenAddress } from '../web/listen.ts';
import { programName } from './build-info.ts';
import { type LogSettings, logFormats, logLevels } from './logger.ts';
import type { ServeFlags } from './serve.ts';

/** Flags that commands share. */
export interface CommonFlags {
  configFile: string;
  /** undefined: the HTTP surface is not protected. */
  webConfigFile: string | undefined;
  log: LogSettings;
}

/** The action of each command; each resolves to the exit status. */
export interface Actions {
  serve: (common: CommonFlags, flags: ServeFlags) => Promise<number>;
  demo: (common: CommonFlags, flags: ServeFlags) => Promise<number>;
  checkConfig: (common: CommonFlags, syntaxOnly: boolean) => Promise<number>;
  scrape: (common: CommonFlags, output: string | undefined) => Promise<number>;
}

/** Builds the command line. @param exit receives the exit status of the command */
export function createProgram(build: BuildInfo, actions: Actions, exit: (status: number) => void): Command {
  const program = new Command(programName)
    .description(
      `Prometheus exporter: are cloud databases encrypted on the wire and at rest,\nand when do their certificates expire? For ${new Intl.ListFormat('en').format(providers.map(({ title }) => title))}.`,
    )
    .version(versionText(build), '--version', 'print name, version, revision and Node version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('(--help shows all commands and flags)')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withDashHint(text)) })
    .addHelpText(
      'after',
      `
Examples:
  ${programName} demo                                      try it: nothing to configure
  ${programName} check-config --config.file=config.yaml    validate the file
  ${programName} --config.file=config.yaml                 serve metrics on :10043
  ${programName} scrape --output=/var/lib/node_exporter/clouddb.prom

Flags of a command: ${programName} COMMAND --help`,
    );

  const configFile = () =>
    new Option('--config.file <path>', 'configuration file; - reads it from stdin').default('config.yaml');
  const logOptions = () => [
    new Option('--log.level <level>', 'minimum level to log').choices(logLevels).default('info'),
    new Option('--log.format <format>', 'log format').choices(logFormats).default('logfmt'),
  ];
  const command = (name: string, description: string, options = [configFile(), ...logOptions()]) => {
    const created = program
      .command(name)
      .description(description)
      .helpOption('-h, --help', 'show this help')
      .allowExcessArguments(false);
    for (const option of options) created.addOption(option);
    return created;
  };

  const serveAddress = ':10043';
  withServeFlags(command('serve', 'run the exporter (the default command)'), serveAddress)
    .addHelpText(
      'after',
      `
Signals:
  SIGHUP           reads the configuration again
  SIGTERM, SIGINT  finish the requests in progress and exit; a second one exits at once`,
    )
    .action(async (options: RawFlags, serve: Command) => {
      exit(await actions.serve(commonFlags(options), serveFlags(options, serve, serveAddress)));
    });
  // It writes no log: the flags are accepted because every command takes them.
  const hiddenLogOptions = logOptions().map((option) => option.hideHelp());
  withWebConfigFlag(
    command('check-config', 'validate the configuration and every file that it names', [
      configFile(),
      ...hiddenLogOptions,
    ]),
  )
    .option('--syntax-only', 'read no secret and no file that the configuration names, e.g. in CI')
    .action(async (options: RawFlags) => {
      exit(await actions.checkConfig(commonFlags(options), options['syntaxOnly'] === true));
    });
  command('scrape', 'run every check once and print the metrics; status 3 when a check failed')
    .option(
      '--output <file>',
      'write to this file instead of stdout: a regular file is replaced atomically (for the textfile collector)',
    )
    .action(async (options: RawFlags & { output?: string }) => {
      exit(await actions.scrape(commonFlags(options), options.output));
    });
  const demoAddress = '127.0.0.1:10043';
  withServeFlags(
    command('demo', 'run the exporter with simulated clouds; needs no file and no credential', [
      configFile().hideHelp().argParser(noConfiguration),
      ...logOptions(),
    ]),
    demoAddress,
  ).action(async (options: RawFlags, demo: Command) => {
    exit(await actions.demo(commonFlags(options), serveFlags(options, demo, demoAddress)));
  });
  return program;
}

/** `serve` is the default command. Not commander's default, which an unknown command would run, too. */
export function withCommand(args: readonly string[]): string[] {
  const [first = '-'] = args;
  return first.startsWith('-') && !['-h', '--help', '--version'].includes(first) ? ['serve', ...args] : [...args];
}

/** Programs in Go accept flags with one dash. */
function withDashHint(text: string): string {
  return text.replace(/unknown option '(-[a-z][\w.-]+).*'\n/, `$&(flags have two dashes: -$1)\n`);
}

/** `clouddb-encryption-exporter 1.2.3 (revision abc, node v20.20.2)` */
export function versionText({ version, revision, nodeVersion }: BuildInfo): string {
  return `${programName} ${version} (revision ${revision}, node ${nodeVersion})`;
}

type RawFlags = Record<string, unknown>;

function withWebConfigFlag(command: Command): Command {
  return command.addOption(
    new Option('--web.config.file <path>', 'TLS, users and headers, in the format of Prometheus exporters'),
  );
}

function withServeFlags(command: Command, defaultAddress: string): Command {
  return withWebConfigFlag(command)
    .addOption(
      // No commander default: it would be passed to the parser as a previous address.
      new Option(
        '--web.listen-address <address>',
        `HOST:PORT or :PORT to listen on; may be repeated; port 0 picks a free one (default: ${defaultAddress})`,
      ).argParser(listenAddresses),
    )
    .addOption(
      new Option(
        '--web.probe-listen-address <address>',
        'HOST:PORT or :PORT of a second listener for /-/healthy and /-/ready only, without TLS or password; may be repeated',
      )
        .argParser(listenAddresses)
        .default([], 'none'),
    )
    .addOption(
      new Option('--web.telemetry-path <path>', 'path of the metrics, below the prefix')
        .argParser(telemetryPath)
        .default('/metrics'),
    )
    .addOption(
      new Option('--web.external-url <url>', 'URL behind a reverse proxy, for links; its path is the default prefix'),
    )
    .addOption(
      new Option(
        '--web.route-prefix <path>',
        'prefix of all paths; / where the proxy removes it (default: path of --web.external-url)',
      ),
    )
    .addOption(
      new Option('--web.max-requests <number>', 'maximum concurrent scrapes; further requests get 503; 0: no limit')
        .argParser(wholeNumber)
        .default(40),
    )
    .addOption(new Option('--web.enable-lifecycle', 'enable POST /-/reload to reload the configuration').default(false))
    .addOption(
      new Option('--scrape.timeout-offset <duration>', "return this long before Prometheus's scrape timeout")
        .argParser(offset)
        .default(500, '0.5s'),
    )
    .addOption(new Option('--shard <number>', 'number of this shard, from 0').argParser(wholeNumber).default(0))
    .addOption(
      new Option('--total-shards <number>', 'number of exporters that share the instances and the rate limits')
        .argParser(shardCount)
        .default(1),
    );
}

function listenAddresses(text: string, previous: readonly ListenAddress[] = []): ListenAddress[] {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError('Give HOST:PORT, [IPV6]:PORT or :PORT.');
  return [...previous, address];
}

function telemetryPath(text: string): string {
  if (!/^\/[\w./-]*$/.test(text) || text === '/' || text.startsWith('/-/')) {
    throw new InvalidArgumentError('Give a path such as /metrics; / and /-/… are reserved.');
  }
  return text;
}

function noConfiguration(): never {
  throw new InvalidArgumentError('The demo needs no configuration: leave the flag out, or run serve.');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}

function shardCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1000) throw new InvalidArgumentError('Give a whole number from 1 to 1000.');
  return count;
}

function offset(text: string): number {
  const ms = parseFlagDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Give a duration such as 500ms or 0.5s.');
  return ms;
}

function commonFlags(options: RawFlags): CommonFlags {
  return {
    configFile: String(options['config.file']),
    webConfigFile: (options['web.config.file'] as string | undefined) || undefined,
    log: { level: options['log.level'], format: options['log.format'] } as LogSettings,
  };
}

function serveFlags(options: RawFlags, command: Command, defaultAddress: string): ServeFlags {
  const shard = Number(options['shard']);
  const totalShards = Number(options['totalShards']);
  if (shard >= totalShards) {
    command.error(`error: --shard=${shard} must be less than --total-shards=${totalShards}: shards count from 0`);
  }
  return {
    listenAddresses: (options['web.listenAddress'] as ListenAddress[] | undefined) ?? listenAddresses(defaultAddress),
    probeAddresses: options['web.probeListenAddress'] as ListenAddress[],
    base: basePaths(options, command),
    telemetryPath: String(options['web.telemetryPath']),
    maxRequests: Number(options['web.maxRequests']),
    enableLifecycle: options['web.enableLifecycle'] === true,
    timeoutOffsetMs: Number(options['scrape.timeoutOffset']),
    shard: { shard, totalShards },
  };
}

function basePaths(options: RawFlags, command: Command): BasePaths {
  try {
    return resolveBasePaths(String(options['web.externalUrl'] ?? ''), String(options['web.routePrefix'] ?? ''));
  } catch (error) {
    return command.error(`error: ${error instanceof Error ? error.message : 'invalid base path'}`);
  }
}
