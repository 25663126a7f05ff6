// The simulated Tencent Cloud: which requests it accepts, and each reason to refuse one.
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SimulatedApi } from '../../../src/demo/simulated-api.ts';
import {
  type PostgresApiOptions,
  type PostgresInstance,
  startPostgresApi,
} from '../../../src/demo/tencent/postgres-api.ts';
import { record, send } from '../raw-request.ts';
import { type Changes, credential, error, nowMs, response, signedCall } from './signed-call.ts';

const orders: PostgresInstance = {
  id: 'postgres-orders',
  region: 'ap-guangzhou',
  sslEnabled: true,
  caUrl: 'https://ca.example.com/ca.zip',
  connectAddress: '10.0.0.4',
  caCert: 'PEM',
  keys: [
    { id: 'key-1', alias: 'data', region: 'ap-guangzhou', enabled: true, createTime: '2025-05-01 10:00:00' },
    {
      id: 'key-2',
      alias: 'old',
      region: 'ap-guangzhou',
      enabled: false,
      createTime: '2024-05-01 10:00:00',
      kmsClusterId: 'hsm-1',
    },
  ],
};

let api: SimulatedApi;

afterEach(() => api.close());

async function start(options: Partial<PostgresApiOptions> = {}) {
  api = await startPostgresApi({ ...credential, instances: [orders], now: () => nowMs, ...options });
}

const call = (changes?: Changes) => signedCall(api.url, changes);

const aString: unknown = expect.any(String);
const aCiphertext: unknown = expect.stringMatching(/^DEKCIPHER.{80}/);
const aSignature: unknown = expect.stringMatching(/^TC3-HMAC-SHA256 /);

/** The signer of the vendor's SDK: CommonJS, which the test runner and Node import differently. */
function vendorSigner() {
  const loaded: unknown = createRequire(import.meta.url)('tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js');
  const { default: signer } = record(loaded);
  if (!isSigner(signer)) throw new TypeError('the SDK has no sign3');
  return signer;
}

function isSigner(value: unknown): value is { sign3(parts: Record<string, unknown>): string } {
  return typeof value === 'function' && 'sign3' in value;
}

