// The built program as a user runs it: what only a process has, which is exit statuses, streams and signals.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { postgresServer, startDatabase } from '../support/databases.ts';
import { createFolder, runProgram, spawnProgram, startExporter } from '../support/exporter-process.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';
import { badLines, startTwoClouds, type TwoClouds } from '../support/two-clouds.ts';

let clouds: TwoClouds;
beforeAll(async () => {
  clouds = await startTwoClouds();
});
afterAll(() => clouds.close());

/** Runs a script of bash: `"$@"` is the program with these arguments, `$0` another one. */
const runInShell = (script: string, args: readonly string[], zero = 'bash') =>
  runProgram(args, {}, ['bash', '-c', `cd '${clouds.folder.path}'; ${script}`, zero]);

describe('the program', () => {
  it('prints name, version, revision and Node version for --version', async () => {
    const { version } = JSON.parse(await readFile(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    const run = await runProgram(['--version']);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(
      new RegExp(`^clouddb-encryption-exporter ${version} \\(revision \\w+, node ${process.version}\\)\\n$`),
    );
  });

  it.each([['--version'], ['--help'], ['serve', '-h'], ['scrape']])(
    'reports that stdout cannot be written: %s',
    async (...args) => {
      const flags = args[0] === 'scrape' ? [`--config.file=${clouds.good}`] : [];
      const run = await runInShell('exec "$@" > /dev/full', [...args, ...flags]);

      expect(run.status).toBe(1);
      expect(run.stderr).toMatch(/cannot write to stdout: no space left on the device \(ENOSPC\)\n$/);
    },
  );

  it('exits with status 1 after a mistake on the command line', async () => {
    const run = await runProgram(['serve', '--nope']);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/unknown option.*--nope/);
  });
});

describe('a configuration from', () => {
  it.each([
    ['a pipe on stdin', 'cat "$0" | "$@" --config.file=/dev/stdin'],
    ['a pipe, as -', 'cat "$0" | "$@" --config.file=-'],
    ['a file on stdin', '"$@" --config.file=- < "$0"'],
    ['another descriptor', 'exec 9< "$0"; "$@" --config.file=/dev/fd/9'],
    ['a process substitution', '"$@" --config.file=<(cat "$0")'],
  ])('%s is read by check-config and scrape', async (_, script) => {
    for (const command of ['check-config', 'scrape']) {
      const run = await runInShell(script, [command], clouds.good);
      expect({ ...run, stdout: '' }).toMatchObject({ status: 0 });
    }
  });

  it('a socket on stdin is read once, and serves after it is closed', async () => {
    const cwd = clouds.folder.path;
    const child = spawnProgram(['serve', '--config.file=-', '--web.listen-address=127.0.0.1:0'], {
      cwd,
      stdin: 'pipe',
    });
    child.stdin?.end(await readFile(clouds.good));
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    while (!log.includes('msg="listening"')) await once(child.stderr, 'data');
    const address = /msg="listening" address=(\S+)/.exec(log)?.[1];
    const samples = parseExposition(await (await fetch(`http://${address}/metrics`)).text());
    child.kill('SIGTERM');
    await once(child, 'close');

    expect(valuesOf(samples, 'clouddb_exporter_config_last_reload_successful')).toEqual([1]);
    expect(valuesOf(samples, 'clouddb_check_success')).toEqual([1, 1, 1]);
  });
});

describe('check-config', () => {
  it('exits with status 0 and a summary on stdout for a valid file', async () => {
    expect(await runProgram(['check-config', `--config.file=${clouds.good}`])).toEqual({
      status: 0,
      stdout: expect.stringContaining(`${clouds.good}: OK: 2 accounts, 2 instances, 3 checks, 1 warning\n`) as string,
      stderr: '',
    });
  });

  it('writes all of its lines to a pipe, and sums up 10,000 equal problems', async () => {
    const folder = await createFolder();
    const instances = Array.from({ length: 10_000 }, (_, n) => `  - { id: ob-${n}, unknown: 1 }\n`).join('');
    const file = await folder.write(
      'config.yaml',
      `accounts: { ob: { provider: oceanbase } }\ninstances:\n${instances}`,
    );

    const { stderr } = await runProgram(['check-config', `--config.file=${file}`]);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('.(not a name): unknown key'))).toHaveLength(21);
    expect(lines.at(-2)).toContain(': and 9,980 more like this: instances[…].(not a name): unknown key');
    expect(lines.at(-1)).toBe(`${file}: 10000 problems, 1 warning`);
    await folder.remove();
  });
});

