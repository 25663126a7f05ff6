// `report`: one sweep as a report, and an exit status that shows what is wrong.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { showsColours } from '../../src/commands/colours.ts';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { Report } from '../../src/report/schema.ts';
import { createFolder } from '../support/exporter-process.ts';
import { runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const dayMs = 86_400_000;
const accessKeyId = secret('access key id of the report');
const accessKeySecret = secret('access key secret of the report');

const ssl = (id: string, days: number, rest: Record<string, unknown> = {}) => ({
  id,
  ssl: {
    instanceId: id,
    enableSSL: 'OPEN',
    forceSSL: 'OPEN',
    forceSSLSupport: true,
    autoUpdate: 'CLOSE',
    certValid: true,
    validPeriod: new Date(Date.now() + days * dayMs).toISOString(),
    ...rest,
  },
});

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: Awaited<ReturnType<typeof startOceanBaseApi>>;
beforeAll(async () => {
  folder = await createFolder();
  api = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret,
    instances: [
      ssl('fine', 400),
      ssl('soon', 20),
      ssl('off', 400, { enableSSL: 'CLOSE' }),
      { ...ssl('broken', 400), error: { status: 500, errorCode: 'InternalError', errorMessage: 'x' } },
    ],
  });
});
afterAll(async () => {
  await api.close();
  await folder.remove();
});

interface Configured {
  id: string;
  name?: string;
  labels?: Record<string, string>;
  accept?: unknown[];
}

const configOf = (name: string, instances: Configured[], url = api.url) => {
  const account = {
    provider: 'oceanbase',
    endpoint: url,
    access_key_id: accessKeyId,
    access_key_secret: accessKeySecret,
  };
  return folder.write(`${name}.yaml`, stringify({ scrape: { retries: 0 }, accounts: { ob: account }, instances }));
};

const report = async (name: string, instances: Configured[], ...flags: string[]) =>
  await runInProcess(['report', `--config.file=${await configOf(name, instances)}`, ...flags]);

describe('the exit status of report', () => {
  it.each<[number, string, string[], string[]?]>([
    [0, 'all is well', ['fine']],
    [4, 'a certificate has fewer days left', ['fine', 'soon']],
    [0, 'the days left are enough', ['fine', 'soon'], ['--min-days=19']],
    [4, 'SSL is off', ['off']],
    [3, 'a check failed', ['fine', 'broken']],
    [4, 'a check failed and SSL is off', ['off', 'broken']],
    [3, 'there is no instance', []],
  ])('is %i when %s', async (status, what, ids, flags = []) => {
    const instances = ids.map((id) => ({ id }));
    const run = await report(what, instances, ...flags);

    expect(run.status).toBe(status);
    expect(run.stdout).toMatch(new RegExp(`Exit status\\s${status}\\.\\n$`));
  });

  it('does not count what is accepted', async () => {
    const accept = [{ finding: 'ssl_disabled', until: '2999-12-31', reason: 'legacy client, SEC-42' }];
    const run = await report('accepted', [{ id: 'off', accept }]);

    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/^accepted {2}off +SSL is off\. Accepted until 2999-12-31: legacy client, SEC-42$/m);
  });

  it('is 3 in an outage, and the report says what to do', async () => {
    const file = await configOf('outage', [{ id: 'fine' }, { id: 'soon' }], 'http://127.0.0.1:1');
    const run = await runInProcess(['report', `--config.file=${file}`]);

    expect(run.status).toBe(3);
    expect(run.stdout).toContain('Every API check of account ob fails');
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain('network: the API or the database could not be reached');
  });

  it.each([
    ['a folder that does not exist', 'missing/report.csv'],
    ['a folder', '.'],
  ])('is 1 before any API is called when the output is %s', async (_what, path) => {
    const file = await configOf('no-output', [{ id: 'fine' }], 'http://127.0.0.1:1');
    const output = join(folder.path, path);
    const run = await runInProcess(['report', `--config.file=${file}`, `--output=${output}`]);

    expect(run.status).toBe(1);
    expect(run.stderr).toContain('cannot write the output; check --output and its folder');
    expect(run.stderr).not.toContain('check failed');
  });

  it('is 1 with the problems of an invalid configuration', async () => {
    const file = await folder.write('invalid.yaml', 'instances: 1\n');
    const run = await runInProcess(['report', `--config.file=${file}`]);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain(`${file}:1:12: instances`);
  });
});

