// The content of a `ca_file`: certificates and comments; no CA is left out in silence.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCaFile } from '../../src/config/ca-file.ts';
import { createCertificate } from '../support/certificates.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const [good = '', other = ''] = ['a', 'b'].map((name) =>
  createCertificate({ name, publicKey, signedWith: privateKey }),
);
const body = other.replaceAll(/-----.*-----\n/g, '');

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'ca-file-'))));
afterAll(async () => await rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'ca.pem');
  await writeFile(path, text);
  return await readCaFile({ path, name: path });
}

describe('a CA file', () => {
  it.each([
    ['certificates alone', good + other],
    ['CRLF', (good + other).replaceAll('\n', '\r\n')],
    [
      'comments as in the bundles of systems',
      `# Issuer: CN=a O=A
# SHA256: ${'0a'.repeat(32)}
A
${'='.repeat(70)}
${good}
Bag Attributes
    localKeyID: 01
subject=CN = b
        Signature Value:
            ${'9f:'.repeat(18)}
${other}-- the end --
`,
    ],
  ])('is read with %s', async (_what, text) => {
    const { pem } = await read(text);
    expect(pem.match(/BEGIN/g)).toHaveLength(2);
  });

  it.each([
    ['a cut off certificate after a good one', good + other.slice(0, 120)],
    ['a cut off certificate before a good one', other.slice(0, 120) + good],
    ['4 dashes in the marks of one', good + other.replaceAll('-----', '----')],
    ['4 dashes in the BEGIN line of one', good + other.replace('-----BEGIN', '----BEGIN')],
    ['a certificate without its BEGIN line', good + other.replace(/-----BEGIN.*\n/, '')],
    ['a certificate without its marks', good + body],
    ['a PKCS#7 bundle', `${good}-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n`],
    ['a trusted certificate of OpenSSL', good + other.replaceAll(' CERT', ' TRUSTED CERT')],
  ])('is refused with %s, without its content', async (_what, text) => {
    const failure = await read(text).catch(({ message }: Error) => message);
    expect(failure).toMatch(/^the CA file \S+ has .*; copy it again$/);
    expect(failure).not.toContain(body.slice(0, 20));
  });
});
