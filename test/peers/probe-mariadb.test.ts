// The probe against a real MariaDB, and beside openssl.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/probe.ts';
import { probe } from '../support/databases.ts';
import { runProgram } from '../support/exporter-process.ts';
import {
  createPairs,
  createServerFolder,
  installMariadb,
  type Mariadb,
  type ServerFolder,
  seenByOpenssl,
  startMariadb,
  violationsOf,
} from './databases.ts';
import { findPeer } from './peer.ts';

const mariadb = findPeer('mariadbd');
const openssl = findPeer('openssl');
const { ca, pairs } = createPairs();
const good = pairs['good ECDSA'];

/** Another address of this machine: MariaDB does not count the errors of 127.0.0.1. */
const otherAddress = '127.0.0.2';

describe.skipIf(mariadb.missing || openssl.missing)('MariaDB', () => {
  let folder: ServerFolder;
  let server: Mariadb;

  const tls = (...options: string[]) => [
    `--ssl-cert=${folder.path}/cert.pem`,
    `--ssl-key=${folder.path}/key.pem`,
    ...options,
  ];
  const probed = (options: Partial<ProbeOptions> = {}, localAddress?: string) =>
    probe({ port: server.port, protocol: 'mysql', serverName: '127.0.0.1' }, { ca, ...options }, localAddress);

  beforeAll(async () => {
    folder = await createServerFolder();
    await folder.write('ca.pem', ca);
    await folder.serve(good);
    await installMariadb(folder);
  });

  afterAll(() => folder.remove());

  describe('with TLS', () => {
    beforeAll(async () => {
      server = await startMariadb(mariadb.path, folder, tls(`--ssl-ca=${folder.path}/ca.pem`));
      await server.sql("create user if not exists app@'%' identified by 'app'");
    });
    afterAll(() => server.stop());

    it.each(Object.entries(pairs))('serves a chain that is %s, as openssl sees it', async (_, pair) => {
      await folder.serve(pair);
      await server.sql('flush ssl');
      const [{ failure, certificates, tls, ...result }, seen] = await Promise.all([
        probed(),
        seenByOpenssl(openssl.path, 'mysql', server.port),
      ]);
      expect(failure).toBeUndefined();
      expect(result).toMatchObject({ ...pair.expected, open: 0 });
      expect(certificates).toMatchObject(seen.chain);
      expect(certificates).toHaveLength(seen.chain.length);
      expect(tls?.version).toBe(seen.version);
    });

    it.each(['off', 'on'])(
      'answers a login without TLS the same way with require_secure_transport %s',
      async (forced) => {
        await server.sql(`set global require_secure_transport=${forced}`);
        const { failure, ...result } = await probed({ plaintext: true });
        await server.sql('set global require_secure_transport=off');
        expect(failure).toBeUndefined();
        // Error 1045 in both cases: it checks the transport after the password.
        expect(result).toMatchObject({ tlsAccepted: true, plaintextAccepted: true, open: 0 });
      },
    );

    it('is probed by the command: all is well but the session without TLS', async () => {
      await folder.serve(good);
      await server.sql('flush ssl');
      const flags = ['--protocol=mysql', `--ca-file=${folder.path}/ca.pem`, '--format=json'];
      const runs = await Promise.all(
        [[], ['--plaintext']].map((more) => runProgram(['probe', `127.0.0.1:${server.port}`, ...flags, ...more])),
      );
      expect(runs).toMatchObject([
        { status: 0, stderr: '' },
        { status: 4, stderr: '' },
      ]);
      expect(runs.map(({ stdout }) => violationsOf(stdout))).toEqual([[], ['plaintext']]);
    });

    it('lets in a user without a password, who leaves with COM_QUIT', async () => {
      await server.sql("create user clouddb_probe@'%'");
      const aborted = () =>
        server.sql("show global status where variable_name in ('Aborted_connects', 'Aborted_clients')");
      const before = await aborted();
      const { failure, ...result } = await probed({ plaintext: true });
      expect(failure).toBeUndefined();
      expect(result).toMatchObject({ tlsAccepted: true, plaintextAccepted: true, open: 0 });
      expect(await aborted()).toBe(before);
      await server.sql("drop user clouddb_probe@'%'");
    });

    describe('that blocks hosts after errors', () => {
      const errors = () => server.sql('select ip, sum_connect_errors from performance_schema.host_cache');

      beforeAll(() => server.sql('set global max_connect_errors=3'));
      afterEach(() => server.sql('flush hosts'));

      it('does not block a host for its probes', async () => {
        for (let count = 0; count < 6; count++) {
          const { failure, ...result } = await probed({ plaintext: true }, otherAddress);
          expect(failure).toBeUndefined();
          expect(result).toMatchObject({ tlsAccepted: true, plaintextAccepted: true });
        }
        expect(await errors()).toBe(`${otherAddress}\t0`);
      });

      it('is a failure once the host is blocked', async () => {
        for (let count = 0; count < 3; count++) {
          const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: otherAddress });
          await once(socket, 'data');
          socket.end();
          await once(socket, 'close');
        }
        await expect.poll(errors).toBe(`${otherAddress}\t3`);
        const { failure, ...result } = await probed({ plaintext: true }, otherAddress);
        expect(failure).toMatchObject({ reason: 'rejected' });
        expect(failure?.message).toContain('answered with error 1129: ');
        expect(result).toEqual({ certificates: [], open: 0 });
      });
    });

    it('logs a denied login for each connection, and no aborted one', async () => {
      const { length } = await server.log();
      await probed({ plaintext: true });
      const logged = (await server.log()).slice(length).trim().split('\n');
      expect(logged.map((line) => line.replace(/^\S+ +\S+ \d+ /, ''))).toEqual(
        Array.from(
          { length: 2 },
          () => "[Warning] Access denied for user 'clouddb_probe'@'localhost' (using password: NO)",
        ),
      );
    });

    it('with too many connections is a failure', async () => {
      await server.sql('set global max_connections=10');
      const sockets = Array.from({ length: 12 }, () => connect(server.port, '127.0.0.1').on('error', () => undefined));
      await Promise.all(sockets.map((socket) => once(socket, 'data')));
      const { failure } = await probed();
      for (const socket of sockets) socket.destroy();
      expect(failure).toMatchObject({ reason: 'unavailable' });
    });
  });

  it.each(['TLSv1.2', 'TLSv1.3'])('with %s alone', async (version) => {
    await folder.serve(pairs['good RSA']);
    server = await startMariadb(mariadb.path, folder, tls(`--tls-version=${version}`));
    const { failure, ...result } = await probed();
    await server.stop();
    expect(failure).toBeUndefined();
    expect(result).toMatchObject({ tlsAccepted: true, trusted: true, nameMatches: true, tls: { version } });
  });

  it('without TLS', async () => {
    server = await startMariadb(mariadb.path, folder, []);
    const { failure, ...result } = await probed({ plaintext: true });
    await server.stop();
    expect(failure).toBeUndefined();
    expect(result).toEqual({ certificates: [], tlsAccepted: false, plaintextAccepted: true, open: 0 });
  });
});
