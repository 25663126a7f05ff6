// A real PostgreSQL with TLS at many addresses of this machine, from the Debian package postgresql-15.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCertificate } from '../../test/support/certificates.ts';
import { isRoot, nobody, unprivileged } from '../../test/support/unprivileged.ts';
import { startChild } from './child.ts';
import { newPath } from './folder.ts';
import { freePort } from './requests.ts';

const programs = '/usr/lib/postgresql/15/bin';
/** PostgreSQL listens at 64 addresses at most (MAXLISTEN in postmaster.c). */
const addresses = Array.from({ length: 50 }, (_, index) => `127.0.1.${index + 1}`);

/** A running PostgreSQL. */
export interface Postgres {
  addresses: readonly string[];
  port: number;
  /** PEM file of the CA that its certificate for `localhost` is signed with. */
  caFile: string;
  stop: () => Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const folder = newPath('');
  mkdirSync(folder);
  // The folder above is of this user alone.
  if (isRoot) for (const each of [dirname(folder), folder]) chmodSync(each, 0o755);
  if (isRoot) chownSync(folder, nobody, nobody);
  const data = join(folder, 'data');
  const [initdb, args] = unprivileged(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '--no-sync']);
  const { status, stderr } = spawnSync(initdb, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  const caFile = writeCertificates(folder, data);
  const port = await freePort();
  const settings = {
    listen_addresses: addresses.join(','),
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    ssl: 'on',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''));
  const child = startChild(...unprivileged(join(programs, 'postgres'), ['-D', data]));
  await child.printed(/ready to accept connections/);
  return { addresses, port, caFile, stop: () => child.stop('SIGINT') };
}

/** The usual names in the data folder. @returns the file of the CA */
function writeCertificates(folder: string, data: string): string {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = { name: 'bench CA', publicKey: keys.publicKey, signedWith: keys.privateKey, authority: true };
  const leaf = { name: 'db', issuer: ca.name, publicKey: keys.publicKey, signedWith: keys.privateKey };
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, createCertificate(ca));
  writeFileSync(join(data, 'server.crt'), createCertificate({ ...leaf, sans: ['DNS:localhost'] }));
  const keyFile = join(data, 'server.key');
  writeFileSync(keyFile, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  if (isRoot) chownSync(keyFile, nobody, nobody);
  return caFile;
}
