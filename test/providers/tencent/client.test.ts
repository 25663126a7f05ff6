// Calls of the Tencent Cloud API: requests, the envelope, and clock correction.
import nock from 'nock';
import vendor from 'tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgresApi } from '../../../src/demo/tencent/postgres-api.ts';
import type { Credentials } from '../../../src/model/credentials.ts';
import { reasonNames } from '../../../src/model/failure.ts';
import type { HttpRequest, HttpResponse } from '../../../src/model/http.ts';
import { createClient } from '../../../src/providers/tencent/client.ts';
import { postgres } from '../../../src/providers/tencent/postgres/product.ts';
import { tencentPostgres } from '../../../src/providers/tencent/postgres/provider.ts';
import { checkOf, contextOf, outcomeOf } from '../check-context.ts';
import { credentials, errorOf, fixture, instance, responseOf } from './postgres/responses.ts';

// A CommonJS module with a "default": Node imports all of its exports, vitest only that default.
const signer = 'sign3' in vendor ? (vendor as unknown as typeof vendor.default) : vendor.default;

const endpoint = 'https://postgres.intl.tencentcloudapi.com';
const tools = { now: () => nowMs, randomBytes: (size: number) => Buffer.alloc(size) };
let nowMs: number;

beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 22, 12);
});

/** The check `ssl` of a new session, called once per given response. */
function sslOf(endpoint = 'https://postgres.intl.tencentcloudapi.com') {
  return checkOf(tencentPostgres, tencentPostgres.connect({ endpoint }, tools), 'ssl');
}

/** Returns the responses in turn; fails on a request too many. */
function inTurn(...responses: HttpResponse[]): () => HttpResponse {
  return () => {
    const response = responses.shift();
    if (response === undefined) throw new Error('one request too many');
    return response;
  };
}

const timestampOf = (request: HttpRequest | undefined) => Number(request?.headers['X-TC-Timestamp']);

describe('Tencent call', () => {
  beforeEach(() => nock.disableNetConnect());

  afterEach(() => {
    const left = nock.pendingMocks();
    nock.cleanAll();
    nock.enableNetConnect();
    if (left.length > 0) throw new Error(`not used: ${left.join(', ')}`);
  });

  it.each([
    ['ssl', 'DescribeDBInstanceSSLConfig', 'ssl-on.txt'],
    ['kms', 'DescribeEncryptionKeys', 'keys.txt'],
  ])('of check %s is one signed POST of %s', async (check, action, response) => {
    const timestamp = nowMs / 1000;
    const body = '{"DBInstanceId":"postgres-abcdefg"}';
    const authorization = signer.sign3({
      method: 'POST',
      url: `${endpoint}/`,
      payload: Buffer.from(body),
      timestamp,
      service: 'postgres',
      secretId: credentials.secret_id,
      secretKey: credentials.secret_key,
      multipart: false,
      boundary: '',
      headers: { 'Content-Type': 'application/json' },
    });
    nock(endpoint, {
      reqheaders: {
        authorization,
        host: 'postgres.intl.tencentcloudapi.com',
        'content-type': 'application/json',
        'x-tc-action': action,
        'x-tc-version': '2017-03-12',
        'x-tc-region': 'ap-guangzhou',
        'x-tc-timestamp': String(timestamp),
        'x-tc-language': 'en-US',
      },
      badheaders: ['x-tc-token'],
    })
      .post('/', body)
      .reply(200, fixture(response));
    const { failure } = await outcomeOf(
      checkOf(tencentPostgres, tencentPostgres.connect({ endpoint }, tools), check),
      contextOf(instance, credentials),
    );
    expect(failure).toBeUndefined();
  });

  it('has a token when the credentials have one', async () => {
    nock(endpoint, { reqheaders: { 'x-tc-token': 'the-token' } })
      .post('/')
      .reply(200, fixture('ssl-on.txt'));
    const { failure } = await outcomeOf(sslOf(), contextOf(instance, { ...credentials, token: 'the-token' }));
    expect(failure).toBeUndefined();
  });
});

