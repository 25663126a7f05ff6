// `probe`: one database, what it serves over TLS, and an exit status that shows what is wrong.
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateRequest, createCertificate } from '../support/certificates.ts';
import {
  type Database,
  mysqlError,
  mysqlServer,
  postgresError,
  postgresMessage,
  postgresServer,
  type Serve,
  startDatabase,
} from '../support/databases.ts';
import { createFolder } from '../support/exporter-process.ts';
import { runInProcess } from '../support/in-process.ts';

const inDays = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + days * 86_400_000);
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rootKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const authority = (days: number) =>
  createCertificate({
    name: 'Example Root CA',
    publicKey: rootKeys.publicKey,
    signedWith: rootKeys.privateKey,
    authority: true,
    notAfter: inDays(days),
  });
const root = authority(400);
const leaf = (request: Partial<CertificateRequest> = {}) =>
  createCertificate({
    name: 'db',
    issuer: 'Example Root CA',
    publicKey: keys.publicKey,
    signedWith: rootKeys.privateKey,
    sans: ['DNS:localhost', 'IP:127.0.0.1'],
    notAfter: inDays(90.5),
    ...request,
  });

const refusal = postgresError({ C: '28000', M: 'no pg_hba.conf entry', R: 'ClientAuthentication' });
const password = postgresMessage('R', Buffer.from([0, 0, 0, 3]));
const serving = (request: Partial<CertificateRequest> = {}, tls: TlsOptions = {}) =>
  postgresServer({ tls: { key, cert: leaf(request), ...tls }, plain: refusal });

let folder: Awaited<ReturnType<typeof createFolder>>;
let caFlag: string;
let database: Database | undefined;
beforeAll(async () => {
  folder = await createFolder();
  caFlag = `--ca-file=${await folder.write('ca.pem', root)}`;
});
afterEach(() => database?.close());
afterAll(() => folder.remove());

async function probed(serve: Serve, flags: readonly string[], protocol = 'postgres') {
  database = await startDatabase(serve);
  return runInProcess(['probe', `127.0.0.1:${database.port}`, `--protocol=${protocol}`, ...flags]);
}

interface Printed {
  exit_status: number;
  results: { check: string; level: string; finding?: string; detail: string }[];
  certificates: unknown[];
}

/** Runs it in both formats, which must agree. @returns the JSON */
async function both(serve: Serve, flags: readonly string[] = [], protocol = 'postgres') {
  const text = await probed(serve, [caFlag, ...flags], protocol);
  await database?.close();
  const json = await probed(serve, [caFlag, ...flags, '--format=json'], protocol);
  const printed = JSON.parse(json.stdout) as Printed;
  expect([text.stderr, json.stderr]).toEqual(['', '']);
  expect([text.status, json.status]).toEqual([printed.exit_status, printed.exit_status]);
  expect(text.stdout).toContain(`Exit status ${printed.exit_status}.\n`);
  const words = text.stdout.replaceAll(/\s+/g, ' ');
  for (const { level, check } of printed.results) expect(words).toContain(`${level} ${check} `);
  return printed;
}

/** The results that are not fine. */
const problems = ({ results }: Printed) =>
  results.flatMap(({ check, level, finding }) =>
    level === 'ok' ? [] : [[check, level, ...(finding ? [finding] : [])]],
  );

const notTried = ['plaintext', 'info'];

