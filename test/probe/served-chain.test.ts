// Trust, name, expiry and TLS version are separate facts of what a server serves.
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { nameSource } from '../../src/probe/served-chain.ts';
import { type CertificateRequest, createCertificate } from '../support/certificates.ts';
import { type Database, mysqlServer, postgresServer, probe, startDatabase } from '../support/databases.ts';

const day = 86_400_000;
const now = Math.floor(Date.now() / 1000) * 1000;
const inDays = (days: number) => new Date(now + days * day);
const seconds = (date: Date) => date.getTime() / 1000;

const keys = {
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  root: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
type Asked = Partial<CertificateRequest>;
const sans = ['DNS:db.example.com', 'IP:127.0.0.1'];

const root = createCertificate({
  name: 'root',
  publicKey: keys.root.publicKey,
  signedWith: keys.root.privateKey,
  authority: true,
  notAfter: inDays(300),
});
const intermediate = createCertificate({
  name: 'intermediate',
  publicKey: keys.root.publicKey,
  signedWith: keys.root.privateKey,
  issuer: 'root',
  authority: true,
  notAfter: inDays(200),
});
const leaf = (request: Asked = {}, { publicKey } = keys.ec) =>
  createCertificate({
    name: 'db',
    publicKey,
    signedWith: keys.root.privateKey,
    issuer: 'intermediate',
    sans,
    notAfter: inDays(100),
    ...request,
  });
const selfSigned = (request: Asked = {}) => leaf({ signedWith: keys.ec.privateKey, issuer: 'db', ...request });
const keyOf = ({ privateKey } = keys.ec) => privateKey.export({ type: 'pkcs8', format: 'pem' });

let database: Database | undefined;
afterEach(() => database?.close());

async function probed(tls: TlsOptions, options: { ca?: string; serverName?: string } = {}) {
  database = await startDatabase(postgresServer({ tls: { key: keyOf(), ...tls } }));
  const { ca = root, serverName = '127.0.0.1' } = options;
  return probe({ port: database.port, protocol: 'postgres', serverName }, { ca });
}

describe('the served chain', () => {
  it('shows the leaf and each CA with its dates, serial, issuer and fingerprint', async () => {
    const cert = leaf();
    const result = await probed({ cert: cert + intermediate });
    const parsed = new X509Certificate(cert);
    expect(result).toMatchObject({
      tlsAccepted: true,
      trusted: true,
      nameMatches: true,
      nameSource: 'san',
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
      open: 0,
    });
    expect(result.failure).toBeUndefined();
    expect(result.distrust).toBeUndefined();
    expect(result.certificates).toEqual([
      {
        certificate: 'server',
        source: 'tls_probe',
        subjectCn: 'db',
        issuerCn: 'intermediate',
        serial: parsed.serialNumber,
        fingerprintSha256: parsed.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBeforeSeconds: Date.parse(parsed.validFrom) / 1000,
        notAfterSeconds: seconds(inDays(100)),
      },
      expect.objectContaining({ certificate: 'ca', subjectCn: 'intermediate', notAfterSeconds: seconds(inDays(200)) }),
    ]);
  });

  it('has no certificate of the trusted ones that was not served, and each served one once', async () => {
    const other = selfSigned({ name: 'other', authority: true });
    const names = async (cert: string) => (await probed({ cert })).certificates.map(({ subjectCn }) => subjectCn);
    expect(await names(leaf() + intermediate)).toEqual(['db', 'intermediate']);
    expect(await names(leaf() + intermediate + root)).toEqual(['db', 'intermediate', 'root']);
    expect(await names(leaf() + intermediate + other + intermediate)).toEqual(['db', 'intermediate', 'other']);
    // No CA.
    expect(await names(leaf() + intermediate + leaf())).toEqual(['db', 'intermediate']);
  });

  it('is read whole, without those whose expiry is not known', async () => {
    const cas = Array.from({ length: 20 }, (_, index) => selfSigned({ name: `ca ${index}`, authority: true }));
    expect((await probed({ cert: leaf() + cas.join('') })).certificates).toHaveLength(21);
    const undated = await probed({ cert: leaf({ notAfter: new Date(0) }) + intermediate });
    expect(undated).toMatchObject({ tlsAccepted: true, trusted: false, certificates: [{ certificate: 'ca' }] });
  });

  const cases: [string, string, string | undefined, object][] = [
    ['of a known CA', leaf() + intermediate, root, { trusted: true }],
    ['of a CA that is not given', leaf() + intermediate, undefined, { trusted: false, distrust: 'issuer_missing' }],
    ['without the intermediate', leaf(), root, { trusted: false, distrust: 'issuer_missing' }],
    ['with another root', leaf() + intermediate + root, selfSigned({ authority: true }), { distrust: 'unknown_root' }],
    ['that is self-signed', selfSigned(), root, { trusted: false, distrust: 'self_signed' }],
    ['that is self-signed and trusted', selfSigned(), selfSigned(), { trusted: false, distrust: 'self_signed' }],
    ['that has expired', leaf({ notAfter: inDays(-3) }) + intermediate, root, { trusted: false, distrust: 'expired' }],
    [
      'not yet valid',
      leaf({ notBefore: inDays(3) }) + intermediate,
      root,
      { trusted: false, distrust: 'not_yet_valid' },
    ],
    ['signed with another key', leaf({ signedWith: keys.ec.privateKey }) + intermediate, root, { distrust: 'invalid' }],
  ];

  it.each(cases)('%s: trusted or why not, independent of name and expiry', async (_, cert, ca, expected) => {
    const result = await probed(
      { cert },
      ca === undefined ? { ca: selfSigned({ name: 'other', authority: true }) } : { ca },
    );
    expect(result).toMatchObject({ tlsAccepted: true, nameMatches: true, ...expected });
    const notAfter = Date.parse(new X509Certificate(cert).validTo) / 1000;
    expect(result.certificates[0]).toMatchObject({ certificate: 'server', notAfterSeconds: notAfter });
  });

  it('that is self-signed is trusted where it is the trusted one', async () => {
    const cert = selfSigned();
    expect(await probed({ cert }, { ca: cert })).toMatchObject({ trusted: true });
  });

  it('that is self-signed, expired, and of another host has its expiry', async () => {
    const result = await probed({ cert: selfSigned({ notAfter: inDays(-10), sans: ['DNS:other'] }) });
    expect(result).toMatchObject({ tlsAccepted: true, trusted: false, nameMatches: false });
    expect(result.certificates).toMatchObject([{ subjectCn: 'db', notAfterSeconds: seconds(inDays(-10)) }]);
  });

  it('is not trusted without a CA of the system', async () => {
    database = await startDatabase(postgresServer({ tls: { key: keyOf(), cert: leaf() + intermediate + root } }));
    expect(await probe({ port: database.port, protocol: 'postgres' })).toMatchObject({ distrust: 'unknown_root' });
  });

  it('is read with an RSA key', async () => {
    const result = await probed({ key: keyOf(keys.rsa), cert: leaf({}, keys.rsa) + intermediate });
    expect(result).toMatchObject({ trusted: true, certificates: [{ subjectCn: 'db' }, {}] });
  });

  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)('is read with %s alone', async (version) => {
    const result = await probed({ cert: leaf() + intermediate, minVersion: version, maxVersion: version });
    expect(result).toMatchObject({ tlsAccepted: true, trusted: true, tls: { version } });
    expect(result.tls?.cipher).toMatch(/^TLS_/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is read with %s where a client certificate is required',
    async (version) => {
      const result = await probed({
        cert: leaf() + intermediate,
        minVersion: version,
        maxVersion: version,
        requestCert: true,
        rejectUnauthorized: true,
        ca: root,
      });
      expect(result).toMatchObject({ tlsAccepted: true, nameMatches: true, open: 0 });
      expect(result.failure).toBeUndefined();
      expect(result.certificates.map(({ subjectCn }) => subjectCn)).toEqual(['db', 'intermediate']);
      // Up to TLS 1.2 the handshake ends before the verdict is known.
      expect(result.trusted).toBe(version === 'TLSv1.3' ? true : undefined);
    },
  );

  it.each([
    ['db.example.com', 'db.example.com'],
    ['db.example.com.', 'db.example.com'],
    ['127.0.0.1', false],
    ['::1', false],
  ])('is of the server name %s (SNI %s)', async (serverName, sni) => {
    const names: unknown[] = [];
    database = await startDatabase(
      mysqlServer({
        tls: {
          key: keyOf(),
          cert: leaf(),
          SNICallback(name, callback) {
            names.push(name);
            callback(null);
          },
        },
      }),
    );
    const { nameMatches } = await probe({ port: database.port, protocol: 'mysql', serverName });
    expect(names).toEqual(sni === false ? [] : [sni]);
    expect(nameMatches).toBe(serverName !== '::1');
  });
});

describe('a MySQL server', () => {
  it('is left by a login without a password inside TLS', async () => {
    const sent: [string, boolean][] = [];
    const onPacket = (packet: Buffer, secured: boolean) => void sent.push([packet.toString('latin1', 36), secured]);
    database = await startDatabase(mysqlServer({ tls: { key: keyOf(), cert: leaf() + intermediate }, onPacket }));
    const result = await probe({ port: database.port, protocol: 'mysql' }, { ca: root });
    expect(result).toMatchObject({ tlsAccepted: true, trusted: true, open: 0 });
    expect(sent).toEqual([['clouddb_probe\0\0mysql_native_password\0', true]]);
  });
});

describe('a certificate', () => {
  const covers = (name: string, sans: readonly string[], commonName = 'cn.example.com') =>
    nameSource(new X509Certificate(selfSigned({ name: commonName, sans })), name);

  it.each([
    ['db.example.com', ['DNS:db.example.com'], 'san'],
    ['DB.Example.COM', ['DNS:db.example.com'], 'san'],
    ['db.example.com.', ['DNS:db.example.com'], 'san'],
    ['db.example.com', ['DNS:other', 'DNS:db.example.com'], 'san'],
    ['db.example.com', ['DNS:*.example.com'], 'san'],
    ['db.example.com', ['DNS:other.example.com'], undefined],
    ['example.com', ['DNS:*.example.com'], undefined],
    ['a.b.example.com', ['DNS:*.example.com'], undefined],
    ['db.example.com', ['DNS:d*.example.com'], undefined],
    ['db.example.com', ['DNS:db.*.com'], undefined],
    ['db.example.com', ['URI:spiffe://db.example.com'], undefined],
    ['db.example.com', ['email:a@db.example.com'], undefined],
    ['cn.example.com', [], 'common_name'],
    ['CN.example.com', [], 'common_name'],
    ['other.example.com', [], undefined],
    ['cn.example.com', ['DNS:db.example.com'], undefined],
    ['cn.example.com', ['IP:10.0.0.4'], undefined],
    ['10.0.0.4', ['IP:10.0.0.4'], 'san'],
    ['10.0.0.5', ['IP:10.0.0.4'], undefined],
    ['10.0.0.4', ['DNS:10.0.0.4'], undefined],
    ['2001:db8::4', ['IP:2001:db8:0:0:0:0:0:4'], 'san'],
    ['2001:db8::5', ['IP:2001:db8:0:0:0:0:0:4'], undefined],
    ['fe80::1%eth0', ['IP:fe80:0:0:0:0:0:0:1'], 'san'],
  ])('covers %s by %j: %s', (name, sans, source) => {
    expect(covers(name, sans)).toBe(source);
  });

  it('does not cover an IP address by its common name', () => {
    expect(covers('10.0.0.4', [], '10.0.0.4')).toBeUndefined();
  });

  it('covers many names by a common name with a wildcard', () => {
    expect(covers('db.example.com', [], '*.example.com')).toBe('common_name');
  });
});
