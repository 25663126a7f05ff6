// Real PostgreSQL and MariaDB with certificates that are made now, and what openssl says of them.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, chown, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import type { ProbeResult } from '../../src/probe/probe.ts';
import { type CertificateRequest, createCertificate } from '../support/certificates.ts';
import { isRoot, nobody, unprivileged } from '../support/unprivileged.ts';
import { createPeerFolder, type Peer, type PeerFolder, startPeer } from './peer.ts';

const run = promisify(execFile);

/** A folder of such a server, which does not run as root. */
export interface ServerFolder extends PeerFolder {
  /** Writes what the server serves. */
  serve: (pair: Pair) => Promise<void>;
}

export async function createServerFolder(): Promise<ServerFolder> {
  const folder = await createPeerFolder();
  if (isRoot) await chown(folder.path, nobody, nobody);
  const write = async (name: string, text: string | Buffer) => {
    const file = await folder.write(name, text);
    if (isRoot) await chown(file, nobody, nobody);
    return file;
  };
  return {
    ...folder,
    write,
    async serve({ key, cert }) {
      await chmod(await write('key.pem', key), 0o600);
      await write('cert.pem', cert);
    },
  };
}

/** A running PostgreSQL that follows changes. */
export interface Postgres extends Peer {
  /** Applies settings, lines of pg_hba.conf, and the files of the folder. */
  reload: (settings: Readonly<Record<string, string>>, hba: string) => Promise<void>;
  log: () => Promise<string>;
}