describe('API host', () => {
  const intl = 'https://postgres.intl.tencentcloudapi.com';
  const china = 'https://postgres.tencentcloudapi.com';

  it.each([
    [intl, 'ap-guangzhou', 'postgres.intl.tencentcloudapi.com'],
    [intl, 'ap-shanghai-fsi', 'postgres.ap-shanghai-fsi.tencentcloudapi.com'],
    [intl, 'ap-shenzhen-fsi', 'postgres.ap-shenzhen-fsi.tencentcloudapi.com'],
    [`${intl}/`, 'ap-shenzhen-fsi', 'postgres.ap-shenzhen-fsi.tencentcloudapi.com'],
    [china, 'ap-guangzhou', 'postgres.tencentcloudapi.com'],
    [china, 'ap-shanghai-fsi', 'postgres.ap-shanghai-fsi.tencentcloudapi.com'],
    [china, 'ap-shenzhen-fsi', 'postgres.ap-shenzhen-fsi.tencentcloudapi.com'],
    ['https://postgres.{region}.tencentcloudapi.com', 'eu-frankfurt', 'postgres.eu-frankfurt.tencentcloudapi.com'],
    [
      'https://postgres.{region}.tencentcloudapi.com',
      'ap-shanghai-fsi',
      'postgres.ap-shanghai-fsi.tencentcloudapi.com',
    ],
    ['https://postgres.internal.tencentcloudapi.com', 'ap-shanghai-fsi', 'postgres.internal.tencentcloudapi.com'],
    ['https://gateway.example.com:8443', 'ap-shanghai-fsi', 'gateway.example.com:8443'],
    ['http://127.0.0.1:9999', 'ap-shenzhen-fsi', '127.0.0.1:9999'],
  ])('%s, %s: %s', async (url, region, host) => {
    const there = { ...instance, region };
    const context = contextOf(there, credentials, () => responseOf({ SSLEnabled: true }));
    const session = tencentPostgres.connect({ endpoint: url }, tools);
    await checkOf(tencentPostgres, session, 'ssl')(context);
    const [request] = context.requests;
    expect(session.host(there)).toBe(host);
    expect(new URL(request!.url)).toMatchObject({ host, pathname: '/', search: '' });
    expect(request?.headers['X-TC-Region']).toBe(region);
    expect(request?.headers['Authorization']).toContain('/postgres/tc3_request, SignedHeaders=content-type;host,');
  });
});

