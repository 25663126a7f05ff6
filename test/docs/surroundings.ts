// What blocks of commands need around them: a copy of the project, the demo, both clouds, a database; no other network.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { createPki } from '../../src/demo/databases/authority.ts';
import { startDatabase } from '../../src/demo/databases/simulated-database.ts';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { freePort } from '../peers/peer.ts';
import { createFolder } from '../support/exporter-process.ts';
import { startInProcess } from '../support/in-process.ts';
import { codeBlocks, root } from '../support/markdown.ts';
import { startProxy, startTlsFront, testCaFile } from '../support/proxy.ts';
import { secret } from '../support/secret.ts';
import type { Annotation, CommandBlock } from './annotations.ts';
import { exporterPort, type Outcome, otherAddresses, runBlock } from './run-block.ts';

/** The variables that config.example.yaml and the documents name. */
const credentials = {
  TENCENTCLOUD_SECRET_ID: secret('secret id of the documents'),
  TENCENTCLOUD_SECRET_KEY: secret('secret key of the documents'),
  OCEANBASE_ACCESS_KEY_ID: secret('access key id of the documents'),
  OCEANBASE_ACCESS_KEY_SECRET: secret('access key secret of the documents'),
};

/** A block that runs here. */
export type RunnableBlock = CommandBlock<Extract<Annotation, { kind: 'run' }>>;

/** All that blocks run in. */
export interface Surroundings {
  /** The blocks of one page share a folder, in the order of the page. */
  run: (block: RunnableBlock) => Promise<Outcome>;
  /** The folder of a page: a copy of the project. */
  folderOf: (page: string) => Promise<string>;
  close: () => Promise<void>;
}

/** Starts everything, once for all blocks of a test file. @param programs paths of more programs for the PATH */
export async function startSurroundings(programs: readonly string[] = []): Promise<Surroundings> {
  const folder = await createFolder();
  const [clouds, database, demo] = await Promise.all([
    startClouds(),
    startDatabases(),
    startInProcess({ command: 'demo' }),
  ]);
  const template = join(folder.path, 'template');
  await copyProject(template);
  const bin = await createBin(folder.path);
  for (const program of programs) await symlink(program, join(bin, basename(program)));
  const pages = new Map<string, Promise<string>>();

  const prepare = async (page: string, path: string) => {
    await cp(template, path, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    for (const { name, text } of filesShownBy(page)) await writeFile(join(path, name), text);
    return path;
  };
  const folderOf = (page: string) => {
    const path = join(folder.path, page.replaceAll('/', '-'), 'clouddb-encryption-exporter');
    const prepared = pages.get(page) ?? prepare(page, path);
    pages.set(page, prepared);
    return prepared;
  };

  const run = async ({ page, text, annotation: { services, ending } }: RunnableBlock) => {
    const cwd = await folderOf(page);
    const port = services.includes('demo') ? new URL(demo.url).port : String(await freePort());
    if (services.includes('clouds') || services.includes('database')) {
      await writeFile(join(cwd, 'db-ca.pem'), database.ca);
    }
    if (services.includes('clouds')) {
      const own = filesShownBy(page).map(({ name }) => name);
      const example = await readFile(join(root, 'config.example.yaml'), 'utf8');
      const trusting = example.replace('# ca_file: /etc/ssl/db-ca.pem', 'ca_file: db-ca.pem');
      for (const name of ['config.example.yaml', 'config.yaml'].filter((name) => !own.includes(name))) {
        await writeFile(join(cwd, name), trusting);
      }
    }
    const env = {
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
      HOME: join(folder.path, 'home'),
      ...otherAddresses(port, database.ports),
      // Everything outside of this machine is behind the proxy, and there are only the clouds.
      https_proxy: clouds.proxy,
      http_proxy: clouds.proxy,
      no_proxy: 'localhost,127.0.0.1',
      NODE_EXTRA_CA_CERTS: testCaFile,
      CURL_CA_BUNDLE: testCaFile,
      ...(services.includes('clouds') && credentials),
    };
    return runBlock(text.replaceAll(exporterPort, port), { cwd, env, ending });
  };

  return {
    run,
    folderOf,
    close: async () => {
      await Promise.all([clouds.close(), database.close(), demo.stop()]);
      await folder.remove();
    },
  };
}

/** The files of a page: blocks whose first line is a comment with the name of the file, such as `# config.yaml`. */
function filesShownBy(page: string): { name: string; text: string }[] {
  return codeBlocks(page, readFileSync(join(root, page), 'utf8')).flatMap(({ language, text }) => {
    const name = /^# ([\w-]+\.ya?ml)\b/.exec(text)?.[1];
    return name !== undefined && /^ya?ml$/.test(language) ? [{ name, text }] : [];
  });
}

/** The project as git has it, built and installed. */
async function copyProject(to: string): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ':!test'];
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const path of [...files, 'dist']) {
    await cp(join(root, path), join(to, path), { recursive: true, preserveTimestamps: true }).catch(ignoreRemoved);
  }
  await linkPackages(join(root, 'node_modules'), join(to, 'node_modules'));
}

