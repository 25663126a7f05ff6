// The built program as a user meets it: commands, flags, exit statuses, and what is printed where.
import { once } from 'node:events';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startTencentApi } from '../../src/demo/tencent/tencent-api.ts';
import {
  createFolder,
  type ExporterProcess,
  runProgram,
  spawnProgram,
  startExporter,
} from '../support/exporter-process.ts';
import { parseExposition, scrape, valuesOf } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';

const secretId = secret('secret id of the commands');
const secretKey = secret('secret key of the commands');
const accessKeyId = secret('access key id of the commands');
const accessKeySecret = secret('access key secret of the commands');

let folder: Awaited<ReturnType<typeof createFolder>>;
let tencent: SimulatedApi;
let oceanbase: SimulatedApi;

beforeAll(async () => {
  folder = await createFolder();
  tencent = await startTencentApi({
    secretId,
    secretKey,
    instances: [
      {
        id: 'postgres-good',
        region: 'ap-guangzhou',
        sslEnabled: true,
        keys: [
          { id: 'key-1', alias: 'data', region: 'ap-guangzhou', enabled: true, createTime: '2025-05-01 10:00:00' },
        ],
      },
      { id: 'postgres-broken', region: 'ap-guangzhou', sslEnabled: false, keys: [], error: 'InternalError' },
    ],
  });
  oceanbase = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret,
    instances: [{ id: 'ob1', ssl: { instanceId: 'ob1', enableSSL: 'OPEN', status: 'OPEN' } }],
  });
  await folder.write('tencent-key', `${secretKey}\n`);
});

afterAll(async () => {
  await Promise.all([tencent.close(), oceanbase.close()]);
  await folder.remove();
});

const started: ExporterProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((exporter) => exporter.stop()));
});

async function start(options: Parameters<typeof startExporter>[0]): Promise<ExporterProcess> {
  const exporter = await startExporter(options);
  started.push(exporter);
  return exporter;
}

/** Both clouds, with the given instances. */
function cloudsConfig(instances: string): string {
  return `
scrape: { retries: 0 }
accounts:
  tencent:
    provider: tencent_postgres
    endpoint: ${tencent.url}
    secret_id: ${secretId}
    secret_key_file: tencent-key
  oceanbase:
    provider: oceanbase
    endpoint: ${oceanbase.url}
    access_key_id: ${accessKeyId}
    access_key_secret: ${accessKeySecret}
instances:
${instances}
`;
}

const goodInstances = `
  - { account: tencent, id: postgres-good, region: ap-guangzhou, labels: { team: payments } }
  - { account: oceanbase, id: ob1 }
`;
const goodConfig = () => folder.write('good.yaml', cloudsConfig(goodInstances));
const halfBrokenConfig = () =>
  folder.write(
    'half-broken.yaml',
    cloudsConfig(`${goodInstances}  - { account: tencent, id: postgres-broken, region: ap-guangzhou }`),
  );
const badConfig = () =>
  folder.write(
    'bad.yaml',
    `scrape:
  retries: 99
accounts:
  main:
    provider: oceanbase
    access_key_id: ${accessKeyId}
    access_key_secret_file: no-such-file
instances:
  - id: ob1
    checks: [kms]
`,
  );
/** The start of each line that is printed for badConfig, after the name of the file. */
const badLines = [
  ':2:12: scrape.retries: ',
  ':7:29: accounts.main.access_key_secret_file: ',
  ':10:14: instances[0].checks[0]: ',
];

/** A line of the log with --log.format=json. */
interface LogEntry {
  ts: string;
  level: string;
  msg: string;
  address?: string;
}

/** A port of 127.0.0.1 that is taken until `release`. */
async function occupiedPort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, release: () => new Promise((done) => server.close(done)) };
}

