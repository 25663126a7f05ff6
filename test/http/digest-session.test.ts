// Digest over real HTTP: how many requests it costs, for each behaviour of a server.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { createHttpClient } from '../../src/http/client.ts';
import { createDigestSession, type DigestSend } from '../../src/http/digest-session.ts';
import { Failure } from '../../src/model/failure.ts';
import type { HttpClient, HttpResponse, Send } from '../../src/model/http.ts';
import { type Behaviour, type DigestServer, startDigestServer, username } from './digest-server.ts';
import { closeAll } from './loopback.ts';

let server: DigestServer;
let client: HttpClient;
let digest: DigestSend;
const good = { username, password: 'secret' };

beforeEach(() => {
  client = createHttpClient('test/1');
  digest = createDigestSession(randomBytes);
});

afterEach(async () => {
  client.close();
  await closeAll();
});

async function start(behaviour: Behaviour = {}): Promise<void> {
  server = await startDigestServer(behaviour);
}

const send: Send = (prepare) => client.send(prepare(), { timeoutMs: 5000, signal: new AbortController().signal });

function get(path = '/x?requestId=1', credentials = good, through: Send = send): Promise<HttpResponse> {
  return digest(through, { method: 'GET', url: server.url + path, headers: {} }, credentials);
}

const statuses = () => server.exchanges.map(({ status }) => status);

/** The statuses that the server returned since the last call. */
function since(): number[] {
  const now = statuses();
  server.exchanges.length = 0;
  return now;
}

/** Sends N requests; the server responds only when all N have arrived with a valid nonce. */
async function together(count: number): Promise<number[]> {
  const held: (() => void)[] = [];
  server.behaviour.intercept = (_request, response) => {
    held.push(() => response.end('{}'));
    if (held.length === count) for (const release of held) release();
    return true;
  };
  const responses = await Promise.all(Array.from({ length: count }, (_, index) => get(`/together/${index}`)));
  delete server.behaviour.intercept;
  return responses.map(({ status }) => status);
}

describe('Digest nonce', () => {
  it.each<Behaviour>([
    {},
    { algorithm: 'MD5' },
    { algorithm: 'MD5-sess' },
    { algorithm: 'SHA-256-sess' },
    { qop: 'none' },
    { qop: 'none', algorithm: 'SHA-256-sess' },
    { realm: 'OceanBase 云数据库, Größe' },
  ])('is reused preemptively: N requests cost N + 1 with %j', async (behaviour) => {
    await start(behaviour);
    for (let turn = 0; turn < 20; turn++) expect((await get()).status).toBe(200);
    expect(statuses()).toEqual([401, ...Array<number>(20).fill(200)]);
  });

  it('nc counts from 1, in hex, with one cnonce per nonce', async () => {
    await start();
    for (let turn = 0; turn < 17; turn++) await get();
    const [first, ...rest] = server.exchanges;
    expect(first).toMatchObject({ nonce: '', nc: '' });
    expect(rest.map(({ nc }) => nc)).toEqual(rest.map((_, index) => (index + 1).toString(16).padStart(8, '0')));
    expect(new Set(rest.map(({ cnonce }) => cnonce)).size).toBe(1);
    expect(rest[0]?.cnonce).toMatch(/^[0-9a-f]{16,}$/);
  });

  it('a stale nonce costs one more request, and nc restarts at 1', async () => {
    await start();
    await get();
    server.dropNonces();
    since();
    expect((await get()).status).toBe(200);
    expect(server.exchanges.map(({ status, nc }) => [status, nc])).toEqual([
      [401, '00000002'],
      [200, '00000001'],
    ]);
  });

  it('a reused nonce that is refused without stale is replaced once, and the request succeeds', async () => {
    await start({ omitsStale: true });
    await get();
    server.dropNonces();
    since();
    expect((await get()).status).toBe(200);
    expect(since()).toEqual([401, 200]);
    expect((await get()).status).toBe(200);
    expect(since()).toEqual([200]);
  });

  it('the nextnonce of Authentication-Info replaces a one-time nonce', async () => {
    await start({ oneTime: true });
    for (let turn = 0; turn < 10; turn++) expect((await get()).status).toBe(200);
    expect(statuses()).toEqual([401, ...Array<number>(10).fill(200)]);
    expect(new Set(server.exchanges.map(({ nonce }) => nonce)).size).toBe(11);
    expect(server.exchanges.slice(1).every(({ nc }) => nc === '00000001')).toBe(true);
  });
});

