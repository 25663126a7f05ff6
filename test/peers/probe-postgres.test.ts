// The probe against a real PostgreSQL, and beside openssl.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probe } from '../support/databases.ts';
import { runProgram } from '../support/exporter-process.ts';
import {
  createPairs,
  createServerFolder,
  type Postgres,
  type ServerFolder,
  seenByOpenssl,
  startPostgres,
  violationsOf,
} from './databases.ts';
import { findPeer } from './peer.ts';

const postgres = findPeer('postgres');
const openssl = findPeer('openssl');
const { ca, pairs } = createPairs();
const good = pairs['good ECDSA'];

const anyHost = '127.0.0.1/32';
const trust = `host all all ${anyHost} trust\n`;

describe.skipIf(postgres.missing || openssl.missing)('PostgreSQL', () => {
  let folder: ServerFolder;
  let server: Postgres;
  let on: Record<string, string>;

  beforeAll(async () => {
    folder = await createServerFolder();
    on = { ssl: 'on', ssl_cert_file: `${folder.path}/cert.pem`, ssl_key_file: `${folder.path}/key.pem` };
    await folder.write('ca.pem', ca);
    server = await startPostgres(postgres.path, folder);
  });

  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  const probed = (plaintext = false, serverName = '127.0.0.1') =>
    probe({ port: server.port, protocol: 'postgres', serverName }, { ca, plaintext });

  it.each(Object.entries(pairs))('serves a chain that is %s, as openssl sees it', async (_, pair) => {
    await folder.serve(pair);
    await server.reload(on, trust);
    const [{ failure, certificates, tls, ...result }, seen] = await Promise.all([
      probed(),
      seenByOpenssl(openssl.path, 'postgres', server.port),
    ]);
    expect(failure).toBeUndefined();
    expect(result).toMatchObject({ ...pair.expected, open: 0 });
    expect(certificates).toMatchObject(seen.chain);
    expect(certificates).toHaveLength(seen.chain.length);
    expect(tls?.version).toBe(seen.version);
  });

  it.each(['TLSv1.2', 'TLSv1.3'])('with %s alone', async (version) => {
    await folder.serve(pairs['good RSA']);
    await server.reload({ ...on, ssl_min_protocol_version: version, ssl_max_protocol_version: version }, trust);
    expect(await probed(false, 'localhost')).toMatchObject({
      tlsAccepted: true,
      trusted: true,
      tls: { version },
      nameMatches: true,
    });
  });

  const scram = (type: string) => `${type} all all ${anyHost} scram-sha-256\n`;
  it.each([
    ['TLS off, trust', { ssl: 'off' }, trust, false, true],
    ['TLS off, scram', { ssl: 'off' }, scram('host'), false, true],
    ['TLS on, trust', {}, trust, true, true],
    ['TLS on, scram', {}, scram('host'), true, true],
    ['TLS on, md5', {}, `host all all ${anyHost} md5\n`, true, true],
    ['TLS on, a password', {}, `host all all ${anyHost} password\n`, true, true],
    ['TLS forced, trust', {}, `hostssl all all ${anyHost} trust\n`, true, false],
    ['TLS forced, scram', {}, scram('hostssl'), true, false],
    ['TLS forced, rejected without', {}, `hostnossl all all ${anyHost} reject\n${trust}`, true, false],
    ['TLS forced, by certificate', { ca: 'yes' }, `hostssl all all ${anyHost} cert\n`, true, false],
    [
      'TLS forced, certificates wanted',
      { ca: 'yes' },
      `hostssl all all ${anyHost} trust clientcert=verify-full\n`,
      true,
      false,
    ],
  ])(
    '%s: what is accepted',
    async (_, { ca, ...settings }: Record<string, string>, hba, tlsAccepted, plaintextAccepted) => {
      await folder.serve(good);
      await server.reload({ ...on, ...settings, ...(ca && { ssl_ca_file: `${folder.path}/ca.pem` }) }, hba);
      const { failure, ...result } = await probed(true);
      expect(failure).toBeUndefined();
      expect(result).toMatchObject({ tlsAccepted, plaintextAccepted, open: 0 });
      expect(result.trusted).toBe(tlsAccepted ? true : undefined);
    },
  );

  it.each([
    ['TLS alone', false, scram('host'), []],
    ['a session without TLS, scram', true, scram('host'), []],
    ['a session without TLS, trust', true, trust, ['FATAL:  role "clouddb_probe" does not exist']],
    [
      'a session without TLS that is refused',
      true,
      scram('hostssl'),
      ['FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "clouddb_probe", database "postgres", no encryption'],
    ],
  ])('%s: what the server logs', async (_, plaintext, hba, lines) => {
    await folder.serve(good);
    await server.reload(on, hba);
    const { length } = await server.log();
    const { failure } = await probed(plaintext);
    expect(failure).toBeUndefined();
    // Its line comes after those of the probe, whose connections the server has closed.
    await server.reload(on, hba);
    const logged = (await server.log()).slice(length).trim().split('\n');
    const ofProbe = logged.slice(
      0,
      logged.findIndex((line) => line.includes('received SIGHUP')),
    );
    expect(ofProbe.map((line) => line.replace(/^.*?\] /, ''))).toEqual(lines);
  });

  it.each<[number, string, string, string[]]>([
    [0, 'forced TLS and a good chain', scram('hostssl'), []],
    [4, 'a session without TLS', scram('host'), ['plaintext']],
  ])('the command probe has status %i for %s', async (status, _, hba, violations) => {
    await folder.serve(good);
    await server.reload(on, hba);
    const flags = ['--protocol=postgres', `--ca-file=${folder.path}/ca.pem`, '--plaintext', '--format=json'];
    const run = await runProgram(['probe', `127.0.0.1:${server.port}`, ...flags]);
    expect(run).toMatchObject({ status, stderr: '' });
    expect(violationsOf(run.stdout)).toEqual(violations);
  });
});