describe('simulated Tencent API, signed request', () => {
  it('returns the SSL configuration', async () => {
    await start();
    expect(response(await call())).toEqual({
      SSLEnabled: true,
      CAUrl: 'https://ca.example.com/ca.zip',
      ConnectAddress: '10.0.0.4',
      CACert: 'PEM',
      RequestId: aString,
    });
  });

  it('returns empty strings while SSL is off, and no CACert where there is none', async () => {
    const { caCert: _, ...off } = { ...orders, sslEnabled: false };
    await start({ instances: () => [off] });
    expect(response(await call())).toEqual({
      SSLEnabled: false,
      CAUrl: '',
      ConnectAddress: '',
      RequestId: aString,
    });
  });

  it('returns the keys, with the space before KeyId and the ciphertext', async () => {
    await start();
    expect(response(await call({ action: 'DescribeEncryptionKeys' }))['EncryptionKeys']).toEqual([
      {
        KeyId: ' key-1',
        KeyAlias: 'data',
        DEKCipherTextBlob: aCiphertext,
        IsEnabled: 1,
        KeyRegion: 'ap-guangzhou',
        CreateTime: '2025-05-01 10:00:00',
        KMSClusterId: '',
      },
      expect.objectContaining({ KeyId: ' key-2', IsEnabled: 0, KMSClusterId: 'hsm-1' }),
    ]);
  });

  it('may sign additional headers', async () => {
    await start();
    expect(error(await call({ signedNames: ['content-type', 'host', 'x-tc-action'] }))).toBeUndefined();
  });

  it("may be signed by the vendor's SDK", async () => {
    await start();
    const body = JSON.stringify({ DBInstanceId: 'postgres-orders' });
    const timestamp = Math.floor(nowMs / 1000);
    const authorization = vendorSigner().sign3({
      ...credential,
      method: 'POST',
      url: 'https://postgres.tencentcloudapi.com/',
      payload: Buffer.from(body),
      timestamp,
      service: 'postgres',
      multipart: false,
      boundary: '',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(
      error(await call({ headers: { host: 'postgres.tencentcloudapi.com' }, tampered: { authorization } })),
    ).toBeUndefined();
  });

  it('is recorded, over keep-alive connections', async () => {
    await start();
    await call();
    const { headers } = await call({ action: 'DescribeEncryptionKeys', tampered: { authorization: undefined } });
    expect(headers['keep-alive']).toBe('timeout=60');
    expect(api.connections).toEqual({ open: 1, peak: 1, total: 1 });
    expect(api.arrivals).toMatchObject([
      {
        action: 'DescribeDBInstanceSSLConfig',
        instanceId: 'postgres-orders',
        status: 200,
        authorization: aSignature,
      },
      { action: 'DescribeEncryptionKeys', instanceId: 'postgres-orders', status: 200, authorization: undefined },
    ]);
    expect(api.arrivals[1]!.atMs).toBeGreaterThanOrEqual(api.arrivals[0]!.atMs);
  });
});

describe('simulated Tencent API refusal', () => {
  const cases: [why: string, code: string, changes: Changes][] = [
    ['another version', 'NoSuchVersion', { headers: { 'x-tc-version': '2018-01-01' } }],
    ['an unknown action', 'InvalidAction', { action: 'ModifyDBInstanceSSLConfig' }],
    ['the name of a built-in property', 'InvalidAction', { action: 'constructor' }],
    ['no action', 'MissingParameter', { headers: { 'x-tc-action': undefined } }],
    ['no region', 'MissingParameter', { headers: { 'x-tc-region': undefined } }],
    [
      "another region than the instance's",
      'ResourceNotFound.InstanceNotFoundError',
      { headers: { 'x-tc-region': 'ap-tokyo' } },
    ],
    ['an unknown instance', 'ResourceNotFound.InstanceNotFoundError', { body: '{"DBInstanceId":"postgres-unknown"}' }],
    ['no instance', 'MissingParameter', { body: '{}' }],
    ['a parameter that the action does not have', 'UnknownParameter', { body: '{"DBInstanceId":"a","Limit":1}' }],
    ['a body that is not JSON', 'InvalidRequest', { body: 'DBInstanceId=postgres-orders' }],
    ['another content type', 'InvalidRequest', { headers: { 'content-type': 'text/plain' } }],
    ['a timestamp 301 s old', 'AuthFailure.SignatureExpire', { timestampMs: nowMs - 301_000 }],
    ['a timestamp 301 s ahead', 'AuthFailure.SignatureExpire', { timestampMs: nowMs + 301_000 }],
    ['a malformed timestamp', 'AuthFailure.SignatureExpire', { tampered: { 'x-tc-timestamp': `${nowMs / 1000}.0` } }],
    ['no authorization', 'AuthFailure.InvalidAuthorization', { tampered: { authorization: undefined } }],
    ['an unsigned host', 'AuthFailure.InvalidAuthorization', { signedNames: ['content-type'] }],
    ['an unsigned content type', 'AuthFailure.InvalidAuthorization', { signedNames: ['host'] }],
    ['an unknown secret id', 'AuthFailure.SecretIdNotFound', { secretId: 'AKIDother' }],
    ['a wrong secret key', 'AuthFailure.SignatureFailure', { secretKey: 'wrong' }],
    ['another service in the scope', 'AuthFailure.SignatureFailure', { service: 'cvm' }],
    [
      'a date that is not the UTC date of the timestamp',
      'AuthFailure.SignatureFailure',
      { scope: '2026-02-01/postgres/tc3_request' },
    ],
    ['a service that was not signed', 'AuthFailure.SignatureFailure', { scope: '2026-01-31/cvm/tc3_request' }],
    [
      'a host signed without its port',
      'AuthFailure.SignatureFailure',
      { headers: { host: '127.0.0.1' }, tampered: { host: '127.0.0.1:1' } },
    ],
    ['another body than the signed one', 'AuthFailure.SignatureFailure', { tamperedBody: '{"DBInstanceId":"b"}' }],
    [
      'another timestamp than the signed one',
      'AuthFailure.SignatureFailure',
      { tampered: { 'x-tc-timestamp': String(nowMs / 1000 - 1) } },
    ],
    [
      'another content type than the signed one',
      'AuthFailure.SignatureFailure',
      { tampered: { 'content-type': 'application/json; charset=utf-8' } },
    ],
    ['signed headers out of order', 'AuthFailure.SignatureFailure', { signedNames: ['host', 'content-type'] }],
    [
      'a signed header that is not sent',
      'AuthFailure.SignatureFailure',
      {
        signedNames: ['content-type', 'host', 'x-tc-trace'],
        headers: { 'x-tc-trace': 'a' },
        tampered: { 'x-tc-trace': undefined },
      },
    ],
    ['a token with a permanent key', 'AuthFailure.TokenFailure', { headers: { 'x-tc-token': 'token' } }],
    [
      'a body over 64 KiB',
      'RequestSizeLimitExceeded',
      { body: JSON.stringify({ DBInstanceId: 'a'.repeat(64 * 1024) }) },
    ],
  ];

  it.each(cases)('of %s: %s', async (_why, code, changes) => {
    await start();
    expect(error(await call(changes))?.Code).toBe(code);
  });

  it('is in Chinese unless English is requested', async () => {
    await start();
    expect(error(await call({ secretKey: 'wrong' }))?.Message).toMatch(/^The provided credentials/);
    expect(error(await call({ secretKey: 'wrong', headers: { 'x-tc-language': undefined } }))?.Message).toMatch(
      /^请求签名/,
    );
  });

  it('of an instance is its error; that of the action takes precedence', async () => {
    const state = 'OperationDenied.InstanceStatusLimitError';
    await start({
      instances: [
        { ...orders, error: state, errors: { DescribeEncryptionKeys: 'FailedOperation.FailedOperationError' } },
      ],
    });
    expect(error(await call())?.Code).toBe(state);
    expect(error(await call({ action: 'DescribeEncryptionKeys' }))?.Code).toBe('FailedOperation.FailedOperationError');
  });

  it('of another path or method has a status other than 200', async () => {
    await start();
    expect((await send(api.url, { method: 'POST', path: '/v2' })).status).toBe(404);
    expect((await send(api.url)).status).toBe(405);
    expect(api.arrivals.map(({ status }) => status)).toEqual([404, 405]);
  });
});

describe('simulated Tencent API, temporary credential', () => {
  it('requires its token', async () => {
    await start({ token: 'session' });
    expect(error(await call({ headers: { 'x-tc-token': 'session' } }))).toBeUndefined();
    expect(error(await call({ headers: { 'x-tc-token': 'other' } }))?.Code).toBe('AuthFailure.TokenFailure');
    expect(error(await call())?.Code).toBe('AuthFailure.TokenFailure');
  });
});

describe('simulated Tencent API clock', () => {
  it('is in the Date header of every response', async () => {
    await start();
    expect((await call()).headers['date']).toBe('Sat, 31 Jan 2026 23:59:30 GMT');
  });

  it('can have an offset, which the Date header and the timestamp check use', async () => {
    await start({ clockOffsetMs: 600_000 });
    const late = await call();
    expect(error(late)?.Code).toBe('AuthFailure.SignatureExpire');
    expect(late.headers['date']).toBe('Sun, 01 Feb 2026 00:09:30 GMT');
    expect(error(await call({ timestampMs: nowMs + 600_000 }))).toBeUndefined();
  });

  it('tolerates 300 s in both directions', async () => {
    await start();
    expect(error(await call({ timestampMs: nowMs - 300_000 }))).toBeUndefined();
    expect(error(await call({ timestampMs: nowMs + 300_000 }))).toBeUndefined();
  });
});

describe('simulated Tencent API rate limit', () => {
  it('counts arrivals in a sliding second per action, refused ones included', async () => {
    let atMs = 10_000;
    vi.spyOn(performance, 'now').mockImplementation(() => atMs);
    await start({ limits: { DescribeDBInstanceSSLConfig: 2 } });
    const codes: unknown[] = [];
    for (const moment of [10_000, 10_500, 10_999, 11_499, 12_500]) {
      atMs = moment;
      codes.push(error(await call())?.Code);
    }
    const over = 'RequestLimitExceeded';
    expect(codes).toEqual([undefined, undefined, over, over, undefined]);
    expect(error(await call({ action: 'DescribeEncryptionKeys' }))).toBeUndefined();
  });

  it.each([
    ['DescribeDBInstanceSSLConfig', 20],
    ['DescribeEncryptionKeys', 1000],
  ])('of %s is %d by default, with the wording of the vendor', async (action, limit) => {
    vi.spyOn(performance, 'now').mockReturnValue(5000);
    await start();
    for (let sent = 0; sent < limit - 1; sent += 1) await call({ action });
    expect(error(await call({ action }))).toBeUndefined();
    expect(error(await call({ action }))?.Message).toBe(
      `Your current request times equals to \`${limit + 1}\` in a second, which exceeds the frequency limit \`${limit}\` for a second`,
    );
  });
});

describe('simulated Tencent API fault', () => {
  it('sends its own response', async () => {
    await start({
      intercept: ({ action, instanceId, body, response }) => {
        response.writeHead(502, { 'content-type': 'text/html' }).end(`<p>${action} ${instanceId} ${body.length}</p>`);
        return true;
      },
    });
    const raw = await call({ tampered: { authorization: undefined } });
    expect(raw).toMatchObject({ status: 502, body: '<p>DescribeDBInstanceSSLConfig postgres-orders 34</p>' });
    expect(raw.headers['date']).toBe('Sat, 31 Jan 2026 23:59:30 GMT');
    await expect.poll(() => api.arrivals[0]?.status).toBe(502);
  });

  it('may never respond: the socket is closed with the simulation', async () => {
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    await start({
      intercept: () => {
        arrived();
        return true;
      },
    });
    const lost = call();
    await arrival;
    expect(api.arrivals[0]!.status).toBe(0);
    await Promise.all([expect(lost).rejects.toThrow('socket hang up'), api.close()]);
    await expect.poll(() => api.connections).toEqual({ open: 0, peak: 1, total: 1 });
  });

  it('may be a delay only', async () => {
    await start({ latencyMs: 1 });
    expect(error(await call())).toBeUndefined();
  });

  it('of the hook itself is in the response', async () => {
    await start({
      intercept: () => {
        throw new Error('broken hook');
      },
    });
    expect(await call()).toMatchObject({ status: 500, body: '{"simulationFault":"Error: broken hook"}' });
  });
});