describe('probe', () => {
  it('has status 0 when all is well', async () => {
    const printed = await both(serving(), ['--plaintext']);
    expect([printed.exit_status, problems(printed)]).toEqual([0, []]);
  });

  it('prints the served chain, and what was negotiated, as JSON', async () => {
    const cert = leaf();
    const x509 = new X509Certificate(cert);
    const printed = await both(serving({}, { cert: cert + root }), ['--plaintext']);
    const seconds = Date.parse(x509.validTo) / 1000;
    expect(printed).toMatchObject({
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
      protocol: 'postgres',
      server_name: '127.0.0.1',
      min_days: 30,
      tls_accepted: true,
      tls_version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      cert_trusted: true,
      cert_hostname_match: true,
      cert_name_source: 'san',
      plaintext_accepted: false,
      certificates: [
        {
          certificate: 'server',
          subject_cn: 'db',
          issuer_cn: 'Example Root CA',
          serial: x509.serialNumber,
          fingerprint_sha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
          not_after: new Date(seconds * 1000).toISOString(),
          not_after_timestamp_seconds: seconds,
          not_before_timestamp_seconds: Date.parse(x509.validFrom) / 1000,
        },
        { certificate: 'ca', subject_cn: 'Example Root CA' },
      ],
    });
  });

  const selfSigned = { issuer: 'db', signedWith: keys.privateKey };
  it.each<[string, Serve, readonly string[], string[][]]>([
    ['TLS is refused', postgresServer({}), [], [['TLS', 'violation', 'tls_refused'], notTried]],
    [
      'the TLS version is outdated',
      serving({}, { maxVersion: 'TLSv1.1' }),
      [],
      [['TLS', 'violation', 'tls_outdated'], notTried],
    ],
    [
      'the certificate is self-signed',
      serving(selfSigned),
      [],
      [['trust', 'violation', 'certificate_invalid'], notTried],
    ],
    [
      'the name is not covered',
      serving(),
      ['--server-name=db.example.com'],
      [['name', 'violation', 'certificate_invalid'], notTried],
    ],
    [
      'the certificate has expired',
      serving({ notAfter: inDays(-1) }),
      ['--min-days=0'],
      [['trust', 'violation', 'certificate_invalid'], ['expiry', 'violation', 'certificate_expired'], notTried],
    ],
    [
      'the certificate is not yet valid',
      serving({ notBefore: inDays(1) }),
      [],
      [['trust', 'violation', 'certificate_invalid'], ['expiry', 'violation', 'certificate_invalid'], notTried],
    ],
    ['fewer days are left', serving(), ['--min-days=91'], [['expiry', 'violation', 'certificate_expiring'], notTried]],
    [
      'fewer days of a CA are left',
      serving({}, { cert: leaf() + authority(20) }),
      [],
      [['CA', 'violation', 'ca_expiring'], notTried],
    ],
    [
      'a session without TLS is accepted',
      postgresServer({ tls: { key, cert: leaf() }, plain: password }),
      ['--plaintext'],
      [['plaintext', 'violation', 'plaintext_accepted']],
    ],
    [
      'something is wrong and something else is not known',
      postgresServer({ plain: postgresError({ C: '57P03' }) }),
      ['--plaintext'],
      [
        ['TLS', 'violation', 'tls_refused'],
        ['plaintext', 'unknown'],
        ['failure', 'unknown'],
      ],
    ],
  ])('has status 4 when %s', async (_, serve, flags, expected) => {
    const printed = await both(serve, flags);
    expect([printed.exit_status, problems(printed)]).toEqual([4, expected]);
  });

  it('has status 0 with enough days left', async () => {
    expect((await both(serving(), ['--min-days=90'])).exit_status).toBe(0);
  });

  it('says that a common name alone is no longer accepted by clients', async () => {
    const printed = await both(serving({ name: 'localhost', sans: [] }), ['--server-name=localhost']);
    expect([printed.exit_status, problems(printed)]).toEqual([0, [['name', 'info'], notTried]]);
    expect(printed.results.find(({ check }) => check === 'name')?.detail).toContain('RFC 9525');
  });

  it('compares the chain with the CAs of the system without --ca-file', async () => {
    const { status, stdout } = await probed(serving(), []);
    expect(status).toBe(4);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /violation trust NOT TRUSTED by the CAs of the system: .* --ca-file/,
    );
  });

  it('speaks the MySQL protocol', async () => {
    const mysql = mysqlServer({ tls: { key, cert: leaf() }, answer: mysqlError(3159, 2) });
    const printed = await both(mysql, ['--plaintext'], 'mysql');
    expect([printed.exit_status, problems(printed)]).toEqual([0, []]);
  });

  it.each<[string, Serve, string[][], RegExp]>([
    ['hangs', () => undefined, [['failure', 'unknown']], /^timeout: /],
    ['closes', (socket) => void socket.end(), [['failure', 'unknown']], /^network: /],
    [
      'speaks another protocol',
      (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\ntext of the server'),
      [['failure', 'unknown']],
      /^bad_response: /,
    ],
  ])('has status 3 when the server %s', async (_, serve, expected, says) => {
    const printed = await both(serve, ['--timeout=100ms']);
    expect([printed.exit_status, problems(printed)]).toEqual([3, expected]);
    expect(printed.results.at(-1)?.detail).toMatch(says);
    expect(JSON.stringify(printed)).not.toContain('text of the server');
    expect(printed.certificates).toEqual([]);
  });

  it('has status 3 when nothing listens', async () => {
    const { port, close } = await startDatabase(() => undefined);
    await close();
    const { status, stdout } = await runInProcess(['probe', `127.0.0.1:${port}`, '--protocol=mysql']);
    expect(status).toBe(3);
    expect(stdout).toMatch(/unknown +failure +network: no connection to .*ECONNREFUSED/);
  });

  it('has status 3, with the certificate, when the server wants one of the client', async () => {
    const wanted = { requestCert: true, rejectUnauthorized: true, ca: root, maxVersion: 'TLSv1.2' } as const;
    const printed = await both(serving({}, wanted));
    expect([printed.exit_status, problems(printed)]).toEqual([3, [['TLS', 'unknown'], ['trust', 'unknown'], notTried]]);
    expect(printed.certificates).not.toEqual([]);
  });

  it.each([
    ['is missing', 'none.pem', undefined],
    ['has no certificate', 'text.pem', 'no certificate'],
  ])('has status 1 and connects to nothing when the CA file %s', async (_, name, text) => {
    if (text !== undefined) await folder.write(name, text);
    const file = join(folder.path, name);
    const { status, stdout, stderr } = await probed(serving(), [`--ca-file=${file}`]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`the CA file ${file} `);
    expect(database?.connections()).toBe(0);
  });

  it('has the colours and the width of the terminal', async () => {
    database = await startDatabase(serving());
    const args = ['probe', `127.0.0.1:${database.port}`, '--protocol=postgres'];
    const { stdout } = await runInProcess(args, {}, { columns: 50, colours: true });
    expect(stdout).toContain('\u001b[31m\u001b[1mviolation');
    expect(
      stripVTControlCharacters(stdout)
        .split('\n')
        .filter((line) => line.length > 50),
    ).toEqual([]);
  });
});