describe('serve', () => {
  it('is the default command', async () => {
    const exporter = await startExporter({ command: '--log.level=info', config: clouds.good });
    const { status } = await fetch(`${exporter.url}/-/healthy`);

    expect([status, await exporter.stop()]).toEqual([200, 0]);
    expect(exporter.stderr()).toMatch(/msg="stopped"\n$/);
  });

  it('exits with status 1 and only the problems on stderr for an invalid configuration', async () => {
    const run = await runProgram(['serve', `--config.file=${clouds.bad}`, '--log.format=json']);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    // The secret that is missing fails its account only.
    const lines = badLines.filter((start) => !start.includes('_file'));
    expect(run.stderr.split('\n')).toEqual([
      ...lines.map((start) => expect.stringContaining(`${clouds.bad}${start}`) as string),
      '',
    ]);
  });

  it('exits with status 2 and names the flag when its port is in use', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = await runProgram(['serve', `--config.file=${clouds.good}`, `--web.listen-address=${address}`]);
    await new Promise((done) => server.close(done));

    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/level=error msg="cannot listen.*--web\.listen-address".*EADDRINUSE/);
    expect(run.stderr).toContain(address);
  });
});

describe('scrape', () => {
  it('exits with status 3 when a check failed; stdout is the exposition, stderr the log', async () => {
    const run = await runProgram(['scrape', `--config.file=${clouds.halfBroken}`, '--log.level=debug']);

    expect(run.status).toBe(3);
    const successes = valuesOf(parseExposition(run.stdout), 'clouddb_check_success');
    expect(successes.toSorted((a, b) => a - b)).toEqual([0, 0, 1, 1, 1]);
    expect(run.stdout).toMatch(/^(?:\n|# (?:HELP|TYPE) .*\n|clouddb_.* \S+\n)+$/);
    expect(run.stderr).toMatch(/^(?:ts=\S+ level=\w+ msg=".*\n)+$/);
  });

  it('writes into the file of --output, and exits with status 0', async () => {
    const file = join(clouds.folder.path, 'clouddb.prom');
    const run = await runProgram(['scrape', `--config.file=${clouds.good}`, `--output=${file}`]);

    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(valuesOf(parseExposition(await readFile(file, 'utf8')), 'clouddb_check_success')).toEqual([1, 1, 1]);
  });

  it.each([
    [0, 'every check succeeds', () => clouds.good],
    [3, 'a check failed', () => clouds.halfBroken],
  ])('has status %i when %s, also when the reader of stdout closes it', async (expected, _, config) => {
    const child = spawnProgram(['scrape', `--config.file=${config()}`, '--log.level=error']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const [status] = (await once(child, 'close')) as [number | null];

    expect(status).toBe(expected);
    expect(stderr).not.toMatch(/crash|EPIPE|\n {4}at /);
  });
});

describe('report', () => {
  it('of a large fleet ends when the reader of stdout has enough', async () => {
    const account = {
      provider: 'oceanbase',
      access_key_id: secret('access key id of a large report'),
      access_key_secret_file: 'no-such-file',
    };
    const instances = Array.from({ length: 300 }, (_, index) => ({ id: `ob${index}` }));
    const config = await clouds.folder.write('large.yaml', stringify({ accounts: { ob: account }, instances }));
    const args = ['report', `--config.file=${config}`, '--format=json', '--log.level=error'];
    const run = await runInShell('"$@" | head -n 1; echo "status ${PIPESTATUS[0]}"', args);

    expect(run).toMatchObject({ status: 0, stdout: '{\nstatus 3\n', stderr: '' });
  });

  const hasTerminals = String(spawnSync('script', ['--version']).stdout).includes('util-linux');

  it.skipIf(!hasTerminals)('has colours on a terminal only, and as many columns as it', async () => {
    const config = `--config.file=${clouds.halfBroken}`;
    const script = (env: string) =>
      `script -qec "stty cols 50; ${env} $(printf '%q ' "$@")" /dev/null < /dev/null | tr -d '\\r'`;
    const [coloured, plain] = await Promise.all(
      ['TERM=xterm', 'TERM=xterm NO_COLOR=1'].map((env) =>
        runInShell(script(env), ['report', config, '--log.level=debug']),
      ),
    );

    expect(coloured?.stdout).toContain('\u001b[35m\u001b[1munknown');
    expect(plain?.stdout).not.toContain('\u001b[3');
    const [, table = ''] = plain?.stdout.split('SEVERITY') ?? [];
    expect(table).toContain('postgres-broken');
    expect(table.split('\n').filter((line) => line.length > 50)).toEqual([]);
  });
});

describe('probe', () => {
  it('prints what a database serves, and exits with a status that shows what is wrong', async () => {
    const database = await startDatabase(postgresServer({}));
    const run = await runProgram(['probe', `127.0.0.1:${database.port}`, '--protocol=postgres']);
    await database.close();

    expect(run).toMatchObject({ status: 4, stderr: '' });
    expect(run.stdout).toMatch(
      /^127\.0\.0\.1:\d+, protocol of PostgreSQL, [^]*\nviolation +TLS +REFUSED: [^]*status 4\.\n$/,
    );
  });

  it('of a database that hangs is interrupted by SIGINT, with status 1', async () => {
    let connected = () => undefined as void;
    const connection = new Promise<void>((resolve) => (connected = resolve));
    const database = await startDatabase(() => connected());
    const child = spawnProgram(['probe', `127.0.0.1:${database.port}`, '--protocol=mysql', '--timeout=1h']);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    await connection;
    child.kill('SIGINT');
    const [status] = (await once(child, 'close')) as [number | null];
    await database.close();

    expect([status, output]).toEqual([1, 'interrupted\n']);
  });
});

describe('scrape --output', () => {
  // Not /dev/stdout itself: should this fail as root, it would be replaced on the machine of the test.
  it.each([
    ['a link to stdout', 'a pipe', 'ln -sf /proc/self/fd/1 "$0.link"; "$@" --output="$0.link" | cat'],
    ['a link to stdout', 'a socket', 'ln -sf /proc/self/fd/1 "$0.link"; "$@" --output="$0.link"'],
    ['another descriptor', 'a file', 'echo first > "$0.out"; "$@" --output=/dev/fd/8 8>> "$0.out"; cat "$0.out"'],
    [
      'a process substitution',
      'a pipe',
      '"$@" --output=>(cat > "$0.sub"; echo done >> "$0.sub"); while ! grep -qs done "$0.sub"; do :; done; cat "$0.sub"',
    ],
  ])('%s writes into %s', async (_, __, script) => {
    const run = await runInShell(script, ['scrape', `--config.file=${clouds.good}`], clouds.good);

    expect(valuesOf(parseExposition(run.stdout.replace(/^first\n|done\n$/g, '')), 'clouddb_check_success')).toEqual([
      1, 1, 1,
    ]);
  });
});

describe('scrape --output without the right to change the owner', () => {
  const shell = ['setpriv', '--groups=4243', '--bounding-set=-chown', '--inh-caps=-chown'];
  const canRun = process.getuid?.() === 0 && spawnSync(shell[0] ?? '', [...shell.slice(1), 'true']).status === 0;

  it.skipIf(!canRun).each([
    ['keeps the group when it is a member of it', 4243, 4243, 'another user from now on'],
    ['warns of another group, too', 4244, 0, 'another user or group from now on'],
  ])('%s', async (_, group, kept, says) => {
    const file = await clouds.folder.write(`group-${group}.prom`, 'the old one\n');
    await chown(file, 4242, group);
    const run = await runProgram(['scrape', `--config.file=${clouds.good}`, `--output=${file}`], {}, shell);
    const { uid, gid } = await stat(file);

    expect(run.status).toBe(0);
    expect([uid, gid]).toEqual([0, kept]);
    expect(run.stderr).toContain(says);
  });
});

describe('a descriptor that the program was not started with', () => {
  it.each([
    ['scrape', '--config.file="$0" --output'],
    ['check-config', '--config.file'],
  ])(
    'is a bad one, whatever Node uses it for: %s',
    async (command, flags) => {
      // Those of Node 20, and one that is not open; the test has opened none of them for the program.
      const numbers = [5, 7, 10, 12, 18, 99];
      const script = `exec 5>&- 7>&- 10>&- 12>&- 18>&-; for n in ${numbers.join(' ')}; do "$@" ${flags}=/dev/fd/$n; echo "$?"; done`;
      const run = await runInShell(script, [command], clouds.good);

      expect(run.stdout).toBe('1\n'.repeat(numbers.length));
      expect(run.stderr.match(/bad file descriptor \(EBADF\)/g)).toHaveLength(numbers.length);
    },
    30_000,
  );

  it('is a bad one as output when it can only be read', async () => {
    const script = '"$@" --output=/dev/fd/8 8< /dev/null';
    const run = await runInShell(script, ['scrape', `--config.file=${clouds.good}`], clouds.good);

    expect(run.status).toBe(1);
    expect(run.stderr).toContain('bad file descriptor (EBADF)');
  });
});

describe('demo', () => {
  it('needs no file and no credential, prints what to open, and exits with status 0 after SIGTERM', async () => {
    const child = spawnProgram(['demo', '--web.listen-address=127.0.0.1:0'], { cwd: clouds.folder.path });
    let stdout = '';
    const closed = once(child, 'close') as Promise<[number | null]>;
    child.stderr.resume();
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    while (!stdout.includes('Ctrl+C')) await once(child.stdout, 'data');
    const urls = [...stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+\/\S*/g)].map(([url]) => url);
    const answers = await Promise.all(urls.map((url) => fetch(url)));
    const pages = await Promise.all(answers.map((answer) => answer.text()));
    child.kill('SIGTERM');

    expect(await closed).toEqual([0, null]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(pages[0]).toContain('<html');
    expect(pages[1]).toContain('clouddb_instance_info{');
  });

  it('goes on when the reader of stdout closes it', async () => {
    const child = spawnProgram(['demo', '--web.listen-address=127.0.0.1:0']);
    child.stdout.destroy();
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const closed = once(child, 'close') as Promise<[number | null]>;
    // Logged after the text is written.
    while (!log.includes('check failed')) await once(child.stderr, 'data');
    child.kill('SIGTERM');

    expect(await closed).toEqual([0, null]);
    expect(log).toContain('msg="stopped"');
  });
});
