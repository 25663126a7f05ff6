// OceanBase instances as static files behind a real web server's Digest: scrapes them and reads what the server logged.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startExporter } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { secret as plantedSecret } from '../support/secret.ts';
import { createPeerFolder, type Peer, type PeerFolder, untilReady } from './peer.ts';

export const user = plantedSecret('user of the digest peers');
/** Colon, comma, quotes, a blank and UTF-8: nothing of it may matter. */
export const secret = plantedSecret('password of the digest peers', 'sé:cret, "quoted" 密');
export const wrongSecret = plantedSecret('wrong password of the digest peers');

/** Sweeps of one run: the one that comes with the process, then one for each scrape. */
export const scrapes = 6;
export const sweeps = scrapes + 1;

/** One line of the log, in the order in which the requests arrived. */
export interface LoggedRequest {
  /** Unix microseconds. */
  arrivedAt: number;
  status: number;
  instanceId: string;
  /** One for each check, with all its requests. */
  requestId: string;
  /** Value of Authorization; empty: none was sent. */
  authorization: string;
}

/** Folder with the documents in `root/`; the server logs into `access.log`. */

/** Log format of both servers: microseconds of the arrival, status, request line, Authorization. */
export const logFormat = '%{begin:usec}t %s %r %{Authorization}i';

/** A line of a htdigest file, which holds H(user:realm:password); `hashName` as node:crypto calls it. */
export function htdigestLine(hashName: string, realm: string, withUserhash = false): string {
  const hash = (text: string) => createHash(hashName).update(text, 'utf8').digest('hex');
  const fields = [user, realm, hash(`${user}:${realm}:${secret}`)];
  return `${[...fields, ...(withUserhash ? [hash(`${user}:${realm}`)] : [])].join(':')}\n`;
}

/** Runs a server with the documents of `count` instances; the log is read once it has ended. */
export async function withServer<T>(
  start: (folder: PeerFolder) => Promise<Peer>,
  count: number,
  use: (server: Peer) => Promise<T>,
): Promise<{ result: T; log: LoggedRequest[] }> {
  const folder = await createPeerFolder();
  try {
    for (const [id, enabled] of Object.entries(postures(count))) await writeDocument(folder, id, enabled);
    const server = await start(folder);
    let result: T;
    try {
      result = await use(server);
    } finally {
      await server.stop();
    }
    return { result, log: parseLog(await readFile(join(folder.path, 'access.log'), 'utf8')) };
  } finally {
    await folder.remove();
  }
}

/** 1 or 0 by instance id: whether it has SSL on, which every second one has not. */
export function postures(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`ob${index}`, 1 - (index % 2)]));
}

async function writeDocument(folder: PeerFolder, id: string, enabled: number): Promise<void> {
  const parent = join(folder.path, 'root/api/v2/instances', id, 'security');
  const data = { instanceId: id, enableSSL: enabled === 1 ? 'OPEN' : 'CLOSE', validPeriod: '2036-12-10T04:11:13Z' };
  await mkdir(parent, { recursive: true });
  await writeFile(join(parent, 'ssl'), JSON.stringify({ success: true, requestId: 'static', data }));
}

/** What one scrape showed, by instance id, and how often the exporter has counted so far. */
export interface Shown {
  success: Record<string, number>;
  sslEnabled: Record<string, number>;
  requests: number;
  authFailures: number;
}

/** What every scrape is to show, beside its count of requests. */
export function allGood(count: number): Omit<Shown, 'requests'> {
  const sslEnabled = postures(count);
  const success = Object.fromEntries(Object.keys(sslEnabled).map((id) => [id, 1]));
  return { success, sslEnabled, authFailures: 0 };
}

/** What every scrape is to show when the server refuses the credential; the first comes after two sweeps. */
export function allRefused(count: number): Shown[] {
  const success = Object.fromEntries(Object.keys(postures(count)).map((id) => [id, 0]));
  return Array.from({ length: scrapes }, (_, turn) => {
    const checks = count * (turn + 2);
    return { success, sslEnabled: {}, requests: 2 * checks, authFailures: checks };
  });
}

