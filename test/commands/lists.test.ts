// `scrape` and `report` of accounts with discovery: a list that fails is visible, and changes the exit status.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import type { Report } from '../../src/report/schema.ts';
import { createFolder } from '../support/exporter-process.ts';
import { parseExposition, valuesOf } from '../support/exposition.ts';
import { runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const secretId = secret('secret id of the lists');
const secretKey = secret('secret key of the lists');
const [listed, refused] = ['ap-guangzhou', 'ap-singapore'];

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: Awaited<ReturnType<typeof startPostgresApi>>;
let whole: string;
let partly: string;
beforeAll(async () => {
  folder = await createFolder();
  const key = { id: 'key-1', alias: 'data', region: listed, enabled: true, createTime: '2026-05-01 10:00:00' };
  api = await startPostgresApi({
    secretId,
    secretKey,
    instances: [listed, refused].map((region) => ({ id: `postgres-${region}`, region, sslEnabled: true, keys: [key] })),
    list: ({ region }) => (region === refused ? { error: 'UnauthorizedOperation' } : undefined),
  });
  const account = {
    provider: 'tencent_postgres',
    endpoint: api.url,
    secret_id: secretId,
    secret_key: secretKey,
  };
  const write = (name: string, regions: string[]) =>
    folder.write(name, stringify({ accounts: { main: { ...account, discovery: { regions } } }, instances: [] }));
  whole = await write('whole.yaml', [listed]);
  partly = await write('partly.yaml', [listed, refused]);
});
afterAll(async () => {
  await api.close();
  await folder.remove();
});

const run = (command: string, file: string, ...flags: string[]) =>
  runInProcess([command, `--config.file=${file}`, ...flags]);

describe('scrape of found instances', () => {
  it('exits with status 0 when all lists are complete and all checks succeed', async () => {
    const { status, stdout, stderr } = await run('scrape', whole);
    expect(status).toBe(0);
    expect(valuesOf(parseExposition(stdout), 'clouddb_ssl_enabled', { cloud_region: listed })).toEqual([1]);
    expect(stderr).toMatch(/msg="scraped" checks=2 failed=0 lists=1 failed_lists=0/);
  });

  it('exits with status 3 when a list fails, names it, and prints the others', async () => {
    const { status, stdout, stderr } = await run('scrape', partly);
    const samples = parseExposition(stdout);
    expect(status).toBe(3);
    expect(valuesOf(samples, 'clouddb_discovery_success', { cloud_region: refused })).toEqual([0]);
    expect(valuesOf(samples, 'clouddb_ssl_enabled', { cloud_region: listed })).toEqual([1]);
    expect(stderr).toMatch(
      /level=warn msg="cannot list instances.*" .*account=main cloud_region=ap-singapore reason=permission /,
    );
    expect(stderr).toMatch(/msg="scraped" checks=2 failed=0 lists=2 failed_lists=1/);
  });
});

describe('report on found instances', () => {
  it('has the lists, and the exit status 3 when one fails', async () => {
    const { status, stdout } = await run('report', partly, '--format=json');
    const { lists, findings, summary } = JSON.parse(stdout) as Report;
    expect(status).toBe(3);
    expect(summary).toMatchObject({ instances: 1, lists: 2, failed_lists: 1 });
    expect(lists).toMatchObject([
      { account: 'main', cloud_region: listed, instances: 1, success: true, reason: null },
      { account: 'main', cloud_region: refused, instances: null, success: false, reason: 'permission' },
    ]);
    expect(findings).toMatchObject([{ finding: 'discovery_failing', account: 'main' }]);
  });

  it('names the list in the table, and on stderr', async () => {
    const { status, stdout, stderr } = await run('report', partly);
    expect(status).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Instances cannot be listed: account main in region ap-singapore;',
    );
    expect(stderr).toContain('cloud_region=ap-singapore');
    expect((await run('report', whole)).status).toBe(0);
  });
});
