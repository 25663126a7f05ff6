// The simulated databases of the demo beside real clients: openssl, and psql and mariadb where they are installed.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPki } from '../../src/demo/databases/authority.ts';
import {
  type DatabaseOptions,
  type SimulatedDatabase,
  startDatabase,
} from '../../src/demo/databases/simulated-database.ts';
import { inDays, seenByOpenssl } from './databases.ts';
import { createPeerFolder, findPeer, type PeerFolder, pathOf } from './peer.ts';

const openssl = findPeer('openssl');
const psql = pathOf('psql');
const mariadb = pathOf('mariadb');

const pki = createPki(Date.now());
const root = pki.createRoot('Root', -10, 1000);
const issuing = root.createIntermediate('Issuing', 500);
const leaf = { name: 'db', sans: ['IP:127.0.0.1'], days: 90 };
const chain = issuing.issue(leaf);

let folder: PeerFolder;
let caFile: string;
beforeAll(async () => {
  folder = await createPeerFolder();
  caFile = await folder.write('ca.pem', root.pem);
});
afterAll(() => folder.remove());

const started: SimulatedDatabase[] = [];
async function start(options: DatabaseOptions): Promise<number> {
  const database = await startDatabase(options);
  started.push(database);
  return Number(database.address.split(':')[1]);
}
afterEach(async () => {
  for (const database of started.splice(0)) await database.close();
});

/** What a program prints on both streams; it is not to succeed. */
async function output(path: string, args: readonly string[]): Promise<string> {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PGPASSWORD: 'x' } });
  return (await Promise.all([text(child.stdout), text(child.stderr)])).join('');
}

describe.skipIf(openssl.missing).each(['postgres', 'mysql'] as const)('%s beside openssl', (protocol) => {
  const verify = (port: number, more: readonly string[] = []) =>
    output(openssl.path, [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-starttls',
      protocol,
      '-CAfile',
      caFile,
      '-verify_ip',
      '127.0.0.1',
      ...more,
    ]);

  it('serves a chain that verifies, with the dates it was made with', async () => {
    const port = await start({ protocol, chain, plaintext: false });
    const seen = await seenByOpenssl(openssl.path, protocol, port);

    const daysLeft = seen.chain.map(({ notAfterSeconds }) =>
      Math.round((notAfterSeconds * 1000 - +inDays(0)) / 86_400_000),
    );
    expect(seen.version).toBe('TLSv1.3');
    expect(daysLeft).toEqual([90, 500]);
    expect(await verify(port)).toContain('Verify return code: 0 (ok)');
  });

  it.each([
    ['expired', () => issuing.issue({ ...leaf, days: -2 }), '10 (certificate has expired)'],
    ['self-signed', () => pki.selfSigned(leaf), '18 (self-signed certificate)'],
    ['of another name', () => issuing.issue({ ...leaf, sans: ['DNS:other.example.com'] }), '64 (IP address mismatch)'],
  ])('serves a certificate that is %s', async (_, issue, verdict) => {
    const port = await start({ protocol, chain: issue(), plaintext: false });
    expect(await verify(port)).toContain(`Verify return code: ${verdict}`);
  });

  it('negotiates TLS 1.1 at best where that is all it has', async () => {
    const port = await start({ protocol, chain, maxVersion: 'TLSv1.1', plaintext: false });
    const old = ['-cipher', 'DEFAULT:@SECLEVEL=0', '-min_protocol', 'TLSv1'];

    expect(await verify(port, [...old, '-max_protocol', 'TLSv1.3'])).toMatch(/Protocol {2}: TLSv1\.1/);
    expect(await verify(port, ['-tls1_2'])).toMatch(/unsupported protocol/);
  });
});

describe.skipIf(psql === undefined)('PostgreSQL and psql', () => {
  const logIn = (port: number, mode: string) =>
    output(psql!, [
      `host=127.0.0.1 port=${port} user=u dbname=d sslmode=${mode} sslrootcert=${caFile}`,
      '-c',
      'select 1',
    ]);

  it('asks for the password over TLS, and refuses a session without it', async () => {
    const port = await start({ protocol: 'postgres', chain, plaintext: false });
    expect(await logIn(port, 'verify-full')).toContain('password authentication failed');
    expect(await logIn(port, 'disable')).toContain('no pg_hba.conf entry for host "127.0.0.1", user "u"');
  });

  it('without TLS accepts a session, and reports it', async () => {
    const port = await start({ protocol: 'postgres', plaintext: true });
    expect(await logIn(port, 'disable')).toContain('password authentication failed');
    expect(await logIn(port, 'require')).toContain('server does not support SSL');
  });
});

describe.skipIf(mariadb === undefined)('the MySQL protocol and mariadb', () => {
  const logIn = (port: number, ...flags: string[]) =>
    output(mariadb!, ['--no-defaults', '-h', '127.0.0.1', '-P', `${port}`, '-u', 'u', ...flags, '-e', 'select 1']);
  const verified = () => ['--ssl', `--ssl-ca=${caFile}`, '--ssl-verify-server-cert'];

  it('denies the login over TLS, and refuses a session without it', async () => {
    const port = await start({ protocol: 'mysql', chain, plaintext: false });
    expect(await logIn(port, ...verified())).toContain("ERROR 1045 (28000): Access denied for user 'u'");
    expect(await logIn(port, '--skip-ssl')).toContain('ERROR 3159');
  });

  it('without TLS accepts a session, and reports it', async () => {
    const port = await start({ protocol: 'mysql', plaintext: true });
    expect(await logIn(port, '--skip-ssl')).toContain("ERROR 1045 (28000): Access denied for user 'u'");
    expect(await logIn(port, ...verified())).toContain('the server does not support it');
  });
});
