// The simulated OceanBase Cloud over HTTP: challenges, Digest headers computed here from RFC 7616, envelopes.
import { afterEach, describe, expect, it } from 'vitest';
import { type OceanBaseApiOptions, startOceanBaseApi } from '../../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../../src/demo/simulated-api.ts';
import { parse, send } from '../raw-request.ts';
import { aUuid, type Challenge, type Changes, challengeOf, credential, failure, sendDigest } from './digest-call.ts';

const ssl = { instanceId: 'ob1', enableSSL: 'OPEN', validPeriod: '2026-12-10T04:11:13Z' };
const path = '/api/v2/instances/ob1/security/ssl?requestId=8d7b6f0e-1';

let api: SimulatedApi;
let nowMs: number;

afterEach(() => api.close());

async function start(options: Partial<OceanBaseApiOptions> = {}) {
  nowMs = Date.UTC(2026, 5, 1);
  api = await startOceanBaseApi({
    ...credential,
    instances: [{ id: 'ob1', ssl }],
    now: () => nowMs,
    ...options,
  });
}

const sendAuthenticated = (challenge: Pick<Challenge, 'nonce' | 'opaque'>, changes: Changes = {}) =>
  sendDigest(api.url, challenge, { path, ...changes });

const challenged = async (): Promise<Challenge> => challengeOf(await send(api.url, { path }));

const aNumber: unknown = expect.any(Number);
const aDigest: unknown = expect.stringMatching(/^Digest /);

describe('simulated OceanBase API without valid credentials', () => {
  it('sends one challenge line per algorithm, and a failure envelope', async () => {
    await start();
    const response = await send(api.url, { path });
    expect(challengeOf(response)).toMatchObject({ stale: false, algorithms: ['SHA-256', 'MD5'] });
    expect(failure(response)).toBe('Unauthorized');
  });

  it('offers only the configured algorithms', async () => {
    await start({ algorithms: ['MD5'] });
    const challenge = await challenged();
    expect(challenge.algorithms).toEqual(['MD5']);
    expect((await sendAuthenticated(challenge, { algorithm: 'SHA-256' })).status).toBe(401);
    expect((await sendAuthenticated(challenge, { algorithm: 'MD5' })).status).toBe(200);
  });

  it('refuses a wrong secret without stale', async () => {
    await start();
    expect(challengeOf(await sendAuthenticated(await challenged(), { secret: 'wrong' })).stale).toBe(false);
  });

  it('refuses an upper-case nc', async () => {
    await start();
    expect(challengeOf(await sendAuthenticated(await challenged(), { nc: '0000000A' })).stale).toBe(false);
  });

  it('returns 400 for a uri without the query', async () => {
    await start();
    const response = await sendAuthenticated(await challenged(), { uri: path.split('?')[0]! });
    expect(response.status).toBe(400);
    expect(response.headers['www-authenticate']).toBeUndefined();
  });
});

describe('simulated OceanBase API with valid credentials', () => {
  it.each(['SHA-256', 'MD5'] as const)('by %s sends the data unchanged', async (algorithm) => {
    await start();
    const response = await sendAuthenticated(await challenged(), { algorithm });
    expect(response.status).toBe(200);
    expect(response.headers['date']).toBe('Mon, 01 Jun 2026 00:00:00 GMT');
    expect(response.headers['authentication-info']).toBeUndefined();
    expect(parse(response)).toEqual({
      data: ssl,
      requestId: aUuid,
      success: true,
      server: '10.0.3.17:8080',
      cost: aNumber,
    });
  });

  it('records the path after the instance as action', async () => {
    await start();
    await sendAuthenticated(await challenged());
    expect(api.arrivals).toMatchObject([
      { action: 'security/ssl', instanceId: 'ob1', status: 401, authorization: undefined },
      { action: 'security/ssl', instanceId: 'ob1', status: 200, authorization: aDigest },
    ]);
  });

  it.each([
    ['an unknown instance', 404, 'InstanceNotFound', path.replace('ob1', 'ob2')],
    ['a missing requestId', 400, 'InvalidParameter', path.split('?')[0]!],
    ['another path', 404, 'NotFound', '/api/v2/instances/ob1/security/xyz?requestId=1'],
    ['a broken escape', 404, 'NotFound', path.replace('ob1', '%E0%A4')],
  ])('returns for %s HTTP %d with a failure envelope', async (_case, status, code, target) => {
    await start();
    const response = await sendAuthenticated(await challenged(), { path: target });
    expect(response.status).toBe(status);
    expect(failure(response)).toBe(code);
  });

  it('refuses another method', async () => {
    await start();
    expect((await sendAuthenticated(await challenged(), { method: 'PUT' })).status).toBe(405);
  });

  it('decodes an escaped instance id', async () => {
    await start();
    expect((await sendAuthenticated(await challenged(), { path: path.replace('ob1', 'o%62%31') })).status).toBe(200);
  });

  it('returns the error of an instance', async () => {
    const error = { status: 500, errorCode: 'InternalError', errorMessage: 'failed' };
    await start({ instances: () => [{ id: 'ob1', ssl, error }] });
    const response = await sendAuthenticated(await challenged());
    expect(response.status).toBe(500);
    expect(failure(response)).toBe('InternalError');
  });

  it('requires the project id where one is configured', async () => {
    await start({ projectId: '1234' });
    const challenge = await challenged();
    expect((await sendAuthenticated(challenge)).status).toBe(404);
    const headers = { 'x-ob-project-id': '1234' };
    expect((await sendAuthenticated(challenge, { headers, nc: '00000002' })).status).toBe(200);
    expect((await sendAuthenticated(challenge, { headers: { 'x-ob-project-id': '1' }, nc: '00000003' })).status).toBe(
      404,
    );
  });
});

