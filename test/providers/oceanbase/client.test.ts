// Calls of the OceanBase Cloud API: requests, and the envelope.
import { describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../../src/demo/oceanbase/oceanbase-api.ts';
import type { HttpResponse } from '../../../src/model/http.ts';
import { oceanbase } from '../../../src/providers/oceanbase/cloud/provider.ts';
import { checkOf, contextOf, instanceOf, outcomeOf } from '../check-context.ts';
import { credentials, fixture, instance, responseOf } from './cloud/responses.ts';

const nowMs = Date.UTC(2026, 10, 22);

function connect(settings: Record<string, unknown> = {}) {
  let seed = 0;
  const tools = { now: () => nowMs, randomBytes: (size: number) => Buffer.alloc(size, ++seed) };
  return oceanbase.connect({ endpoint: oceanbase.defaultEndpoint, ...settings }, tools);
}

async function run(response: HttpResponse) {
  return await outcomeOf(
    checkOf(oceanbase, connect(), 'ssl'),
    contextOf(instance, credentials, () => response),
  );
}

const json = (status: number, value: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: Buffer.from(JSON.stringify(value)),
});

describe('OceanBase call', () => {
  it.each([
    ['obxxx', '/api/v2/instances/obxxx/security/ssl'],
    ['ob-1.x~y', '/api/v2/instances/ob-1.x~y/security/ssl'],
    ['ob%2F..', '/api/v2/instances/ob%252F../security/ssl'],
    ['obé&a=b', '/api/v2/instances/ob%C3%A9%26a%3Db/security/ssl'],
  ])('for %s is a GET of %s with a fresh UUID', async (id, path) => {
    const session = connect();
    const context = contextOf(instanceOf('oceanbase', { id }), credentials, () => responseOf({}));
    await checkOf(oceanbase, session, 'ssl')(context);
    await checkOf(oceanbase, session, 'ssl')(context);
    const urls = context.requests.map(({ url }) => new URL(url));
    expect(context.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    for (const { origin, pathname, searchParams } of urls) {
      expect(origin + pathname).toBe(`https://api-cloud.oceanbase.com${path}`);
      expect([...searchParams.keys()]).toEqual(['requestId']);
      expect(searchParams.get('requestId')).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
    expect(urls[0]?.search).not.toBe(urls[1]?.search);
  });

  it('has a project id only when the account has one', async () => {
    for (const [settings, headers] of [
      [{ project_id: '1234' }, { 'X-Ob-Project-Id': '1234' }],
      [{}, {}],
    ] as const) {
      const context = contextOf(instance, credentials, () => responseOf({}));
      await checkOf(oceanbase, connect(settings), 'ssl')(context);
      expect(context.requests[0]?.headers).toEqual(headers);
    }
  });

  it.each([
    ['1234', undefined],
    ['999', 'not_found'],
    [undefined, 'not_found'],
  ])('with project %s to an API that requires 1234: %s', async (projectId, reason) => {
    const api = await startOceanBaseApi({
      accessKeyId: credentials.access_key_id,
      accessKeySecret: credentials.access_key_secret,
      instances: [{ id: instance.id, ssl: { enableSSL: 'OPEN' } }],
      projectId: '1234',
    });
    try {
      const session = connect({ endpoint: api.url, project_id: projectId });
      const { failure } = await outcomeOf(checkOf(oceanbase, session, 'ssl'), contextOf(instance, credentials));
      expect(failure?.reason).toBe(reason);
    } finally {
      await api.close();
    }
  });

  it.each([
    ['https://api-cloud-cn.oceanbase.com', 'api-cloud-cn.oceanbase.com'],
    ['https://api-cloud-cn.oceanbase.com/', 'api-cloud-cn.oceanbase.com'],
    ['https://gateway.example.com:8443', 'gateway.example.com:8443'],
  ])('to %s goes to %s', async (endpoint, host) => {
    const session = connect({ endpoint });
    const context = contextOf(instance, credentials, () => responseOf({}));
    await checkOf(oceanbase, session, 'ssl')(context);
    expect(session.host(instance)).toBe(host);
    expect(new URL(context.requests[0]!.url).host).toBe(host);
  });

  it('has no Authorization before a challenge', async () => {
    const context = contextOf(instance, credentials, () => responseOf({}));
    await checkOf(oceanbase, connect(), 'ssl')(context);
    expect(JSON.stringify(context.requests)).not.toMatch(/authorization|ak-twin/i);
  });
});

describe('OceanBase envelope', () => {
  const documented = JSON.parse(fixture('ssl.txt')) as Record<string, unknown>;

  it.each([true, 'true'])('with success %j is a success', async (success) => {
    expect(await run(json(200, { ...documented, success }))).toMatchObject({
      facts: { sslEnabled: true },
      failure: undefined,
    });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ success: false }, 'rejected'],
    [{ success: false, errorCode: 'E001R000', errorMessage: 'unknown error' }, 'rejected'],
    [{ success: false, errorCode: 'InternalError' }, 'unavailable'],
    [{ success: false, errorCode: null }, 'rejected'],
    [{ success: 'false', errorCode: 'E001R000' }, 'rejected'],
    [{ success: undefined, errorCode: 'E001R000' }, 'rejected'],
    [{ success: undefined }, 'bad_response'],
    [{ success: null }, 'bad_response'],
    [{ success: 1 }, 'bad_response'],
    [{ success: 'yes' }, 'bad_response'],
    [{ data: undefined }, 'bad_response'],
    [{ data: null }, 'bad_response'],
    [{ data: [] }, 'bad_response'],
    [{ data: 'x' }, 'bad_response'],
  ])('with %j fails with %s', async (fields, reason) => {
    const { facts, failure } = await run(json(200, { ...documented, ...fields }));
    expect(facts).toBeUndefined();
    expect(failure).toMatchObject({ reason });
  });

  it.each([
    [400, 'rejected'],
    [401, 'auth'],
    [403, 'permission'],
    [404, 'not_found'],
    [409, 'rejected'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('of a failure with status %i has reason %s', async (status, reason) => {
    const envelope = { success: false, errorCode: 'E001R000', errorMessage: 'unknown error', requestId: 'x' };
    expect((await run(json(status, envelope))).failure).toMatchObject({ reason });
  });

  it('shows the error code, but neither the text nor a malformed code', async () => {
    const shown = await run(json(200, { success: false, errorCode: 'E001R000', errorMessage: 'secret text' }));
    expect(shown.failure?.message).toContain('E001R000');
    const hidden = await run(json(200, { success: false, errorCode: '<b>x</b>', errorMessage: 'secret text' }));
    expect(shown.failure?.message + (hidden.failure?.message ?? '')).not.toMatch(/secret text|<b>/);
  });

  it('with 429 passes Retry-After on', async () => {
    expect((await run(json(429, {}, { 'retry-after': '2' }))).failure).toMatchObject({ retryAfterMs: 2000 });
  });
});
