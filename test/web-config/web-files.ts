// The certificates, keys and other files that web configurations of tests name, created in a folder.
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCertificate } from '../support/certificates.ts';

/** A bcrypt hash of a random password. */
export const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

const pkcs8 = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }));
const sec1 = (key: KeyObject) => String(key.export({ type: 'sec1', format: 'pem' }));
const secret = { cipher: 'aes-256-cbc', passphrase: 'passphrase' };

/** A key whose secret part does not belong to its public part. */
function rotten(key: KeyObject): string {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  // The last byte of the 32 that follow OCTET STRING (04 20) is changed.
  const at = der.indexOf('0420', 0, 'hex') + 33;
  der.writeUInt8(der.readUInt8(at) ^ 1, at);
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

function files(): Record<string, string | Buffer> {
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const wide = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const rare = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const short = generateKeyPairSync('rsa', { modulusLength: 512 });
  const edwards = generateKeyPairSync('ed25519');
  const selfSigned = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) =>
    createCertificate({
      name: 'localhost',
      publicKey,
      signedWith: privateKey,
      sans: ['DNS:localhost', 'IP:127.0.0.1'],
    });
  const ca = createCertificate({
    name: 'ca',
    publicKey: other.publicKey,
    signedWith: other.privateKey,
    authority: true,
  });

  const crt = selfSigned(server);
  const key = pkcs8(server.privateKey);
  const damaged = crt.replace(/(?<=BEGIN CERTIFICATE-----\n).{8}/, 'AAAAAAAA');
  return {
    'server.crt': crt,
    'server.key': key,
    'sec1.key': sec1(server.privateKey),
    'params.key': `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1(server.privateKey)}`,
    'encrypted.key': String(server.privateKey.export({ type: 'pkcs8', format: 'pem', ...secret })),
    'legacy.key': String(server.privateKey.export({ type: 'sec1', format: 'pem', ...secret })),
    'other.key': pkcs8(other.privateKey),
    'wide.crt': selfSigned(wide),
    'wide.key': pkcs8(wide.privateKey),
    'rotten.key': rotten(server.privateKey),
    'rare.crt': selfSigned(rare),
    'rare.key': pkcs8(rare.privateKey),
    'rsa.crt': selfSigned(rsa),
    'rsa.key': pkcs8(rsa.privateKey),
    'rsa1.key': String(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })),
    'short.crt': selfSigned(short),
    'short.key': pkcs8(short.privateKey),
    'edwards.crt': selfSigned(edwards),
    'edwards.key': pkcs8(edwards.privateKey),
    'ca.crt': ca,
    'client_selfsigned.pem': ca,
    'client2_selfsigned.pem': ca,
    'chain.crt': crt + ca,
    'chain-damaged.crt': crt + damaged,
    'damaged.crt': damaged,
    'both.pem': key + crt,
    'text.crt': `Subject: CN = localhost\n-----BEGIN is not a header\n${crt}\ntrailing text\n`,
    'crlf.crt': crt.replaceAll('\n', '\r\n'),
    'spaces.crt': crt.replaceAll('\n', ' \t\n'),
    'no-newline.crt': crt.trimEnd(),
    'indented.crt': crt.replace(/^/gm, ' '),
    'headers.crt': crt.replace('-----\n', '-----\nComment: none\n\n'),
    'trusted.crt': crt.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    'der.crt': new X509Certificate(crt).raw,
    'bytes.key': Buffer.from([0x80, 0xff, 0x00]),
    empty: '',
    junk: 'junk\n',
    large: `${' '.repeat(1024 * 1024)}\n`,
  };
}

/** Writes them all, and returns their contents by name. */
export async function writeWebFiles(folder: string): Promise<Record<string, string>> {
  const made = files();
  await mkdir(join(folder, 'folder'));
  await Promise.all(Object.entries(made).map(([name, content]) => writeFile(join(folder, name), content)));
  return Object.fromEntries(Object.entries(made).map(([name, content]) => [name, String(content)]));
}

/** Replaces `{{name}}` with the content of a file in double quotes, and `{{|name}}` with it as a block. */
export function fillIn(text: string, contents: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{([|>]?-?)([\w.-]+)\}\}/g, (_, style: string, name: string) => {
    const content = contents[name] ?? '';
    return style === '' ? JSON.stringify(content) : `${style}\n${content.replace(/^(?=.)/gm, '    ')}`;
  });
}