describe('Tencent call with a wrong local clock', () => {
  const expired = (serverMs: number) =>
    errorOf('AuthFailure.SignatureExpire', { date: new Date(serverMs).toUTCString() });
  const fine = responseOf({ SSLEnabled: true });
  const hourMs = 3_600_000;

  it('is signed again with the time of the Date header, and succeeds', async () => {
    const context = contextOf(instance, credentials, inTurn(expired(nowMs + hourMs), fine));
    expect(await outcomeOf(sslOf(), context)).toMatchObject({ facts: { sslEnabled: true }, failure: undefined });
    expect(context.requests.map(timestampOf)).toEqual([nowMs / 1000, (nowMs + hourMs) / 1000]);
  });

  it('corrects the timestamps of all later calls', async () => {
    const check = sslOf();
    await check(contextOf(instance, credentials, inTurn(expired(nowMs - hourMs), fine)));
    nowMs += 61_000;
    const context = contextOf(instance, credentials, inTurn(fine));
    await check(context);
    expect(context.requests.map(timestampOf)).toEqual([(nowMs - hourMs) / 1000]);
  });

  it('adapts when the clock is fixed at run time', async () => {
    const check = sslOf();
    await check(contextOf(instance, credentials, inTurn(expired(nowMs + hourMs), fine)));
    nowMs += hourMs;
    const context = contextOf(instance, credentials, inTurn(expired(nowMs), fine));
    await check(context);
    expect(context.requests.map(timestampOf)).toEqual([(nowMs + hourMs) / 1000, nowMs / 1000]);
  });

  it('corrects the other check of the account, too', async () => {
    const session = tencentPostgres.connect({ endpoint }, tools);
    await checkOf(
      tencentPostgres,
      session,
      'ssl',
    )(contextOf(instance, credentials, inTurn(expired(nowMs + hourMs), fine)));
    const context = contextOf(instance, credentials, inTurn(responseOf({ EncryptionKeys: [] })));
    await checkOf(tencentPostgres, session, 'kms')(context);
    expect(context.requests.map(timestampOf)).toEqual([(nowMs + hourMs) / 1000]);
  });

  it('is repeated only once: a second refusal is a failure', async () => {
    const context = contextOf(instance, credentials, inTurn(expired(nowMs + hourMs), expired(nowMs + 2 * hourMs)));
    expect((await outcomeOf(sslOf(), context)).failure).toMatchObject({ reason: 'auth', retryable: false });
    expect(context.requests).toHaveLength(2);
  });

  it.each([
    ['no Date header', {}],
    ['an invalid Date header', { date: 'today' }],
    ['an empty Date header', { date: '' }],
  ])('is not corrected or repeated with %s', async (_what, headers) => {
    const context = contextOf(instance, credentials, inTurn(errorOf('AuthFailure.SignatureExpire', headers)));
    expect((await outcomeOf(sslOf(), context)).failure).toMatchObject({ reason: 'auth' });
    expect(context.requests).toHaveLength(1);
  });

  it('keeps the correction on other failures', async () => {
    const check = sslOf();
    const wrong = errorOf('AuthFailure.SignatureFailure', { date: new Date(nowMs + hourMs).toUTCString() });
    await outcomeOf(check, contextOf(instance, credentials, inTurn(wrong)));
    const context = contextOf(instance, credentials, inTurn(fine));
    await check(context);
    expect(context.requests.map(timestampOf)).toEqual([nowMs / 1000]);
  });

  it.each([-1, 1])('%i h off costs one additional request at the simulated API, once', async (hours) => {
    const api = await startPostgresApi({
      secretId: credentials.secret_id,
      secretKey: credentials.secret_key,
      instances: [{ id: instance.id, region: instance.region, sslEnabled: false, keys: [] }],
      clockOffsetMs: hours * hourMs,
      now: () => nowMs,
    });
    // nock cannot pass on what an agent connects to later.
    nock.restore();
    try {
      const check = sslOf(api.url);
      for (let turn = 0; turn < 3; turn++) {
        expect((await outcomeOf(check, contextOf(instance, credentials))).failure).toBeUndefined();
      }
      expect(api.arrivals).toHaveLength(4);
    } finally {
      nock.activate();
      await api.close();
    }
  });
});

describe('Tencent call with refused credentials', () => {
  const fine = responseOf({ SSLEnabled: true });
  const old = { ...credentials, token: 'old' };
  const renewed = { ...credentials, token: 'new' };

  /** A context whose credentials can be replaced by others. */
  function replacing(others: typeof old | undefined, ...responses: HttpResponse[]) {
    const context = contextOf(instance, old, inTurn(...responses));
    const refused: Credentials[] = [];
    return {
      ...context,
      refused,
      replaceCredentials(those: Credentials) {
        refused.push(those);
        this.credentials = others ?? old;
        return Promise.resolve(others !== undefined);
      },
    };
  }

  it.each(['AuthFailure.TokenFailure', 'AuthFailure.SecretIdNotFound'])(
    '(%s) replaces them, and is sent again once',
    async (code) => {
      const context = replacing(renewed, errorOf(code), fine);
      expect(await outcomeOf(sslOf(), context)).toMatchObject({ facts: { sslEnabled: true }, failure: undefined });
      expect(context.requests.map(({ headers }) => headers['X-TC-Token'])).toEqual(['old', 'new']);
      expect(context.refused).toEqual([old]);
    },
  );

  it('fails on the second refusal', async () => {
    const context = replacing(renewed, errorOf('AuthFailure.TokenFailure'), errorOf('AuthFailure.TokenFailure'));
    expect((await outcomeOf(sslOf(), context)).failure).toMatchObject({ reason: 'auth' });
    expect(context.requests).toHaveLength(2);
  });

  it('is not repeated when no others are available', async () => {
    const context = replacing(undefined, errorOf('AuthFailure.SecretIdNotFound'));
    expect((await outcomeOf(sslOf(), context)).failure).toMatchObject({ reason: 'auth' });
    expect(context.requests).toHaveLength(1);
  });

  it.each(['AuthFailure.SignatureFailure', 'AuthFailure.UnauthorizedOperation', 'AuthFailure.InvalidSecretId'])(
    '(%s) does not replace them',
    async (code) => {
      const context = replacing(renewed, errorOf(code));
      await outcomeOf(sslOf(), context);
      expect(context.refused).toEqual([]);
    },
  );

  it('is signed with the credentials that are current when it is sent', async () => {
    const context = replacing(undefined, errorOf('AuthFailure.TokenFailure'));
    const { send } = context;
    context.send = (prepare) => {
      context.credentials = renewed;
      return send(prepare);
    };
    await outcomeOf(sslOf(), context);
    expect(context.requests.map(({ headers }) => headers['X-TC-Token'])).toEqual(['new']);
    expect(context.refused).toEqual([renewed]);
  });

  it('reports the credentials that it was signed with as refused', async () => {
    const context = replacing(renewed, errorOf('AuthFailure.TokenFailure'), fine);
    const { send } = context;
    context.send = async (prepare) => {
      const response = await send(prepare);
      context.credentials = renewed;
      return response;
    };
    await outcomeOf(sslOf(), context);
    expect(context.refused).toEqual([old]);
  });
});