describe('Digest with concurrent requests', () => {
  it('costs one challenge per concurrent request, once', async () => {
    await start();
    expect(await together(8)).toEqual(Array(8).fill(200));
    expect(server.exchanges.filter(({ status }) => status === 401)).toHaveLength(8);
    since();
    expect(await together(8)).toEqual(Array(8).fill(200));
    expect(server.exchanges.filter(({ status }) => status === 401)).toHaveLength(0);
  });

  it('never shares a nonce between requests', async () => {
    await start();
    await together(8);
    since();
    await together(8);
    expect(new Set(server.exchanges.map(({ nonce }) => nonce)).size).toBe(8);
  });

  it('costs no additional requests with one-time nonces', async () => {
    await start({ oneTime: true });
    await Promise.all(Array.from({ length: 8 }, () => get()));
    const challenges = since().filter((status) => status === 401).length;
    expect(challenges).toBeLessThanOrEqual(8);
    const responses = await Promise.all(Array.from({ length: challenges }, () => get()));
    expect(responses.map(({ status }) => status)).toEqual(Array(challenges).fill(200));
    expect(since()).toEqual(Array(challenges).fill(200));
  });
});

describe('Digest with wrong credentials', () => {
  it('costs exactly two requests without a cached nonce', async () => {
    await start({ password: 'other' });
    expect((await get()).status).toBe(401);
    expect(statuses()).toEqual([401, 401]);
    expect(server.exchanges.map(({ nonce }) => nonce !== '')).toEqual([false, true]);
  });

  it('costs exactly two requests with a cached nonce', async () => {
    await start();
    await get();
    server.behaviour.password = 'changed';
    since();
    expect((await get()).status).toBe(401);
    expect(since()).toEqual([401, 401]);
  });

  it('costs exactly two requests for each further call', async () => {
    await start({ password: 'other' });
    for (let turn = 0; turn < 3; turn++) {
      await get();
      expect(since()).toEqual([401, 401]);
    }
  });

  it('succeeds again once the credentials are accepted', async () => {
    await start({ password: 'other' });
    await get();
    server.behaviour.password = 'secret';
    since();
    expect((await get()).status).toBe(200);
    expect(since()).toEqual([401, 200]);
  });
});

describe('Digest gives up', () => {
  // stale=true means that the credential is valid, so the reason must not be auth.
  it('as unavailable after three requests when the server always sends stale=true', async () => {
    await start({ password: 'other', alwaysStale: true });
    await expect(get()).rejects.toMatchObject({ name: 'Failure', reason: 'unavailable' });
    expect(statuses()).toEqual([401, 401, 401]);
  });

  it('as unavailable after three requests when a cached nonce is refused with stale=true each time', async () => {
    await start();
    await get();
    server.behaviour.password = 'changed';
    server.behaviour.alwaysStale = true;
    since();
    await expect(get()).rejects.toMatchObject({ name: 'Failure', reason: 'unavailable' });
    expect(since()).toEqual([401, 401, 401]);
  });

  it('and drops the nonce: the next request has no Authorization', async () => {
    await start({ password: 'other', alwaysStale: true });
    await expect(get()).rejects.toBeInstanceOf(Failure);
    Object.assign(server.behaviour, { password: 'secret', alwaysStale: false });
    server.exchanges.length = 0;
    expect((await get()).status).toBe(200);
    expect(server.exchanges.map(({ nonce }) => nonce !== '')).toEqual([false, true]);
  });

  it('after one request when the server offers no supported challenge', async () => {
    await start();
    const basic: Send = async (prepare) => {
      const response = await send(prepare);
      return { ...response, headers: { ...response.headers, 'www-authenticate': 'Basic realm="r"' } };
    };
    expect((await get('/x', good, basic)).status).toBe(401);
    expect(statuses()).toEqual([401]);
  });
});

