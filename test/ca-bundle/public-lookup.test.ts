// Names that an API reports lead to public addresses only, whatever DNS answers.
import { afterEach, describe, expect, it } from 'vitest';
import { createPublicLookup, isPublicAddress } from '../../src/ca-bundle/public-lookup.ts';
import { createHttpClient } from '../../src/http/client.ts';
import { readProxies } from '../../src/http/proxy.ts';
import { closeAll, serveHttp } from '../http/loopback.ts';
import { startProxy, startTlsFront, testCa } from '../support/proxy.ts';

afterEach(closeAll);

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1', '223.255.255.255'])(
    'takes %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each(['2606:4700::1111', '2400:3200::1', '2a00:1450:4001::200e'])('takes %s', (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.0.23',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('createPublicLookup', () => {
  it('leaves out the private addresses of a name', async () => {
    const lookup = createPublicLookup(async () => ['10.0.0.1', '8.8.8.8', '::1', '2606:4700::1111']);
    expect(await lookup('ca.example.com')).toEqual(['8.8.8.8', '2606:4700::1111']);
  });

  it('fails for a name without a public address, and says what to set', async () => {
    await expect(createPublicLookup(async () => ['10.0.0.1', '::1'])('ca.example.com')).rejects.toMatchObject({
      reason: 'bad_response',
      message: expect.stringMatching(/ca\.example\.com has no public address; set ca_bundle\.allow_private/) as string,
    });
  });

  it.each(['127.0.0.1', '10.0.0.4', '::1', 'localhost'])(
    'leaves %s as it is, which was allowed literally',
    async (host) => {
      expect(await createPublicLookup(async () => ['127.0.0.1'])(host)).toEqual(['127.0.0.1']);
    },
  );
});

describe('a client with it', () => {
  const options = () => ({ timeoutMs: 5000, signal: new AbortController().signal, ca: testCa });
  const request = (url: string) => ({ method: 'GET', url, headers: {} }) as const;

  it('connects to no private address, also when DNS answers differently the second time', async () => {
    const server = await serveHttp((_, response) => void response.end('inside'));
    const answers = [['8.8.8.8'], ['127.0.0.1']];
    // The first look-up, of a validation before the request, would have found a public address.
    const lookup = async () => answers.shift() ?? ['127.0.0.1'];
    await lookup();
    const client = createHttpClient('test/1', undefined, lookup, createPublicLookup(lookup));
    const { port } = new URL(server.url);
    await expect(client.send(request(`http://ca.example.com:${port}/`), options())).rejects.toMatchObject({
      reason: 'bad_response',
    });
    expect(server.connections.total).toBe(0);
    client.close();
  });

  it('uses a proxy at a private address, which resolves the name itself', async () => {
    const server = await serveHttp((_, response) => void response.end('outside'));
    const front = await startTlsFront(server.url);
    const proxy = await startProxy(() => front.port);
    const lookup = async (host: string) => [host];
    const client = createHttpClient(
      'test/1',
      readProxies({ HTTPS_PROXY: `http://${proxy.host}` }),
      lookup,
      createPublicLookup(lookup),
    );
    const { body } = await client.send(request('https://api.test/ca.zip'), options());
    expect(String(Buffer.from(body))).toBe('outside');
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(['api.test:443']);
    client.close();
    await Promise.all([front.close(), proxy.close()]);
  });
});