describe('--version', () => {
  it('prints name, version, revision and Node version', async () => {
    const { version } = JSON.parse(await readFile(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    const run = await runProgram(['--version']);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(
      new RegExp(`^clouddb-encryption-exporter ${version} \\(revision \\w+, node ${process.version}\\)\\n$`),
    );
  });
});

const webConfigFlag = '--web.config.file';
const commonFlags = ['--config.file', '--log.level', '--log.format', '--help'];
const serveFlags = [
  ...commonFlags,
  webConfigFlag,
  '--web.listen-address',
  '--web.probe-listen-address',
  '--web.telemetry-path',
  '--web.max-requests',
  '--web.enable-lifecycle',
  '--scrape.timeout-offset',
  '--shard',
  '--total-shards',
];

describe('--help', () => {
  it.each([
    ['serve', serveFlags],
    ['demo', serveFlags],
    ['check-config', [...commonFlags, webConfigFlag]],
    ['scrape', [...commonFlags, '--output']],
  ])('of %s names each of its flags, each with words beside it', async (command, flags) => {
    const run = await runProgram([command, '--help']);
    const named = [...run.stdout.matchAll(/^ {2}(--[\w.-]+)(?: <\w+>)? {2,}\w/gm)].map(([, flag]) => flag);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(named).toEqual(expect.arrayContaining(flags));
  });

  it.each([
    ['--config.file', 'config.yaml'],
    ['--log.level', 'info'],
    ['--log.format', 'logfmt'],
    ['--web.listen-address', ':10043'],
    ['--web.probe-listen-address', 'none'],
    ['--web.telemetry-path', '/metrics'],
    ['--web.max-requests', '40'],
    ['--scrape.timeout-offset', '0.5s'],
    ['--shard', '0'],
    ['--total-shards', '1'],
  ])('tells the default of %s: %s', async (flag, value) => {
    const { stdout } = await runProgram(['serve', '--help']);
    const [, text = ''] = stdout.replaceAll(/\s+/g, ' ').split(` ${flag} `);

    expect(/default: "?([^")]*)"?\)/.exec(text)?.[1]).toBe(value);
  });

  it('of the program names every command and how to try it', async () => {
    const run = await runProgram(['--help']);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    for (const text of ['serve', 'check-config', 'scrape', 'demo', '--version', 'COMMAND --help']) {
      expect(run.stdout).toContain(text);
    }
  });
});

describe('a mistake on the command line ends with status 1 and says what is wrong', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /unknown command.*frobnicate/],
    ['a mistyped command', ['check-confg'], /check-config/],
    ['an unknown flag', ['serve', '--nope'], /unknown option.*--nope/],
    ['an unknown flag without a command', ['--nope'], /unknown option.*--nope/],
    ['a flag of another command', ['check-config', '--output=x'], /unknown option.*--output/],
    ['an unknown level', ['serve', '--log.level=loud'], /--log\.level.*loud.*debug, info, warn, error/],
    ['an unknown log format', ['scrape', '--log.format=xml'], /--log\.format.*xml.*logfmt, json/],
    ['a missing value', ['scrape', '--output'], /--output.*missing/],
    ['a word too many', ['check-config', 'config.yaml'], /too many arguments.*check-config/],
    ['an address without a port', ['serve', '--web.listen-address=localhost'], /--web\.listen-address.*HOST:PORT/],
    [
      'a probe address without a port',
      ['serve', '--web.probe-listen-address=x'],
      /--web\.probe-listen-address.*HOST:PORT/,
    ],
    ['a web configuration for a command that serves nothing', ['scrape', '--web.config.file=x'], /unknown option/],
    ['a port too high', ['demo', '--web.listen-address=:65536'], /--web\.listen-address.*HOST:PORT/],
    ['a path without a slash', ['serve', '--web.telemetry-path=metrics'], /--web\.telemetry-path.*\/metrics/],
    ['a path that is taken', ['serve', '--web.telemetry-path=/-/healthy'], /--web\.telemetry-path.*taken/],
    ['a limit that is no number', ['serve', '--web.max-requests=many'], /--web\.max-requests.*whole number/],
    ['a negative limit', ['serve', '--web.max-requests=-1'], /--web\.max-requests.*whole number/],
    ['a shard that is not there', ['serve', '--shard=2', '--total-shards=2'], /--shard=2.*--total-shards=2/],
    ['a shard of nothing', ['demo', '--shard=1'], /--shard=1.*--total-shards=1/],
    ['no shards', ['serve', '--total-shards=0'], /--total-shards.*1 to 1000/],
    ['an offset without a unit', ['serve', '--scrape.timeout-offset=1'], /--scrape\.timeout-offset.*duration/],
  ])('%s', async (_, args, says) => {
    const run = await runProgram(args);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toContain('--help');
  });
});

