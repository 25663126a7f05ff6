// The command line: commands, flags, help texts.
import { Command, InvalidArgumentError, Option } from 'commander';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { programName } from '../model/program-name.ts';
import { listText } from '../model/wording.ts';
import { providers } from '../providers/index.ts';
import { path } from './flag-values.ts';
import { type LogSettings, logFormats, logLevels } from './logger.ts';
import type { ProbeFlags } from './probe.ts';
import { type ProbeOptions, probeFlags, withProbeFlags } from './probe-flags.ts';
import type { ReportFlags } from './report.ts';
import { withReportFlags } from './report-flags.ts';
import type { ServeFlags } from './serve.ts';
import { type RawFlags, serveFlags, withServeFlags, withWebConfigFlag } from './serve-flags.ts';

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
  report: (common: CommonFlags, flags: ReportFlags) => Promise<number>;
  probe: (flags: ProbeFlags) => Promise<number>;
}

const signalsText = `
Signals:
  SIGHUP           reads the configuration again
  SIGTERM, SIGINT  finish the requests in progress and exit; a second one exits at once`;

const examplesText = `
Examples:
  ${programName} demo                                      try it: nothing to configure
  ${programName} check-config --config.file=config.yaml    validate the file
  ${programName} --config.file=config.yaml                 serve metrics on :10043
  ${programName} report                                    what is not encrypted, what expires
  ${programName} probe db.example.com:5432                 what a database serves over TLS
  ${programName} scrape --output=/var/lib/node_exporter/clouddb.prom

Flags of a command: ${programName} COMMAND --help`;

const configFile = () =>
  new Option('--config.file <path>', 'configuration file; - reads it from stdin')
    .argParser(path)
    .default('config.yaml');

const logOptions = () => [
  new Option('--log.level <level>', 'minimum level to log').choices(logLevels).default('info'),
  new Option('--log.format <format>', 'log format').choices(logFormats).default('logfmt'),
];

// Every command takes the flags that all share, also where they have no effect: without a configuration, and without a
// log.
const noConfigFile = () => configFile().hideHelp().argParser(noConfiguration);
const unusedLogOptions = () => logOptions().map((option) => option.hideHelp());

function addCommand(program: Command, name: string, description: string, options: readonly Option[]): Command {
  const command = program
    .command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .allowExcessArguments(false);
  for (const option of options) command.addOption(option);
  ignoreValueOfUnknown(command);
  return command;
}

/** Builds the command line. @param exit receives the exit status of the command */
export function createProgram(build: BuildInfo, actions: Actions, exit: (status: number) => void): Command {
  const program = new Command(programName)
    .description(
      `Prometheus exporter: are cloud databases encrypted on the wire and at rest,\nand when do their certificates expire? For ${listText(providers.map(({ title }) => title))}.`,
    )
    .version(versionText(build), '--version', 'print name, version, revision and Node version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('(--help shows the commands, COMMAND --help its flags)')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withHint(text)) })
    .addHelpText('after', examplesText);

  const command = (name: string, description: string, options = [configFile(), ...logOptions()]) =>
    addCommand(program, name, description, options);
  const serveAddress = ':10043';
  withServeFlags(command('serve', 'run the exporter (the default command)'), serveAddress)
    .addHelpText('after', signalsText)
    .action(async (options: RawFlags, serve: Command) => {
      exit(await actions.serve(commonFlags(options), serveFlags(options, serve, serveAddress)));
    });
  const checkOptions = [configFile(), ...unusedLogOptions()];
  withWebConfigFlag(command('check-config', 'validate the configuration and every file that it names', checkOptions))
    .option('--syntax-only', 'read no secret and no file that the configuration names, e.g. in CI')
    .action(async (options: RawFlags) => {
      exit(await actions.checkConfig(commonFlags(options), options['syntaxOnly'] === true));
    });
  command('scrape', 'run every check once and print the metrics; status 3 when a check failed')
    .option(
      '--output <file>',
      'write to this file instead of stdout: a regular file is replaced atomically (for the textfile collector)',
      path,
    )
    .action(async (options: RawFlags & { output?: string }) => {
      exit(await actions.scrape(commonFlags(options), options.output));
    });
  withReportFlags(command('report', 'run every check once and print findings and facts for people')).action(
    async (options: RawFlags & ReportFlags) => {
      const { format, minDays, output } = options;
      exit(await actions.report(commonFlags(options), { format, minDays, output }));
    },
  );
  const probeOptions = [noConfigFile(), ...unusedLogOptions()];
  addProbe(command('probe', 'print what one database serves over TLS', probeOptions), actions, exit);
  const demoOptions = [noConfigFile(), ...logOptions()];
  const demoAddress = '127.0.0.1:10043';
  withServeFlags(
    command('demo', 'run the exporter with simulated clouds; needs no file and no credential', demoOptions),
    demoAddress,
  ).action(async (options: RawFlags, demo: Command) => {
    exit(await actions.demo(commonFlags(options), serveFlags(options, demo, demoAddress)));
  });
  return program;
}

function addProbe(command: Command, actions: Actions, exit: (status: number) => void): void {
  withProbeFlags(command).action(async (address: string, options: ProbeOptions) => {
    exit(await actions.probe(probeFlags(address, options, command)));
  });
}

/** `serve` is the default command. Not commander's default, which an unknown command would run, too. */
export function withCommand(args: readonly string[]): string[] {
  const [first = '-'] = args;
  return first.startsWith('-') && !['-h', '--help', '--version'].includes(first) ? ['serve', ...args] : [...args];
}

/** Programs in Go accept flags with one dash, and without a command the first argument belongs to serve. */
function withHint(text: string): string {
  return (
    text
      // People paste URLs with passwords.
      .replace(/\/\/[^\s/'"]*@/g, '//(not shown)@')
      .replace(/unknown option '(-[a-z][\w.-]+)'\n/, `$&(flags have two dashes: -$1)\n`)
      .replace(
        /too many arguments.*\n/,
        `$&(write ${programName} COMMAND FLAGS; a file is given by a flag: --config.file=FILE)\n`,
      )
  );
}

/**
 * Suggests the flag that was meant, without its value: commander compares the argument with its value, and would repeat
 * the value, which may be a secret. A flag that takes no value has a separate message.
 */
function ignoreValueOfUnknown(command: Command): void {
  const known = command as Command & { unknownOption: (flag: string) => void };
  const report = known.unknownOption.bind(command);
  known.unknownOption = (argument) => {
    const flag = argument.replace(/=[^]*/, '');
    const options = command.createHelp().visibleOptions(command);
    if (options.some(({ long }) => long === flag)) command.error(`error: option '${flag}' takes no value`);
    report(flag);
  };
}

/** `clouddb-encryption-exporter 1.2.3 (revision abc, node v20.20.2)` */
export function versionText({ version, revision, nodeVersion }: BuildInfo): string {
  return `${programName} ${version} (revision ${revision}, node ${nodeVersion})`;
}

function noConfiguration(): never {
  throw new InvalidArgumentError('This command needs no configuration: leave the flag out.');
}

function commonFlags(options: RawFlags): CommonFlags {
  return {
    configFile: String(options['config.file']),
    webConfigFile: (options['web.config.file'] as string | undefined) || undefined,
    log: { level: options['log.level'], format: options['log.format'] } as LogSettings,
  };
}