describe('simulated OceanBase API nonce', () => {
  it('can be reused with a greater count; a replay is refused without stale', async () => {
    await start();
    const challenge = await challenged();
    expect((await sendAuthenticated(challenge, { nc: '00000001' })).status).toBe(200);
    expect((await sendAuthenticated(challenge, { nc: '0000000a' })).status).toBe(200);
    expect(challengeOf(await sendAuthenticated(challenge, { nc: '0000000a' })).stale).toBe(false);
    expect(challengeOf(await sendAuthenticated(challenge, { nc: '00000002' })).stale).toBe(false);
    expect((await sendAuthenticated(challenge, { nc: '0000000b' })).status).toBe(200);
  });

  it('is stale after 300 s, and the new one is accepted', async () => {
    await start();
    const challenge = await challenged();
    nowMs += 299_999;
    expect((await sendAuthenticated(challenge)).status).toBe(200);
    nowMs += 1;
    const next = challengeOf(await sendAuthenticated(challenge, { nc: '00000002' }));
    expect(next.stale).toBe(true);
    expect((await sendAuthenticated(next)).status).toBe(200);
  });

  it('that is stale is refused without stale for a wrong secret', async () => {
    await start({ nonceLifetimeMs: 10 });
    const challenge = await challenged();
    nowMs += 10;
    expect(challengeOf(await sendAuthenticated(challenge, { secret: 'wrong' })).stale).toBe(false);
  });

  it('of another server is refused without stale', async () => {
    await start();
    const { opaque } = await challenged();
    expect(
      challengeOf(await sendAuthenticated({ opaque, nonce: 'dGhpcyBub25jZSB3YXMgbmV2ZXIgb3Vycywgbm90IHI=' })).stale,
    ).toBe(false);
  });

  it('from a challenge with another opaque is refused', async () => {
    await start();
    expect(challengeOf(await sendAuthenticated({ ...(await challenged()), opaque: 'other' })).stale).toBe(false);
  });
});

describe('simulated OceanBase API one-time nonce', () => {
  it('is stale after use, and replaced by the nextnonce of Authentication-Info', async () => {
    await start({ oneTimeNonces: true });
    const first = await challenged();
    let nonce = first.nonce;
    for (let turn = 0; turn < 3; turn += 1) {
      const response = await sendAuthenticated({ ...first, nonce });
      expect(response.status).toBe(200);
      const next = /^nextnonce="([^"]+=)"$/.exec(String(response.headers['authentication-info']))![1]!;
      expect(next).not.toBe(nonce);
      expect(challengeOf(await sendAuthenticated({ ...first, nonce }, { nc: '00000002' })).stale).toBe(true);
      nonce = next;
    }
  });

  it('is stale after a 404, too, which has a nextnonce', async () => {
    await start({ oneTimeNonces: true });
    const response = await sendAuthenticated(await challenged(), { path: path.replace('ob1', 'ob2') });
    expect(response.status).toBe(404);
    expect(response.headers['authentication-info']).toMatch(/^nextnonce=/);
  });
});
