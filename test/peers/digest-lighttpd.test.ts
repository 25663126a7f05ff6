// The exporter against the Digest of a real lighttpd: every algorithm it has, and what its nonces do when they age.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import { createDigestSession } from '../../src/http/digest-session.ts';
import type { HttpResponse, Send } from '../../src/model/http.ts';
import {
  allGood,
  allRefused,
  checksOf,
  htdigestLine,
  logFormat,
  parameter,
  scrapeFleet,
  scrapes,
  secret,
  sweeps,
  tally,
  user,
  withServer,
  wrongSecret,
} from './digest-fleet.ts';
import { findPeer, outputOf, type Peer, type PeerFolder, startPeer } from './peer.ts';

interface Variant {
  /** As lighttpd calls them, in the order in which they are offered. */
  algorithms: readonly (keyof typeof hashNames)[];
  realm?: string;
  userhash?: boolean;
  nonceSecret?: boolean;
  /** What every answer of the exporter must look like. */
  answers: RegExp;
}

const hashNames = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;

const variants: Record<string, Variant> = {
  MD5: { algorithms: ['MD5'], answers: /algorithm=MD5,/ },
  'SHA-256': { algorithms: ['SHA-256'], answers: /algorithm=SHA-256,/ },
  'SHA-256 and MD5': { algorithms: ['SHA-256', 'MD5'], answers: /algorithm=SHA-256,/ },
  'MD5 and SHA-256, the weaker first': { algorithms: ['MD5', 'SHA-256'], answers: /algorithm=SHA-256,/ },
  'SHA-512-256': { algorithms: ['SHA-512-256'], answers: /algorithm=SHA-512-256,/ },
  userhash: { algorithms: ['SHA-256'], userhash: true, answers: /username="[0-9a-f]{64}".*userhash=true/ },
  'a realm with a comma': {
    algorithms: ['SHA-256', 'MD5'],
    realm: 'OceanBase Cloud, API=v2',
    answers: /realm="OceanBase Cloud, API=v2"/,
  },
};

const sha256: Variant = { algorithms: ['SHA-256'], answers: /algorithm=SHA-256,/ };

const lighttpd = findPeer('lighttpd');

describe.skipIf(lighttpd.missing)('Digest against lighttpd', () => {
  const serve = (variant: Variant) => (folder: PeerFolder) => startLighttpd(folder, variant);

  it.each(Object.entries(variants))('%s: one instance costs one challenge, ever', async (_title, variant) => {
    const { result, log } = await withServer(serve(variant), 1, ({ url }) => scrapeFleet(url, 1));
    expect(result).toEqual(Array.from({ length: scrapes }, (_, turn) => ({ ...allGood(1), requests: turn + 3 })));
    expect(checksOf(log)).toEqual({ ob0: ['401 200', ...Array<string>(scrapes).fill('200')] });
    expect(log.slice(1).filter(({ authorization }) => !variant.answers.test(authorization))).toEqual([]);
    expect(tally(log).disordered).toEqual([]);
  });

  it.each(Object.entries(variants))(
    '%s: 24 instances at a time cost one challenge per lease',
    async (_title, variant) => {
      const { result, log } = await withServer(serve(variant), 24, ({ url }) => scrapeFleet(url, 24));
      for (const shown of result) expect(shown).toMatchObject(allGood(24));
      const { challenged, ...rest } = tally(log);
      expect(challenged).toBeLessThanOrEqual(24);
      expect(rest).toEqual({ checks: 24 * sweeps, requests: 24 * sweeps + challenged, refused: 0, disordered: [] });
      expect(result.at(-1)?.requests).toBe(log.length);
    },
  );

  it('a wrong password costs two requests per check', async () => {
    const { result, log } = await withServer(serve(sha256), 3, ({ url }) => scrapeFleet(url, 3, wrongSecret));
    expect(result).toEqual(allRefused(3));
    expect(Object.values(checksOf(log)).flat()).toEqual(Array(3 * sweeps).fill('401 401'));
  });

  it('a server that never accepts costs two requests per check', async ({ skip }) => {
    skip(!refusesItsNonces(), 'this lighttpd accepts the nonces that it made with a nonce_secret');
    const { result, log } = await withServer(serve({ ...sha256, nonceSecret: true }), 3, ({ url }) =>
      scrapeFleet(url, 3),
    );
    expect(result).toEqual(allRefused(3));
    expect(Object.values(checksOf(log)).flat()).toEqual(Array(3 * sweeps).fill('401 401'));
  });

  it('a nonce that is stale when it is first used costs one request more', async () => {
    const { result, log } = await withServer(serve(sha256), 1, (server) =>
      exchange(server, 2, (response, turn) => (turn === 0 ? withNonceAged(response, 700) : response)),
    );
    expect(result.map(({ status }) => status)).toEqual([401, 401, 200, 200]);
    expect(result[1]?.headers['www-authenticate']).toContain('stale=true');
    expect(checksOf(log)).toEqual({ ob0: ['401 401 200', '200'] });
  });

  it('a stale lease is renewed by the next challenge', async () => {
    const { result, log } = await withServer(serve(sha256), 1, (server) =>
      exchange(server, 3, (response, turn) => (turn === 1 ? withNextNonce(response, agedNonce(700)) : response)),
    );
    expect(result[2]?.headers['www-authenticate']).toContain('stale=true');
    expect(checksOf(log)).toEqual({ ob0: ['401 200', '401 200', '200'] });
    expect(tally(log).disordered).toEqual([]);
  });

  it('the nextnonce of an ageing nonce is used, from count 1', async () => {
    const { result, log } = await withServer(serve(sha256), 1, (server) =>
      exchange(server, 3, (response, turn) => (turn === 0 ? withNonceAged(response, 560) : response)),
    );
    const next = /nextnonce="([^"]+)"/.exec(result[1]?.headers['authentication-info'] ?? '')?.[1];
    const used = log.map(({ authorization }) => [parameter(authorization, 'nonce'), parameter(authorization, 'nc')]);
    expect(checksOf(log)).toEqual({ ob0: ['401 200', '200', '200'] });
    expect(used.slice(2)).toEqual([
      [next, '00000001'],
      [next, '00000002'],
    ]);
  });
});

