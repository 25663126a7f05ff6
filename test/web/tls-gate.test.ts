import { generateKeyPairSync } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../src/model/log.ts';
import { type Listening, listen } from '../../src/web/listen.ts';
import { addTls } from '../../src/web/tls-gate.ts';
import type { TlsSettings } from '../../src/web-config/web-config.ts';
import { createCertificate } from '../support/certificates.ts';
import { allowedSan, clientAuthTable, clients, createCertificates } from '../support/client-auth.ts';
import { ask } from '../support/https.ts';

const certificates = createCertificates();
const { ca, server } = certificates;
const plain: TlsSettings = {
  ...server,
  clientCa: ca,
  clientAuth: 'NoClientCert',
  allowedSans: undefined,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  curves: undefined,
};

const started: Listening[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(started.splice(0).map((listening) => listening.close(0)));
});

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A server that responds `ok` by default. @returns its port */
async function start(
  latest: () => Promise<TlsSettings>,
  log = quiet,
  handler: RequestListener = (_request, response) => response.end('ok'),
): Promise<number> {
  const listening = await listen({
    handler,
    addresses: [{ host: '127.0.0.1', port: 0 }],
    encrypt: (http) => addTls(http, latest, log),
    onAcceptError: () => undefined,
  });
  started.push(listening);
  return Number(listening.addresses[0]?.split(':')[1]);
}

const startWith = (settings: Partial<TlsSettings>) => start(() => Promise.resolve({ ...plain, ...settings }));

/** `ok`, or `refused`: in the handshake or right after it. */
async function outcome(port: number, options: object = {}): Promise<string> {
  return await ask(`https://localhost:${port}/`, { ca, ...options }).then(
    ({ body }) => body,
    () => 'refused',
  );
}

describe.each(clientAuthTable)('$mode, client_allowed_sans: $sans', ({ mode, sans, accepted }) => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('accepts exactly the permitted clients over %s', async (version) => {
    const port = await startWith({ clientAuth: mode, allowedSans: sans ? [allowedSan] : undefined });
    const outcomes = await Promise.all(
      clients.map(async (name) => ({
        name,
        outcome: await outcome(port, { ...certificates.clients[name], minVersion: version, maxVersion: version }),
      })),
    );
    expect(outcomes).toEqual(clients.map((name) => ({ name, outcome: accepted.includes(name) ? 'ok' : 'refused' })));
  });
});

describe('client certificates', () => {
  it.each(['', 'junk', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'are all refused when client_ca contains no certificate (case %#)',
    async (clientCa) => {
      const port = await startWith({ clientAuth: 'RequireAndVerifyClientCert', clientCa });
      expect(await outcome(port, certificates.clients.good)).toBe('refused');
    },
  );

  it('are verified with every CA of a bundle', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = createCertificate({ name: 'other', publicKey, signedWith: privateKey, authority: true });
    const port = await startWith({
      clientAuth: 'RequireAndVerifyClientCert',
      clientCa: `# other\n${other}# ours\n${ca}`,
    });
    expect(await outcome(port, certificates.clients.good)).toBe('ok');
  });

  it('are verified by the public CAs without client_ca', async () => {
    const port = await startWith({ clientAuth: 'RequireAndVerifyClientCert', clientCa: undefined });
    expect(await outcome(port, certificates.clients.good)).toBe('refused');
  });

  it('are verified again after client_ca has changed, also in resumed sessions', async () => {
    let settings: TlsSettings = { ...plain, clientAuth: 'RequireAndVerifyClientCert' };
    const port = await start(() => Promise.resolve(settings));
    let session: Buffer | undefined;
    const request = async () => {
      const socket = tlsConnect({ port, ca, host: 'localhost', ...certificates.clients.good, session });
      socket.on('session', (ticket) => {
        session = ticket;
      });
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      const resumed = socket.isSessionReused();
      socket.destroy();
      return [String(answer).split('\r\n')[0], resumed];
    };
    expect(await request()).toEqual(['HTTP/1.1 200 OK', false]);
    expect(await request()).toEqual(['HTTP/1.1 200 OK', true]);
    settings = { ...settings, clientCa: createCertificates().ca };
    expect(await outcome(port, { ...certificates.clients.good, session })).toBe('refused');
  });
});

describe('versions', () => {
  it.each([
    ['TLSv1.2', 'TLSv1.3', ['TLSv1.2', 'TLSv1.3']],
    ['TLSv1.3', 'TLSv1.3', ['TLSv1.3']],
    ['TLSv1', 'TLSv1.1', ['TLSv1', 'TLSv1.1']],
    ['TLSv1', 'TLSv1.3', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
    ['TLSv1.3', 'TLSv1.2', []],
  ] as const)('from %s to %s are spoken', async (minVersion, maxVersion, spoken) => {
    const port = await startWith({ minVersion, maxVersion });
    for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
      const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
      const expected = (spoken as readonly string[]).includes(version) ? 'ok' : 'refused';
      expect({ version, outcome: await outcome(port, options) }).toEqual({ version, outcome: expected });
    }
  });

  it.each([
    ['TLSv1.2', 'TLSv1.2', 'refused'],
    ['TLSv1', 'TLSv1.2', 'refused'],
    ['TLSv1', 'TLSv1.3', 'ok'],
  ] as const)(
    'from %s to %s without a suite for TLS 1.2: a client of TLS 1.3 is %s',
    async (minVersion, maxVersion, expected) => {
      const port = await startWith({ minVersion, maxVersion, ciphers: [] });
      expect(await outcome(port)).toBe(expected);
      expect(await outcome(port, { maxVersion: 'TLSv1.2' })).toBe('refused');
    },
  );
});