/** The built exporter: its first sweep, then scrapes one after the other. */
export async function scrapeFleet(endpoint: string, count: number, password = secret): Promise<Shown[]> {
  const folder = await createPeerFolder();
  const config = {
    accounts: {
      peer: {
        provider: 'oceanbase',
        endpoint,
        rate_limits: { '*': 100_000 },
        access_key_id: user,
        access_key_secret: password,
      },
    },
    instances: Object.keys(postures(count)).map((id) => ({ id, checks: ['ssl'] })),
  };
  const exporter = await startExporter({ config: await folder.write('config.yaml', JSON.stringify(config)) });
  try {
    await untilReady(exporter);
    const shown: Shown[] = [];
    for (let turn = 0; turn < scrapes; turn++) shown.push(await show(exporter.url));
    return shown;
  } finally {
    await exporter.stop();
    await folder.remove();
  }
}

async function show(url: string): Promise<Shown> {
  const samples = await scrape(url);
  const byInstance = (name: string): Record<string, number> =>
    Object.fromEntries(
      samples.filter((sample) => sample.name === name).map(({ labels, value }) => [labels['instance_id'] ?? '', value]),
    );
  return {
    success: byInstance('clouddb_check_success'),
    sslEnabled: byInstance('clouddb_ssl_enabled'),
    requests: valuesOf(samples, 'clouddb_exporter_api_requests_total')[0] ?? Number.NaN,
    authFailures: valuesOf(samples, 'clouddb_check_failures_total', { reason: 'auth' })[0] ?? Number.NaN,
  };
}

function parseLog(text: string): LoggedRequest[] {
  const line = /^(\d+) (\d{3}) GET \/api\/v2\/instances\/([^/]+)\/security\/ssl\?requestId=([\w-]+) HTTP\/1\.1 (.*)$/;
  return text
    .trimEnd()
    .split('\n')
    .map((written) => {
      const [, arrivedAt, status, instanceId = '', requestId = '', authorization = ''] = line.exec(written) ?? [];
      if (arrivedAt === undefined) throw new Error(`not a request of ours: ${written}`);
      const sent = authorization === '-' ? '' : authorization.replace(/\\(["\\])/g, '$1');
      return { arrivedAt: Number(arrivedAt), status: Number(status), instanceId, requestId, authorization: sent };
    })
    .toSorted((a, b) => a.arrivedAt - b.arrivedAt);
}

/** The statuses of every check in order, such as `401 200`, by instance id. */
export function checksOf(log: readonly LoggedRequest[]): Record<string, string[]> {
  const byInstance = groupBy(log, ({ instanceId }) => instanceId);
  return Object.fromEntries(
    [...byInstance].map(([instanceId, requests]) => [
      instanceId,
      [...groupBy(requests, ({ requestId }) => requestId).values()].map((check) =>
        check.map(({ status }) => status).join(' '),
      ),
    ]),
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** What a log says about the leases. */
export interface Tally {
  checks: number;
  requests: number;
  /** Requests without Authorization that were refused: each is the beginning of a lease. */
  challenged: number;
  /** Requests that were refused although they came with an answer. */
  refused: number;
  /** Nonces, each with its cnonce, whose counts did not arrive as 1, 2, 3, … */
  disordered: string[];
}

export function tally(log: readonly LoggedRequest[]): Tally {
  const refusals = log.filter(({ status }) => status === 401);
  const answers = log.filter(({ authorization }) => authorization !== '');
  // Apache's nonces are made of the time: two requests that arrive in the same microsecond are given the same one.
  const byNonce = groupBy(answers, ({ authorization }) =>
    [parameter(authorization, 'nonce'), parameter(authorization, 'cnonce')].join(' '),
  );
  return {
    checks: new Set(log.map(({ requestId }) => requestId)).size,
    requests: log.length,
    challenged: refusals.filter(({ authorization }) => authorization === '').length,
    refused: refusals.filter(({ authorization }) => authorization !== '').length,
    disordered: [...byNonce].flatMap(([nonce, requests]) =>
      requests.every(({ authorization }, index) => Number.parseInt(parameter(authorization, 'nc'), 16) === index + 1)
        ? []
        : [nonce],
    ),
  };
}

/** One parameter of an Authorization header. */
export function parameter(authorization: string, name: string): string {
  return new RegExp(`[ ,]${name}="?([^",]*)`).exec(authorization)?.[1] ?? '';
}