describe('Digest nonce is released', () => {
  it('after a broken connection', async () => {
    await start();
    await get();
    server.behaviour.intercept = (request) => {
      request.socket.resetAndDestroy();
      return true;
    };
    await expect(get()).rejects.toBeInstanceOf(Failure);
    delete server.behaviour.intercept;
    since();
    expect((await get()).status).toBe(200);
    // The broken request has used a count, which the next one must not repeat.
    expect(server.exchanges.map(({ status, nc }) => [status, nc])).toEqual([[200, '00000003']]);
  });

  it('after a response other than 200', async () => {
    await start();
    server.behaviour.intercept = (_request, response) => {
      response.writeHead(500).end();
      return true;
    };
    expect((await get()).status).toBe(500);
    delete server.behaviour.intercept;
    since();
    expect((await get()).status).toBe(200);
    expect(since()).toEqual([200]);
  });

  it('after an aborted request', async () => {
    await start();
    await get();
    const abort = new AbortController();
    server.behaviour.intercept = () => {
      abort.abort();
      return true;
    };
    const aborting: Send = (prepare) => client.send(prepare(), { timeoutMs: 5000, signal: abort.signal });
    await expect(get('/x', good, aborting)).rejects.toMatchObject({ name: 'AbortError' });
    delete server.behaviour.intercept;
    since();
    expect((await get()).status).toBe(200);
    expect(since()).toEqual([200]);
  });

  it('and leased only when the request is sent: a queued request holds none', async () => {
    await start();
    await get();
    let leave!: () => void;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const waiting = get('/waiting', good, async (prepare) => {
      await turn;
      return send(prepare);
    });
    since();
    expect((await get()).status).toBe(200);
    expect(since()).toEqual([200]);
    leave();
    expect((await waiting).status).toBe(200);
    expect(since()).toEqual([200]);
  });
});

describe('Digest after a change of credentials', () => {
  it('does not reuse nonces of the old credentials', async () => {
    await start();
    await get();
    server.behaviour.password = 'rotated';
    since();
    expect((await get('/x', { username, password: 'rotated' })).status).toBe(200);
    expect(server.exchanges.map(({ status, nonce }) => [status, nonce === ''])).toEqual([
      [401, true],
      [200, false],
    ]);
  });

  it('drops the nonce of an old request that finishes later', async () => {
    await start();
    let respond!: () => void;
    const arrived = new Promise<void>((resolve) => {
      server.behaviour.intercept = (_request, response) => {
        respond = () => response.end('{}');
        resolve();
        return true;
      };
    });
    const old = get('/old');
    await arrived;
    delete server.behaviour.intercept;
    server.behaviour.password = 'rotated';
    const fresh = { username, password: 'rotated' };
    await get('/new', fresh);
    respond();
    await old;
    since();
    await Promise.all([get('/a', fresh), get('/b', fresh)]);
    // One nonce is cached, so the other request starts without one, not with the old one.
    expect(server.exchanges.filter(({ nonce }) => nonce === '')).toHaveLength(1);
  });
});

describe('Digest request', () => {
  it.each(['/x?requestId=1&a=%27b%27&c=%2F', '/api/v2/instances/a%2Fb/security/ssl?requestId=ü', '/x', '/x?a=1&a=2'])(
    'has the request target byte for byte as uri: %s',
    async (path) => {
      await start();
      expect((await get(path)).status).toBe(200);
      const target = new URL(server.url + path);
      expect(server.exchanges.map((exchange) => exchange.target)).toEqual(
        Array(2).fill(target.href.slice(target.origin.length)),
      );
    },
  );

  it('has the headers of the caller in addition to Authorization', async () => {
    await start();
    const seen: unknown[] = [];
    server.behaviour.intercept = (request) => {
      seen.push(request.headers['x-project'], request.headers['user-agent']);
      return false;
    };
    await digest(send, { method: 'GET', url: `${server.url}/x`, headers: { 'X-Project': '12' } }, good);
    expect(seen).toEqual(['12', 'test/1']);
  });

  it.each([{ algorithms: ['SHA-256', 'MD5'] }, { algorithms: ['MD5'] }, { oneTimeNonces: true }] as const)(
    'to the simulated OceanBase API with %j: N requests cost N + 1',
    async (options) => {
      const api = await startOceanBaseApi({
        accessKeyId: 'ak:"1"',
        accessKeySecret: 'sk, "2"\\:',
        instances: [{ id: 'ob1', ssl: {} }],
        ...('algorithms' in options ? { algorithms: [...options.algorithms] } : options),
      });
      try {
        for (let turn = 0; turn < 5; turn++) {
          const url = `${api.url}/api/v2/instances/ob1/security/ssl?requestId=${turn}`;
          const credentials = { username: 'ak:"1"', password: 'sk, "2"\\:' };
          expect((await digest(send, { method: 'GET', url, headers: {} }, credentials)).status).toBe(200);
        }
        expect(api.arrivals.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200, 200]);
      } finally {
        await api.close();
      }
    },
  );
});