describe('check-config', () => {
  it('prints one summary line for a good file', async () => {
    const file = await goodConfig();

    expect(await runProgram(['check-config', `--config.file=${file}`])).toEqual({
      status: 0,
      stdout: `${file}: good: 2 accounts, 2 instances, 3 checks\n`,
      stderr: '',
    });
  });

  it('prints every problem of a bad file, one a line, and how many there are', async () => {
    const file = await badConfig();
    const run = await runProgram(['check-config', `--config.file=${file}`]);
    const lines = run.stderr.split('\n');

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(lines).toEqual([
      ...badLines.map((start) => expect.stringContaining(`${file}${start}`) as string),
      `${file}: 3 problems`,
      '',
    ]);
  });

  it.each([
    [
      'half of the usual variables',
      { OCEANBASE_ACCESS_KEY_ID: secret('id') },
      /accounts\.ob: .*OCEANBASE_ACCESS_KEY_SECRET/,
    ],
    [
      'a usual variable of two lines',
      { OCEANBASE_ACCESS_KEY_ID: secret('id'), OCEANBASE_ACCESS_KEY_SECRET: secret('key', '\n') },
      /accounts\.ob: OCEANBASE_ACCESS_KEY_SECRET: .*more than one line/,
    ],
    [
      'a proxy that is not understood',
      { HTTPS_PROXY: `socks5://user:${secret('password')}@127.0.0.1:1` },
      /accounts\.ob: HTTPS_PROXY is not a valid HTTP proxy/,
    ],
  ])('tells of %s, as the program would meet it', async (_, env, says) => {
    const file = await folder.write('usual.yaml', 'accounts: { ob: { provider: oceanbase } }\n');
    const run = await runProgram(['check-config', `--config.file=${file}`], env);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr.split('\n')).toHaveLength(3);
  });

  it('calls a file good whose usual variables are set elsewhere', async () => {
    const file = await folder.write('usual.yaml', 'accounts: { ob: { provider: oceanbase } }\n');

    expect(await runProgram(['check-config', `--config.file=${file}`])).toMatchObject({ status: 0, stderr: '' });
  });

  it('prints no secret, not even through a warning of a library', async () => {
    const file = await folder.write(
      'template.yaml',
      'accounts:\n  main:\n    provider: oceanbase\n    access_key_id: PLANTED-id\n    access_key_secret: {{ PLANTED }}\n',
    );
    const run = await runProgram(['check-config', `--config.file=${file}`]);

    expect(run.status).toBe(1);
    expect(run.stdout + run.stderr).not.toContain('PLANTED');
  });

  it('looks for config.yaml when no file is named, and says how to name one', async () => {
    const child = spawnProgram(['check-config'], { cwd: folder.path });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const [status] = (await once(child, 'close')) as [number | null];

    expect(status).toBe(1);
    expect(stderr).toMatch(/^config\.yaml.*no such file.*--config\.file/);
  });
});