async function startLighttpd(folder: PeerFolder, variant: Variant): Promise<Peer> {
  const { algorithms, realm = 'OceanBase', userhash = false, nonceSecret = false } = variant;
  const users = algorithms.map((algorithm) => htdigestLine(hashNames[algorithm], realm, userhash));
  await folder.write('users', users.join(''));
  return startPeer(lighttpd.path, async (port) => {
    const text = `
server.modules = ("mod_auth", "mod_authn_file", "mod_accesslog")
server.document-root = "${folder.path}/root"
server.bind = "127.0.0.1"
server.port = ${port}
mimetype.assign = ("" => "application/json")
accesslog.filename = "${folder.path}/access.log"
accesslog.format = "${logFormat}"
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "${folder.path}/users"
auth.require = ("/" => (
  "method" => "digest",
  "algorithm" => "${algorithms.join('|')}",
  "realm" => "${realm}",
  "require" => "valid-user",
  "userhash" => "${userhash ? 'enable' : 'disable'}",
  ${nonceSecret ? '"nonce_secret" => "of the test",' : ''}
))
`;
    return ['-D', '-f', await folder.write('lighttpd.conf', text)];
  });
}

/** Before 1.4.77 every answer to a nonce that was made with a nonce_secret is refused, without stale. */
function refusesItsNonces(): boolean {
  const version = /lighttpd\/1\.4\.(\d+)/.exec(outputOf(lighttpd.path, ['-v']))?.[1];
  return version !== undefined && Number(version) < 77;
}

/** Requests the document of `ob0` some times in one digest session. @returns every answer, as the server gave it */
async function exchange(
  { url }: Peer,
  times: number,
  forge: (response: HttpResponse, turn: number) => HttpResponse,
): Promise<HttpResponse[]> {
  const http = createHttpClient('peer-test');
  const digest = createDigestSession(randomBytes);
  const answers: HttpResponse[] = [];
  const send: Send = async (prepare) => {
    const answer = await http.send(prepare(), { timeoutMs: 5000, signal: new AbortController().signal });
    answers.push(answer);
    return forge(answer, answers.length - 1);
  };
  try {
    for (let turn = 0; turn < times; turn++) {
      const target = `${url}/api/v2/instances/ob0/security/ssl?requestId=${turn}`;
      await digest(send, { method: 'GET', url: target, headers: {} }, { username: user, password: secret });
    }
    return answers;
  } finally {
    http.close();
  }
}

/** lighttpd's nonce is the time in hex and a hash, and without a nonce_secret it believes the time. */
function agedNonce(seconds: number): string {
  return `${Math.floor(Date.now() / 1000 - seconds).toString(16)}:${'0'.repeat(64)}`;
}

function withNonceAged(response: HttpResponse, seconds: number): HttpResponse {
  const challenge = response.headers['www-authenticate']?.replace(/nonce="[^"]+"/, `nonce="${agedNonce(seconds)}"`);
  return { ...response, headers: { ...response.headers, 'www-authenticate': challenge ?? '' } };
}

function withNextNonce(response: HttpResponse, nonce: string): HttpResponse {
  return { ...response, headers: { ...response.headers, 'authentication-info': `nextnonce="${nonce}"` } };
}