export async function startPostgres(path: string, folder: ServerFolder): Promise<Postgres> {
  const data = join(folder.path, 'data');
  await run(...unprivileged(join(dirname(path), 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync']));
  const logFile = join(folder.path, 'log');
  const log = () => readFile(logFile, 'utf8');
  const write = (name: string, settings: Readonly<Record<string, string>>) => {
    const lines = Object.entries(settings).map(([setting, value]) => `${setting} = '${value}'\n`);
    return folder.write(`data/${name}`, lines.join(''));
  };
  const [program, args] = unprivileged(path, ['-D', data]);
  const peer = await startPeer(program, async (port) => {
    await write('postgresql.conf', {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      fsync: 'off',
      logging_collector: 'on',
      log_directory: folder.path,
      log_filename: 'log',
      log_file_mode: '0644',
    });
    return args;
  });
  return {
    ...peer,
    log,
    async reload(settings, hba) {
      await write('postgresql.auto.conf', settings);
      await folder.write('data/pg_hba.conf', hba);
      const before = reloads(await log());
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGHUP');
      // Written first; no connection is accepted before the rest is done.
      await vi.waitFor(async () => expect(reloads(await log())).toBe(before + 1));
    },
  };
}

const reloads = (log: string) => log.split('received SIGHUP').length;

/** A running MariaDB that takes SQL. */
export interface Mariadb extends Peer {
  sql: (statement: string) => Promise<string>;
  log: () => Promise<string>;
}

export async function installMariadb(folder: ServerFolder): Promise<void> {
  const args = ['--no-defaults', `--datadir=${folder.path}/data`, '--auth-root-authentication-method=normal'];
  await run(...unprivileged('mariadb-install-db', [...args, '--skip-test-db']));
}

export async function startMariadb(path: string, folder: ServerFolder, options: readonly string[]): Promise<Mariadb> {
  const socket = join(folder.path, 'socket');
  const logFile = join(folder.path, 'log.err');
  const sql = async (statement: string) => {
    const { stdout } = await run('mariadb', ['--no-defaults', '-N', '-u', 'root', '-S', socket, '-e', statement]);
    return stdout.trim();
  };
  const [program, args] = unprivileged(path, [
    '--no-defaults',
    `--datadir=${folder.path}/data`,
    `--socket=${socket}`,
    `--pid-file=${folder.path}/pid`,
    `--log-error=${logFile}`,
    '--bind-address=127.0.0.1',
    '--performance-schema=1',
    '--innodb-flush-log-at-trx-commit=0',
    ...options,
  ]);
  const peer = await startPeer(program, (port) => Promise.resolve([...args, `--port=${port}`]));
  return { ...peer, sql, log: () => readFile(logFile, 'utf8') };
}

const day = 86_400_000;
export const inDays = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);

/** A certificate chain with its key, as PEM. */
export interface Pair {
  key: string;
  cert: string;
}

/** A CA, and what a server can serve, each with what a probe of 127.0.0.1 must find. */
export function createPairs() {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authority = { publicKey: signer.publicKey, signedWith: signer.privateKey, authority: true };
  const ca = createCertificate({ ...authority, name: 'probe root', notAfter: inDays(400) });
  const intermediate = createCertificate({
    ...authority,
    name: 'probe intermediate',
    issuer: 'probe root',
    notAfter: inDays(200),
  });
  const sans = ['DNS:localhost', 'IP:127.0.0.1'];
  const leaf = (request: Partial<CertificateRequest>, keys = ec) =>
    createCertificate({
      name: 'db',
      issuer: 'probe intermediate',
      publicKey: keys.publicKey,
      signedWith: signer.privateKey,
      sans,
      notAfter: inDays(90),
      ...request,
    });
  const pair = (cert: string, expected: Partial<ProbeResult>, keys = ec) => ({
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert,
    expected: { tlsAccepted: true, ...expected },
  });
  const good = { trusted: true, nameMatches: true } as const;
  return {
    ca,
    pairs: {
      'good ECDSA': pair(leaf({}) + intermediate, good),
      'good RSA': pair(leaf({}, rsa) + intermediate, good, rsa),
      'with the root': pair(leaf({}) + intermediate + ca, good),
      expired: pair(leaf({ notAfter: inDays(-2) }) + intermediate, {
        trusted: false,
        distrust: 'expired',
        nameMatches: true,
      }),
      'not yet valid': pair(leaf({ notBefore: inDays(2) }) + intermediate, {
        trusted: false,
        distrust: 'not_yet_valid',
        nameMatches: true,
      }),
      'self-signed': pair(leaf({ issuer: 'db', signedWith: ec.privateKey }), {
        trusted: false,
        distrust: 'self_signed',
        nameMatches: true,
      }),
      'self-signed, expired, of another host': pair(
        leaf({ issuer: 'db', signedWith: ec.privateKey, notAfter: inDays(-2), sans: ['DNS:elsewhere'] }),
        { trusted: false, nameMatches: false },
      ),
      'of another host': pair(leaf({ sans: ['DNS:elsewhere'] }) + intermediate, { trusted: true, nameMatches: false }),
      'of a host name alone': pair(leaf({ sans: ['DNS:localhost'] }) + intermediate, {
        trusted: true,
        nameMatches: false,
      }),
      'without the intermediate': pair(leaf({}), { trusted: false, distrust: 'issuer_missing', nameMatches: true }),
    },
  };
}

/** What openssl sees of a server: the chain, leaf first, the session, and its verdict on chain and address. */
export async function seenByOpenssl(path: string, protocol: 'postgres' | 'mysql', port: number, caFile?: string) {
  const args = ['-connect', `127.0.0.1:${port}`, '-starttls', protocol, '-showcerts', '-verify_ip', '127.0.0.1'];
  const child = run(path, ['s_client', ...args, ...(caFile === undefined ? [] : ['-CAfile', caFile])]);
  child.child.stdin?.end();
  const { stdout } = await child;
  const blocks = stdout.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const [, version, cipher] = /^New, (TLSv[\d.]+), Cipher is (\S+)/m.exec(stdout) ?? [];
  return {
    version,
    cipher,
    /** X509_V_ERR_…; 0: both are good. */
    verifyCode: Number(/Verify return code: (\d+)/.exec(stdout)?.[1]),
    chain: blocks.map((block) => {
      const x509 = new X509Certificate(block);
      return {
        fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
        notAfterSeconds: Date.parse(x509.validTo) / 1000,
      };
    }),
  };
}

/** The checks with a violation in what the command `probe` prints as JSON. */
export function violationsOf(printed: string): string[] {
  const { results } = JSON.parse(printed) as { results: { check: string; level: string }[] };
  return results.flatMap(({ check, level }) => (level === 'violation' ? [check] : []));
}
