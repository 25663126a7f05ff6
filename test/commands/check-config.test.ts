// `check-config`: one summary line for a valid file, a line for each problem of an invalid one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';
import { badLines, startTwoClouds, type TwoClouds } from '../support/two-clouds.ts';

let clouds: TwoClouds;
beforeAll(async () => {
  clouds = await startTwoClouds();
});
afterAll(() => clouds.close());

const check = (file: string, env: NodeJS.ProcessEnv = {}) =>
  runInProcess(['check-config', `--config.file=${file}`], env);

describe('check-config', () => {
  it('prints one summary line for a valid file', async () => {
    expect(await check(clouds.good)).toEqual({
      status: 0,
      stdout: `${clouds.good}: OK: 2 accounts, 2 instances, 3 checks\n`,
      stderr: '',
    });
  });

  it('prints each problem of an invalid file on its own line, then their number', async () => {
    const run = await check(clouds.bad);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.split('\n')).toEqual([
      ...badLines.map((start) => expect.stringContaining(`${clouds.bad}${start}`) as string),
      `${clouds.bad}: 3 problems`,
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
      'a proxy that is not HTTP',
      { HTTPS_PROXY: `socks5://user:${secret('password')}@127.0.0.1:1` },
      /accounts\.ob: HTTPS_PROXY is not a valid HTTP proxy/,
    ],
  ])('reports %s in its own environment', async (_, env, says) => {
    const file = await clouds.folder.write('usual.yaml', 'accounts: { ob: { provider: oceanbase } }\n');
    const run = await check(file, env);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr.split('\n')).toHaveLength(3);
  });

  it('reports a missing file with the flag that names another', async () => {
    const run = await check('no-such-file.yaml');

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^\/.*\/no-such-file\.yaml: there is no such file.*--config\.file/);
  });

  it('accepts a file whose usual variables are set elsewhere', async () => {
    const file = await clouds.folder.write('usual.yaml', 'accounts: { ob: { provider: oceanbase } }\n');

    expect(await check(file)).toMatchObject({ status: 0, stderr: '' });
  });
});