describe('serve', () => {
  it('is the command when none is named', async () => {
    const exporter = await start({ command: '--log.level=info', config: await goodConfig() });

    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);
  });

  it('with a bad configuration ends with status 1 and the bare problems on stderr', async () => {
    const file = await badConfig();
    const run = await runProgram(['serve', `--config.file=${file}`, '--log.format=json']);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.split('\n')).toEqual([
      ...badLines.map((start) => expect.stringContaining(`${file}${start}`) as string),
      '',
    ]);
  });

  it('on a port that is taken ends with status 2 and says which flag to change', async () => {
    const { port, release } = await occupiedPort();
    const run = await runProgram([
      'serve',
      `--config.file=${await goodConfig()}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    await release();

    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/level=error msg="cannot listen.*--web\.listen-address".*EADDRINUSE/);
    expect(run.stderr).toContain(`127.0.0.1:${port}`);
  });

  it('listens on none of its addresses when one of them is taken', async () => {
    const { port, release } = await occupiedPort();
    const run = await runProgram([
      'serve',
      `--config.file=${await goodConfig()}`,
      '--web.listen-address=127.0.0.1:0',
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    await release();

    expect(run.status).toBe(2);
    expect(run.stderr).not.toContain('msg="listening"');
  });

  it('on an address that this machine does not have ends with status 2 and names it', async () => {
    const run = await runProgram([
      'serve',
      `--config.file=${await goodConfig()}`,
      '--web.listen-address=192.0.2.1:10043',
    ]);

    expect(run.status).toBe(2);
    expect(run.stderr).toContain('192.0.2.1:10043');
  });

  it('on a host that cannot be resolved ends with status 2 and names it', async () => {
    const run = await runProgram([
      'serve',
      `--config.file=${await goodConfig()}`,
      '--web.listen-address=bad..name:10043',
    ]);

    expect(run.status).toBe(2);
    expect(run.stderr).toContain('bad..name');
    expect(run.stderr).not.toContain('undefined');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with status 0 after %s', async (signal) => {
    const exporter = await startExporter({ config: await goodConfig() });

    expect(await exporter.stop(signal)).toBe(0);
    expect(exporter.stderr()).toMatch(/msg="stopped"\n$/);
  });

  it('writes one JSON object a line when asked to', async () => {
    const exporter = await startExporter({
      config: await halfBrokenConfig(),
      flags: ['--log.format=json', '--log.level=debug'],
    });
    const entries = () =>
      exporter
        .stderr()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as LogEntry);
    const { address } = entries().find(({ msg }) => msg === 'listening') ?? {};
    await scrape(`http://${address}`);
    await exporter.stop();

    expect(entries().map(({ msg }) => msg)).toEqual(expect.arrayContaining(['starting', 'listening', 'stopped']));
    for (const { ts, level } of entries()) {
      expect(ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(level).toMatch(/^(?:debug|info|warn|error)$/);
    }
  });

  it('writes no secret at any level', async () => {
    const exporter = await startExporter({ config: await halfBrokenConfig(), flags: ['--log.level=debug'] });
    await scrape(exporter.url);
    await exporter.stop();

    expect(exporter.stderr()).not.toMatch(/PLANTED|DEKCIPHER|Signature=/);
  });
});

describe('scrape', () => {
  it('prints the exposition and ends with status 0', async () => {
    const run = await runProgram(['scrape', `--config.file=${await goodConfig()}`]);
    const samples = parseExposition(run.stdout);

    expect(run.status).toBe(0);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'postgres-good', team: 'payments' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'ob1' })).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual([1, 1, 1]);
  });

  it('ends with status 3 when an instance fails, and still prints the others', async () => {
    const run = await runProgram(['scrape', `--config.file=${await halfBrokenConfig()}`]);
    const samples = parseExposition(run.stdout);

    expect(run.status).toBe(3);
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'postgres-broken' })).toEqual([0, 0]);
    expect(valuesOf(samples, 'clouddb_check_success', { instance_id: 'postgres-good' })).toEqual([1, 1]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { instance_id: 'postgres-broken' })).toEqual([]);
  });

  it('ends with status 1 and the problems when the configuration is bad', async () => {
    const file = await badConfig();
    const run = await runProgram(['scrape', `--config.file=${file}`]);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain(`${file}${badLines[0]}`);
  });

  it('leaves out the families that the collector which reads the file has itself', async () => {
    const { stdout } = await runProgram(['scrape', `--config.file=${await goodConfig()}`]);

    expect(stdout).toContain('clouddb_exporter_build_info');
    expect(stdout).not.toMatch(/(?:process|nodejs)_/);
  });

  it('prints nothing but the exposition on stdout, and no progress bar where no terminal is', async () => {
    const run = await runProgram(['scrape', `--config.file=${await goodConfig()}`, '--log.level=debug']);

    expect(run.stdout).toMatch(/^(?:\n|# (?:HELP|TYPE) .*\n|clouddb_.* \S+\n)+$/);
    expect(run.stderr).toMatch(/^(?:ts=\S+ level=\w+ msg=".*\n)+$/);
  });

  it('says nothing about a good run at level error', async () => {
    const run = await runProgram(['scrape', `--config.file=${await goodConfig()}`, '--log.level=error']);

    expect(run).toMatchObject({ status: 0, stderr: '' });
  });

  it('writes one JSON object a line when asked to', async () => {
    const run = await runProgram([
      'scrape',
      `--config.file=${await halfBrokenConfig()}`,
      '--log.format=json',
      '--log.level=debug',
    ]);
    const entries = run.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

    expect(entries).toContainEqual(expect.objectContaining({ level: 'info', msg: 'scraped', checks: 5, failed: 2 }));
  });

  it('does not crash when the reader of stdout goes away', async () => {
    const child = spawnProgram(['scrape', `--config.file=${await goodConfig()}`]);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const [status] = (await once(child, 'close')) as [number | null];

    expect(status).toBe(0);
    expect(stderr).not.toMatch(/crash|EPIPE|\n {4}at /);
  });
});

describe('scrape --output', () => {
  /** A folder of its own, so that nothing else can be in it. */
  async function outputFile(name: string): Promise<{ path: string; file: string }> {
    const path = join(folder.path, name);
    await mkdir(path);
    return { path, file: join(path, 'clouddb.prom') };
  }

  it('writes the file, readable for all, and nothing to stdout or beside it', async () => {
    const { path, file } = await outputFile('fresh');
    const run = await runProgram(['scrape', `--config.file=${await goodConfig()}`, `--output=${file}`]);
    const handle = await open(file);
    const { mode } = await handle.stat();
    await handle.close();

    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(valuesOf(parseExposition(await readFile(file, 'utf8')), 'clouddb_check_success')).toEqual([1, 1, 1]);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
    expect(mode & 0o444).toBe(0o444);
  });

  it('replaces the file in one step: who has the old one open reads it to its end', async () => {
    const { path, file } = await outputFile('replaced');
    await folder.write('replaced/clouddb.prom', 'the old one\n');
    const reader = await open(file);
    const run = await runProgram(['scrape', `--config.file=${await goodConfig()}`, `--output=${file}`]);
    const seen = await reader.readFile('utf8');
    await reader.close();

    expect(run.status).toBe(0);
    expect(seen).toBe('the old one\n');
    expect(await readFile(file, 'utf8')).toContain('clouddb_check_success');
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });

  it('writes what is known, with status 3, when an instance fails', async () => {
    const { file } = await outputFile('half');
    const run = await runProgram(['scrape', `--config.file=${await halfBrokenConfig()}`, `--output=${file}`]);

    expect(run.status).toBe(3);
    expect(valuesOf(parseExposition(await readFile(file, 'utf8')), 'clouddb_check_success')).toHaveLength(5);
  });

  it('into a folder that is not there ends with status 1 and says so in one line', async () => {
    const file = join(folder.path, 'no-such-folder/clouddb.prom');
    const run = await runProgram([
      'scrape',
      `--config.file=${await goodConfig()}`,
      `--output=${file}`,
      '--log.level=error',
    ]);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(run.stderr).toContain(file);
    expect(run.stderr).toContain('ENOENT');
    expect(run.stderr).not.toMatch(/crash|report this/);
  });

  it('onto a folder ends with status 1 and leaves nothing beside it', async () => {
    const { path, file } = await outputFile('taken');
    await mkdir(file);
    const run = await runProgram(['scrape', `--config.file=${await goodConfig()}`, `--output=${file}`]);

    expect(run.status).toBe(1);
    expect(run.stderr).not.toMatch(/crash|report this/);
    expect(await readdir(path)).toEqual(['clouddb.prom']);
  });
});

describe('demo', () => {
  /** Starts the demo with its stdout kept. */
  async function startDemo() {
    const child = spawnProgram(['demo', '--web.listen-address=127.0.0.1:0'], { cwd: folder.path });
    const output = { stdout: '' };
    const closed = once(child, 'close') as Promise<[number | null]>;
    child.stderr.resume();
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    while (!output.stdout.includes('Ctrl-C')) await once(child.stdout, 'data');
    return { child, closed, output };
  }

  it('needs no file and no credential, prints what to open, and ends with status 0 after SIGTERM', async () => {
    const { child, closed, output } = await startDemo();
    const urls = [...output.stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+\/\S*/g)].map(([url]) => url);
    const answers = await Promise.all(urls.map((url) => fetch(url)));
    const pages = await Promise.all(answers.map((answer) => answer.text()));
    child.kill('SIGTERM');

    expect(await closed).toEqual([0, null]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(pages[0]).toContain('<html');
    expect(pages[1]).toContain('clouddb_instance_info{');
  });

  it('shows both clouds, what is well, what is not, and what fails', async () => {
    const exporter = await start({ command: 'demo' });
    const samples = await scrape(exporter.url);

    expect(new Set(samples.map(({ labels }) => labels['provider']))).toEqual(
      new Set([undefined, 'tencent_postgres', 'oceanbase']),
    );
    for (const name of ['clouddb_ssl_enabled', 'clouddb_kms_key_enabled', 'clouddb_check_success']) {
      expect(new Set(valuesOf(samples, name))).toEqual(new Set([0, 1]));
    }
    expect(valuesOf(samples, 'clouddb_cert_valid_days_remaining').some((days) => days < 0)).toBe(true);
  });

  it('listens on loopback unless it is told otherwise', async () => {
    const { stdout } = await runProgram(['demo', '--help']);

    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('(default: 127.0.0.1:10043)');
  });
});
