// The command line: the options of each command, help texts and error messages.
import { describe, expect, it } from 'vitest';
import type { Actions, CommonFlags } from '../../src/commands/program.ts';
import type { ReportFlags } from '../../src/commands/report.ts';
import type { ServeFlags } from '../../src/commands/serve.ts';
import { parseCommandLine, runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

interface Received {
  command: keyof Actions;
  common: CommonFlags;
  flags?: ServeFlags;
  output?: string | undefined;
  report?: ReportFlags;
  syntaxOnly?: boolean;
}

/** What the command of a command line receives. @param status the exit status that the command has */
async function received(args: readonly string[], status = 0): Promise<{ received: Received[]; status: number }> {
  const received: Received[] = [];
  const note = (entry: Received) => Promise.resolve(received.push(entry)).then(() => status);
  const actions: Actions = {
    serve: (common, flags) => note({ command: 'serve', common, flags }),
    demo: (common, flags) => note({ command: 'demo', common, flags }),
    checkConfig: (common, syntaxOnly) => note({ command: 'checkConfig', common, syntaxOnly }),
    scrape: (common, output) => note({ command: 'scrape', common, output }),
    report: (common, report) => note({ command: 'report', common, report }),
    probe: () => Promise.resolve(status),
  };
  const nothing = () => undefined;
  return { status: await parseCommandLine(args, actions, { stdout: nothing, stderr: nothing }), received };
}

const common: CommonFlags = {
  configFile: 'config.yaml',
  webConfigFile: undefined,
  log: { level: 'info', format: 'logfmt' },
};
const serveDefaults: ServeFlags = {
  listenAddresses: [{ host: undefined, port: 10_043 }],
  probeAddresses: [],
  base: { routePrefix: '', linkBase: './' },
  telemetryPath: '/metrics',
  maxRequests: 40,
  enableLifecycle: false,
  timeoutOffsetMs: 500,
  shard: { shard: 0, totalShards: 1 },
};
const demoDefaults = { ...serveDefaults, listenAddresses: [{ host: '127.0.0.1', port: 10_043 }] };

describe('a command line', () => {
  it.each<[what: string, args: string[], Received]>([
    ['without anything', [], { command: 'serve', common, flags: serveDefaults }],
    ['of serve', ['serve'], { command: 'serve', common, flags: serveDefaults }],
    ['of demo', ['demo'], { command: 'demo', common, flags: demoDefaults }],
    ['of check-config', ['check-config'], { command: 'checkConfig', common, syntaxOnly: false }],
    ['of check-config in CI', ['check-config', '--syntax-only'], { command: 'checkConfig', common, syntaxOnly: true }],
    ['of scrape', ['scrape'], { command: 'scrape', common, output: undefined }],
    ['of scrape with an output', ['scrape', '--output=x.prom'], { command: 'scrape', common, output: 'x.prom' }],
    [
      'of report',
      ['report'],
      { command: 'report', common, report: { format: 'table', minDays: 30, output: undefined } },
    ],
    [
      'of report with all flags',
      ['report', '--format=csv', '--min-days=0', '--output=x.csv'],
      { command: 'report', common, report: { format: 'csv', minDays: 0, output: 'x.csv' } },
    ],
    [
      'with flags alone',
      ['--config.file=a.yaml', '--web.config.file=w.yaml', '--log.level=debug', '--log.format=json'],
      {
        command: 'serve',
        common: { configFile: 'a.yaml', webConfigFile: 'w.yaml', log: { level: 'debug', format: 'json' } },
        flags: serveDefaults,
      },
    ],
    [
      'of serve with all flags',
      [
        'serve',
        '--web.listen-address=[::1]:1',
        '--web.listen-address=localhost:2',
        '--web.probe-listen-address=:3',
        '--web.probe-listen-address=:4',
        '--web.external-url=https://monitoring.example/clouddb/',
        '--web.route-prefix=/db',
        '--web.telemetry-path=/m',
        '--web.max-requests=0',
        '--web.enable-lifecycle',
        '--scrape.timeout-offset=1.5s',
        '--shard=1',
        '--total-shards=3',
      ],
      {
        command: 'serve',
        common,
        flags: {
          listenAddresses: [
            { host: '::1', port: 1 },
            { host: 'localhost', port: 2 },
          ],
          probeAddresses: [
            { host: undefined, port: 3 },
            { host: undefined, port: 4 },
          ],
          base: {
            routePrefix: '/db',
            linkBase: '/clouddb/',
            external: { path: '/clouddb', origin: { scheme: 'https', hostname: 'monitoring.example', port: 443 } },
          },
          telemetryPath: '/m',
          maxRequests: 0,
          enableLifecycle: true,
          timeoutOffsetMs: 1500,
          shard: { shard: 1, totalShards: 3 },
        },
      },
    ],
  ])('%s runs its command with its flags', async (_, args, expected) => {
    expect(await received(args)).toEqual({ status: 0, received: [expected] });
  });

  it.each([0, 1, 2, 3, 4])('exits with the status of its command: %i', async (status) => {
    expect((await received(['serve'], status)).status).toBe(status);
  });
});

const demoFlags = [
  '--log.level',
  '--log.format',
  '--help',
  '--web.config.file',
  '--web.listen-address',
  '--web.probe-listen-address',
  '--web.external-url',
  '--web.route-prefix',
  '--web.telemetry-path',
  '--web.max-requests',
  '--web.enable-lifecycle',
  '--scrape.timeout-offset',
  '--shard',
  '--total-shards',
];

describe('--help', () => {
  it.each([
    ['serve', ['--config.file', ...demoFlags]],
    ['demo', demoFlags],
    ['check-config', ['--config.file', '--web.config.file', '--syntax-only', '--help']],
    ['scrape', ['--config.file', '--log.level', '--log.format', '--help', '--output']],
    ['report', ['--config.file', '--log.level', '--log.format', '--help', '--output', '--format', '--min-days']],
    [
      'probe',
      ['--help', '--protocol', '--server-name', '--ca-file', '--plaintext', '--timeout', '--format', '--min-days'],
    ],
  ])('of %s has each flag that changes something, with a description', async (command, flags) => {
    const run = await runInProcess([command, '--help']);
    const named = [...run.stdout.matchAll(/^ {2}(?:-h, )?(--[\w.-]+)(?: <\w+>)? {2,}\w/gm)].map(([, flag]) => flag);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(new Set(named)).toEqual(new Set(flags));
  });

  it.each([
    ['serve', '--config.file', 'config.yaml'],
    ['serve', '--log.level', 'info'],
    ['serve', '--log.format', 'logfmt'],
    ['serve', '--web.listen-address', ':10043'],
    ['serve', '--web.probe-listen-address', 'none'],
    ['serve', '--web.telemetry-path', '/metrics'],
    ['serve', '--web.max-requests', '40'],
    ['serve', '--scrape.timeout-offset', '0.5s'],
    ['serve', '--shard', '0'],
    ['serve', '--total-shards', '1'],
    ['demo', '--web.listen-address', '127.0.0.1:10043'],
    ['report', '--format', 'table'],
    ['report', '--min-days', '30'],
    ['probe', '--protocol', 'by the port'],
    ['probe', '--server-name', 'the host'],
    ['probe', '--timeout', '5s'],
    ['probe', '--format', 'text'],
    ['probe', '--min-days', '30'],
  ])('of %s shows the default of %s: %s', async (command, flag, value) => {
    const { stdout } = await runInProcess([command, '--help']);
    const [, text = ''] = stdout.replaceAll(/\s+/g, ' ').split(` ${flag} `);

    expect(/default: "?([^")]*)"?\)/.exec(text)?.[1]).toBe(value);
  });

  it.each([[], ['serve'], ['demo'], ['check-config'], ['scrape'], ['report'], ['probe']])(
    'is the same as -h: %s',
    async (...command) => {
      const [long, short] = await Promise.all([runInProcess([...command, '--help']), runInProcess([...command, '-h'])]);
      expect(short).toEqual(long);
      expect(short.stdout).toContain('-h, --help');
    },
  );

  it('of serve names the signals', async () => {
    const { stdout } = await runInProcess(['serve', '--help']);
    expect(stdout).toMatch(/SIGHUP +reads the configuration again/);
    expect(stdout).toContain('SIGTERM');
  });

  it('of the program has every command and how to try it', async () => {
    const run = await runInProcess(['--help']);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    for (const text of ['serve', 'check-config', 'scrape', 'report', 'probe', 'demo', '--version', 'COMMAND --help']) {
      expect(run.stdout).toContain(text);
    }
  });
});