describe('Tencent envelope', () => {
  const call = (response: HttpResponse) => {
    const client = createClient(postgres, () => new URL(endpoint), tools.now);
    return outcomeOf(
      async (context) => ({ facts: {}, fields: await client('Act', {}, context) }),
      contextOf(instance, credentials, () => response),
    );
  };
  const body = (text: string): HttpResponse => ({ status: 200, headers: {}, body: Buffer.from(text) });

  it.each([
    ['without Response', '{}'],
    ['with Response null', '{"Response":null}'],
    ['with Response a list', '{"Response":[]}'],
    ['with Response a text', '{"Response":"x"}'],
    ['with an Error that is a text', '{"Response":{"Error":"x"}}'],
    ['with an Error without Code', '{"Response":{"Error":{"Message":"x"}}}'],
    ['with a Code that is a number', '{"Response":{"Error":{"Code":7}}}'],
    ['with a Code that is empty', '{"Response":{"Error":{"Code":""}}}'],
    ['in lower case', '{"response":{"SSLEnabled":true}}'],
    ['that is truncated', '{"Response":{"SSLEnabled":tr'],
  ])('%s fails with bad_response', async (_what, text) => {
    expect((await call(body(text))).failure).toMatchObject({ reason: 'bad_response' });
  });

  it('with Error null is a success', async () => {
    expect(await call(responseOf({ Error: null, SSLEnabled: true }))).toMatchObject({ fields: { SSLEnabled: true } });
  });

  it('with a malformed Code does not show it', async () => {
    const { failure } = await call(errorOf('<script>AKIDtwin</script>'));
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(failure?.message).not.toContain('script');
  });

  it('with an error shows its code, not its text', async () => {
    const { failure } = await call(errorOf('OperationDenied.CamDeniedError'));
    expect(failure).toMatchObject({ reason: 'permission' });
    expect(failure?.message).toContain('OperationDenied.CamDeniedError');
    expect(failure?.message).not.toContain('the text of the API');
  });

  it('with an unknown code has reason rejected, which is not retryable', async () => {
    expect((await call(errorOf('Something.New'))).failure).toMatchObject({ reason: 'rejected', retryable: false });
  });

  it.each([
    [200, { 'retry-after': '3' }, 3000],
    [200, {}, undefined],
  ])('with RequestLimitExceeded passes Retry-After on (%i, %j)', async (status, headers, retryAfterMs) => {
    const { failure } = await call({ ...errorOf('RequestLimitExceeded', headers), status });
    expect(failure).toMatchObject({ reason: 'rate_limited', retryAfterMs });
  });

  it('is read only for a status of 2xx', async () => {
    const { failure } = await call({ ...errorOf('InternalError'), status: 403 });
    expect(failure).toMatchObject({ reason: 'permission' });
  });

  it('with any error has a reason of the closed list', async () => {
    const { failure } = await call(errorOf('FailedOperation.FailedOperationError'));
    expect(reasonNames).toContain(failure?.reason);
    expect(failure).toMatchObject({ reason: 'unavailable', retryable: true });
  });
});