/** Each package by a link of its own: a command that empties the folder removes links, not the packages of the project. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) await symlink(join(from, name), join(to, name));
  // Written now, for scripts/setup.mjs installs when it is older than the lock file.
  const installed = '.package-lock.json';
  await rm(join(to, installed));
  await writeFile(join(to, installed), await readFile(join(from, installed)));
}

/** A file that git still has and the folder no longer. */
function ignoreRemoved(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** A folder for the PATH with the command, as `npm install --global` makes it. */
async function createBin(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(join(folder, 'home'));
  await mkdir(bin);
  const command = join(bin, 'clouddb-encryption-exporter');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/main.js')}' "$@"\n`);
  await chmod(command, 0o755);
  return bin;
}

/** Both clouds at their public names behind a proxy, with the instances of config.example.yaml: all healthy. */
async function startClouds() {
  const { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey } = credentials;
  const { OCEANBASE_ACCESS_KEY_ID: accessKeyId, OCEANBASE_ACCESS_KEY_SECRET: accessKeySecret } = credentials;
  const key = { alias: 'data', enabled: true, createTime: createTime() };
  const placed = [
    ['postgres-6bwgamo3', 'ap-guangzhou'],
    ['postgres-hf8jo5pr', 'ap-singapore'],
  ] as const;
  const tencent = await startPostgresApi({
    secretId,
    secretKey,
    instances: placed.map(([id, region]) => ({
      id,
      region,
      sslEnabled: true,
      keys: [{ ...key, id: `key-${id}`, region }],
    })),
  });
  const ssl = { enableSSL: 'OPEN', status: 'OPEN', certValid: true, validPeriod: '2036-12-10T04:11:13Z' };
  const oceanbase = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret,
    instances: [{ id: 'obcluster-abc', ssl: { instanceId: 'obcluster-abc', ...ssl } }],
  });
  const fronts = { tencent: await startTlsFront(tencent.url), oceanbase: await startTlsFront(oceanbase.url) };
  const nothing = 1;
  const proxy = await startProxy((authority) => {
    if (authority.endsWith('.tencentcloudapi.com:443')) return fronts.tencent.port;
    return authority.endsWith('.oceanbase.com:443') ? fronts.oceanbase.port : nothing;
  });
  const all = [proxy, fronts.tencent, fronts.oceanbase, tencent, oceanbase];
  return {
    proxy: `http://${proxy.host}`,
    close: async () => {
      await Promise.all(all.map((server) => server.close()));
    },
  };
}

/** A month ago, in the form of Tencent Cloud. */
function createTime(): string {
  return new Date(Date.now() - 30 * 86_400_000).toISOString().replace('T', ' ').slice(0, 19);
}

/** Databases at the addresses of the documents, with a valid certificate for the names of the documents. */
async function startDatabases() {
  const authority = createPki(Date.now()).createRoot('database CA', -100, 3000);
  const sans = ['DNS:ledger.example.com', 'DNS:db.example.com', 'IP:10.0.0.4'];
  const chain = authority.issue({ name: 'db.example.com', sans, days: 200 });
  const [postgres, mysql] = await Promise.all([
    startDatabase({ protocol: 'postgres', chain, plaintext: false }),
    startDatabase({ protocol: 'mysql', chain, plaintext: false }),
  ]);
  return {
    ca: authority.pem,
    ports: { '10.0.0.4:5432': portOf(postgres), '10.0.0.4:3306': portOf(mysql) },
    close: async () => {
      await Promise.all([postgres.close(), mysql.close()]);
    },
  };
}

function portOf({ address }: { address: string }): number {
  return Number(address.split(':')[1]);
}