describe('a mistake on the command line exits with status 1 and a message:', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /unknown command.*frobnicate/],
    ['a mistyped command', ['check-confg'], /Did you mean check-config\?/],
    ['a mistyped command with flags', ['scrap', '--output=x'], /Did you mean scrape\?/],
    ['a mistyped flag', ['--config-file=x'], /Did you mean --config\.file\?/],
    [
      'a mistyped flag of a command',
      ['demo', '--web.listen-adress=127.0.0.1:10043'],
      /Did you mean --web\.listen-address\?/,
    ],
    ['one dash', ['-config.file=x'], /two dashes: --config\.file\)/],
    ['one dash after a command', ['scrape', '-log.level', 'debug'], /two dashes: --log\.level\)/],
    ['a configuration for the demo', ['demo', '--config.file=x'], /--config\.file.*needs no configuration/],
    ['a flag before the command', ['--log.level=debug', 'scrape'], /write .* COMMAND FLAGS/],
    ['an unknown flag', ['serve', '--nope'], /unknown option.*--nope/],
    ['an unknown flag without a command', ['--nope'], /unknown option.*--nope/],
    ['a flag of another command', ['check-config', '--output=x'], /unknown option.*--output/],
    ['an unknown level', ['serve', '--log.level=loud'], /--log\.level.*loud.*debug, info, warn, error/],
    ['an unknown log format', ['scrape', '--log.format=xml'], /--log\.format.*xml.*logfmt, json/],
    ['an unknown format', ['report', '--format=xml'], /--format.*xml.*table, json, csv, markdown/],
    ['a fraction of days', ['report', '--min-days=1.5'], /--min-days.*whole number/],
    ['negative days', ['report', '--min-days=-1'], /--min-days.*whole number/],
    ['an empty number of days', ['report', '--min-days='], /--min-days.*whole number/],
    ['a missing value', ['scrape', '--output'], /--output.*missing/],
    [
      'a value for a flag without one',
      ['serve', '--web.enable-lifecycle=true'],
      /'--web\.enable-lifecycle' takes no value/,
    ],
    ['a value for help', ['scrape', '--help=all'], /'--help' takes no value/],
    ['an empty configuration file', ['serve', '--config.file='], /--config\.file.*value is empty/],
    ['an empty output', ['scrape', '--output='], /--output.*value is empty/],
    ['an extra argument', ['check-config', 'config.yaml'], /too many arguments.*check-config/],
    ['an address without a port', ['serve', '--web.listen-address=localhost'], /--web\.listen-address.*HOST:PORT/],
    ['a probe address without a port', ['serve', '--web.probe-listen-address=x'], /--web\.probe-listen-address.*HOST:/],
    ['a web configuration for a command without a server', ['scrape', '--web.config.file=x'], /unknown option/],
    ['a port above 65535', ['demo', '--web.listen-address=:65536'], /--web\.listen-address.*HOST:PORT/],
    ['a path without a slash', ['serve', '--web.telemetry-path=metrics'], /--web\.telemetry-path.*\/metrics/],
    ['a path in use', ['serve', '--web.telemetry-path=/-/healthy'], /--web\.telemetry-path.*reserved/],
    [
      'an external URL that is no URL',
      ['serve', '--web.external-url=localhost:9090'],
      /--web\.external-url.*https:\/\//,
    ],
    ['a prefix that is no path', ['demo', '--web.route-prefix=/a?b'], /--web\.route-prefix.*\/clouddb/],
    ['a limit that is not a number', ['serve', '--web.max-requests=many'], /--web\.max-requests.*whole number/],
    ['a negative limit', ['serve', '--web.max-requests=-1'], /--web\.max-requests.*whole number/],
    ['a shard past the last', ['serve', '--shard=2', '--total-shards=2'], /--shard=2.*--total-shards=2/],
    ['a shard without a number of shards', ['demo', '--shard=1'], /--shard=1.*--total-shards=1/],
    ['zero shards', ['serve', '--total-shards=0'], /--total-shards.*1 to 1000/],
    ['an offset without a unit', ['serve', '--scrape.timeout-offset=1'], /--scrape\.timeout-offset.*duration/],
  ])('%s', async (_, args, says) => {
    const run = await runInProcess(args);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toContain('--help');
  });

  it('does not repeat an external URL, which may have a password', async () => {
    const { status, stderr } = await runInProcess(['serve', `--web.external-url=https://ann:${secret('url')}@host/`]);

    expect(status).toBe(1);
    expect(stderr).toContain('--web.external-url');
    expect(stderr).not.toContain(secret('url'));
  });
});