describe('suites, curves and protocols', () => {
  it('that are not chosen are those of Go: none without forward secrecy', async () => {
    const port = await startWith({});
    const maxVersion = 'TLSv1.2';
    for (const cipher of ['AES128-GCM-SHA256', 'AES256-SHA', 'ECDHE-ECDSA-AES128-CCM', 'ECDHE-ECDSA-AES128-SHA256']) {
      expect({ cipher, outcome: await outcome(port, { ciphers: cipher, maxVersion }) }).toEqual({
        cipher,
        outcome: 'refused',
      });
    }
    expect(await outcome(port, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion })).toBe('ok');
    for (const curve of ['X25519', 'P-256', 'P-384', 'P-521']) {
      expect({ curve, outcome: await outcome(port, { ecdhCurve: curve }) }).toEqual({ curve, outcome: 'ok' });
    }
    expect(await outcome(port, { ecdhCurve: 'X448' })).toBe('refused');
  });

  it('are those of the settings', async () => {
    const cipher = 'ECDHE-ECDSA-AES256-SHA';
    const port = await startWith({ ciphers: [cipher], curves: ['P-384'], maxVersion: 'TLSv1.2' });
    const socket = tlsConnect({ port, ca, host: 'localhost', ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    const key = socket.getEphemeralKeyInfo() as { name: string };
    expect([socket.getCipher().name, key.name, socket.alpnProtocol]).toEqual([cipher, 'secp384r1', 'http/1.1']);
    socket.destroy();
    expect(await outcome(port, { ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toBe('refused');
    expect(await outcome(port, { ecdhCurve: 'P-256' })).toBe('refused');
  });
});

describe('each new connection', () => {
  it('gets the certificate of the moment, and those that are open go on', async () => {
    let settings = plain;
    const port = await start(() => Promise.resolve(settings));
    const serial = async () => {
      const socket = tlsConnect({ port, ca, host: 'localhost' });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      return { socket, serialNumber };
    };
    const first = await serial();
    settings = { ...plain, ...certificates.issue({ name: 'localhost', sans: ['DNS:localhost'] }) };
    const second = await serial();
    expect(second.serialNumber).not.toBe(first.serialNumber);
    for (const { socket } of [first, second]) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      expect(String(await once(socket, 'data'))).toContain('200 OK');
      socket.destroy();
    }
  });
});

describe('what is no TLS', () => {
  it.each(['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'G', 'POST /-/reload HTTP/1.1\r\n'])(
    '%j gets a 400 response',
    async (bytes) => {
      const port = await startWith({});
      const socket = connect(port, '127.0.0.1');
      socket.write(bytes);
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toMatch(
        /^HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\nClient sent an HTTP request to an HTTPS server\.\n$/s,
      );
    },
  );

  it.each([
    ['noise', Buffer.from([0, 1, 2, 3, 4, 5, 6, 7])],
    ['the beginning of a handshake and nonsense', Buffer.from([0x16, 3, 1, 0, 5, 1, 1, 1, 1, 1])],
  ])('%s ends the connection, and is no more than a debug line', async (_, bytes) => {
    const lines: string[] = [];
    const errors: unknown[] = [];
    const loud = (message: string) => void lines.push(message);
    const debug: Log['debug'] = (_message, fields) => void errors.push(fields?.['error']);
    const port = await start(() => Promise.resolve(plain), { debug, info: loud, warn: loud, error: loud });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.end(bytes);
    await once(socket, 'close');
    expect(await outcome(port)).toBe('ok');
    expect(lines).toEqual([]);
    expect(errors).not.toContain('ERR_TLS_HANDSHAKE_TIMEOUT');
  });
});

describe('closing', () => {
  it('waits for the request in progress, not for idle connections', async () => {
    // Their time does not run out.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const asked = new EventEmitter<{ request: [ServerResponse] }>();
    const port = await start(
      () => Promise.resolve(plain),
      quiet,
      (_request, response) => {
        asked.emit('request', response);
      },
    );
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    const request = once(asked, 'request') as Promise<[ServerResponse]>;
    const answer = outcome(port);
    const [response] = await request;
    const cut = once(silent.resume(), 'close');
    const closed = started.splice(0)[0]?.close(60_000);
    await cut;
    response.end('late');
    expect(await answer).toBe('late');
    await closed;
  });

  it('cuts a handshake that does not go on', async () => {
    const errors: unknown[] = [];
    const port = await start(() => Promise.resolve(plain), {
      ...quiet,
      debug: (_message, fields) => void errors.push(fields?.['error']),
    });
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => socket.write(Buffer.from([0x16, 3, 1]), resolve));
    // What was sent before is read before.
    expect(await outcome(port)).toBe('ok');
    await started.splice(0)[0]?.close(1);
    await closed;
    expect(errors).not.toContain('ERR_TLS_HANDSHAKE_TIMEOUT');
  });
});