describe('report --format', () => {
  it('json is one object on stdout', async () => {
    const { stdout } = await report('json', [{ id: 'off', name: 'orders', labels: { team: 'a' } }], '--format=json');
    const parsed = JSON.parse(stdout) as Report;

    expect(parsed.summary).toMatchObject({ exit_status: 4, instances: 1 });
    expect(parsed.instances[0]).toMatchObject({
      account: 'ob',
      instance_id: 'off',
      instance_name: 'orders',
      labels: { team: 'a' },
      severity: 'critical',
    });
  });

  it('csv has no cell that a spreadsheet evaluates', async () => {
    const labels = { team: '=HYPERLINK("http://x.example")' };
    const { stdout } = await report('csv', [{ id: 'fine', name: '@SUM(A1)', labels }], '--format=csv');

    expect(stdout).toMatch(/^record,severity,.*,label_team,.*\r\n/);
    expect(stdout).toContain(`,'@SUM(A1),"'=HYPERLINK(""http://x.example"")",`);
    expect(stdout).not.toMatch(/(?:^|[,\n])"?[=@]/);
    expect(stdout.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('markdown shows a name as it is', async () => {
    const { stdout } = await report('markdown', [{ id: 'fine', name: '<b>a|b' }], '--format=markdown');

    expect(stdout).toContain('| ok | &#60;b\\>a\\|b (fine) | ob |');
  });

  it('takes 100 columns for a terminal that nobody has sized', async () => {
    const file = await configOf('unsized', [{ id: 'soon' }]);
    const [unsized, usual] = await Promise.all(
      [0, 100].map((columns) => runInProcess(['report', `--config.file=${file}`], {}, { columns, colours: false })),
    );
    expect(unsized?.stdout.split('\n').length).toBe(usual?.stdout.split('\n').length);
  });

  it('leaves a label empty that another instance has, whatever its name', async () => {
    const run = await report(
      'labels',
      [{ id: 'fine', labels: { constructor: 'acme' } }, { id: 'soon' }],
      '--format=csv',
    );
    expect(run.stdout).toContain('acme');
    expect(run.stdout).not.toContain('native code');
  });

  it('table fits the terminal, with wide characters too', async () => {
    const file = await configOf('wide', [{ id: 'off', name: '订单数据库🔐', labels: { team: '支付团队'.repeat(9) } }]);
    for (const columns of [24, 40, 80, 120]) {
      const { stdout } = await runInProcess(['report', `--config.file=${file}`], {}, { columns, colours: false });

      expect(stdout).toContain('SSL is off');
      expect(stdout.split('\n').filter((line) => stringWidth(line) > columns)).toEqual([]);
    }
  });
});

describe('report on a terminal', () => {
  it('is coloured, with a progress bar on stderr', async () => {
    const args = ['report', `--config.file=${await configOf('terminal', [{ id: 'off' }])}`];
    const run = await runInProcess(args, {}, { isTerminal: true, columns: 80, colours: true });

    expect(run.stdout).toContain('\u001b[31m\u001b[1mcritical');
    expect(run.stderr).toContain('0/2 checks');
    expect(run.stdout).not.toContain('checks\u001b');
  });

  it('has neither elsewhere', async () => {
    const run = await report('plain', [{ id: 'off' }], '--log.level=error');

    expect(run.stderr).toBe('');
    expect(run.stdout).not.toContain('\u001b');
  });

  const terminal = { isTTY: true };
  it.each<[boolean, string, { isTTY?: boolean }, NodeJS.ProcessEnv]>([
    [true, 'a terminal', terminal, { TERM: 'xterm' }],
    [true, 'a terminal with an empty NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '' }],
    [false, 'a terminal with NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '1' }],
    [false, 'a dumb terminal', terminal, { TERM: 'dumb' }],
    [false, 'a pipe', {}, { TERM: 'xterm' }],
    [true, 'a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }],
    [false, 'a terminal with FORCE_COLOR=0', terminal, { TERM: 'xterm', FORCE_COLOR: '0' }],
  ])('shows colours: %s, on %s', (expected, _, stream, env) => {
    expect(showsColours(stream, env)).toBe(expected);
  });
});

describe('report --output', () => {
  it('writes a file without colours, logs it, and prints nothing', async () => {
    const path = join(folder.path, 'output');
    await mkdir(path);
    const file = await configOf('output', [{ id: 'off' }]);
    const args = ['report', `--config.file=${file}`, `--output=${join(path, 'report.txt')}`];
    const run = await runInProcess(args, {}, { columns: 40, colours: true });
    const text = await readFile(join(path, 'report.txt'), 'utf8');

    expect(run).toMatchObject({ status: 4, stdout: '' });
    expect(run.stderr).toMatch(/msg="report written".*violations=1/);
    expect(text).toContain('SSL is off');
    expect(text).not.toContain('\u001b');
    expect(await readdir(path)).toEqual(['report.txt']);
  });

  it('to a missing folder exits with status 1 and the cause', async () => {
    const run = await report('missing', [{ id: 'off' }], `--output=${join(folder.path, 'no/report.txt')}`);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/cannot write the output.*ENOENT/);
  });
});
