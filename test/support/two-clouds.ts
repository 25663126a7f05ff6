// Both simulated clouds with two healthy instances and a broken one, and configurations of them: valid, partly broken, invalid.
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder } from './exporter-process.ts';
import { secret } from './secret.ts';

const secretId = secret('secret id of the commands');
const secretKey = secret('secret key of the commands');
const accessKeyId = secret('access key id of the commands');
const accessKeySecret = secret('access key secret of the commands');

/** The clouds and the folder of the configurations. */
export interface TwoClouds {
  folder: Awaited<ReturnType<typeof createFolder>>;
  /** Files: two accounts with two healthy instances, three checks. */
  good: string;
  /** The same with an instance whose two checks fail. */
  halfBroken: string;
  /** Three problems; see badLines. */
  bad: string;
  close: () => Promise<void>;
}

/** The start of each line that is printed for the invalid configuration, after the name of the file. */
export const badLines = [
  ':2:12: scrape.retries: ',
  ':7:29: accounts.main.access_key_secret_file: ',
  ':10:14: instances[0].checks[0]: ',
];

/** Starts both on free ports of 127.0.0.1. */
export async function startTwoClouds(): Promise<TwoClouds> {
  const folder = await createFolder();
  const region = 'ap-guangzhou';
  const key = { id: 'key-1', alias: 'data', region, enabled: true, createTime: '2025-05-01 10:00:00' };
  const tencent = await startPostgresApi({
    secretId,
    secretKey,
    instances: [
      { id: 'postgres-good', region, sslEnabled: true, keys: [key] },
      { id: 'postgres-broken', region, sslEnabled: false, keys: [], error: 'InternalError' },
    ],
  });
  const oceanbase = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret,
    instances: [{ id: 'ob1', ssl: { instanceId: 'ob1', enableSSL: 'OPEN', status: 'OPEN' } }],
  });
  await folder.write('tencent-key', `${secretKey}\n`);
  const good = `
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
  - { account: tencent, id: postgres-good, region: ${region}, labels: { team: payments } }
  - { account: oceanbase, id: ob1, checks: [ssl] }
`;
  const bad = `scrape:
  retries: 99
accounts:
  main:
    provider: oceanbase
    access_key_id: ${accessKeyId}
    access_key_secret_file: no-such-file
instances:
  - id: ob1
    checks: [kms]
`;
  return {
    folder,
    good: await folder.write('good.yaml', good),
    halfBroken: await folder.write(
      'half-broken.yaml',
      `${good}  - { account: tencent, id: postgres-broken, region: ${region} }\n`,
    ),
    bad: await folder.write('bad.yaml', bad),
    close: async () => {
      await Promise.all([tencent.close(), oceanbase.close()]);
      await folder.remove();
    },
  };
}
