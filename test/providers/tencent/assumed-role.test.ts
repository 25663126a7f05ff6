// A role that an account assumes with its own credentials: the call of the STS, and when it is made.
import { beforeEach, describe, expect, it } from 'vitest';
import { tc3Signature } from '../../../src/demo/tencent/tc3-signature.ts';
import type { FindCredentials, FoundCredentials } from '../../../src/model/credentials.ts';
import { Failure, type Reason } from '../../../src/model/failure.ts';
import type { HttpRequest, HttpResponse } from '../../../src/model/http.ts';
import { tencentPostgres } from '../../../src/providers/tencent/postgres/provider.ts';
import { at, createSearch, marker, nowhere, type Service, stsResponse, temporary, valuesOf } from './search-tools.ts';

const role = { role_arn: 'qcs::cam::uin/100000000001:roleName/reader', session_name: 'watcher', duration: 3_600_000 };
const own = (name: string) => ({ secret_id: `${marker}-${name}-id`, secret_key: `${marker}-${name}-key` });

let search: ReturnType<typeof createSearch>;
/** What the account's own credentials are; changed as a test goes on. */
let key: FoundCredentials | Failure;
/** The credentials that each search for the account's own was told were refused. */
let refusals: unknown[];
let find: FindCredentials;
let exchanges: number;

const works: Service = () => {
  exchanges++;
  return stsResponse({
    Credentials: temporary(`role${exchanges}`),
    ExpiredTime: search.time.now() / 1000 + role.duration / 1000,
  });
};

beforeEach(() => {
  search = createSearch();
  search.world.sts = works;
  key = { values: own('first') };
  refusals = [];
  exchanges = 0;
  const account = { endpoint: tencentPostgres.defaultEndpoint, assume_role: role };
  find = tencentPostgres.role!(account)!.assume((refused) => {
    refusals.push(refused);
    return key instanceof Failure ? Promise.reject(key) : Promise.resolve(key);
  }, search.tools);
});

const advanceSeconds = (seconds: number) => search.time.advance(seconds * 1000);
const refusal = async (): Promise<Failure> => {
  const outcome: FoundCredentials | Failure = await find().catch((error: Failure) => error);
  if (outcome instanceof Failure) return outcome;
  throw new Error('credentials were found');
};
const error =
  (Code: string): Service =>
  () =>
    stsResponse({ Error: { Code, Message: marker } });

/** Returns the responses in turn, the last one from then on. */
const inTurn =
  (...services: Service[]): Service =>
  (request) =>
    (services.length > 1 ? services.shift() : services[0])!(request);

/** The signature that the STS computes for a request. */
function signatureOf({ headers, body = '', url }: HttpRequest, secretKey: string): string {
  const signedHeaders: [string, string][] = [
    ['content-type', headers['Content-Type'] ?? ''],
    ['host', new URL(url).host],
  ];
  const timestamp = headers['X-TC-Timestamp'] ?? '';
  return tc3Signature({ secretKey, service: 'sts', timestamp, method: 'POST', query: '', signedHeaders, body });
}

describe('an assumed role', () => {
  it('is requested with one call, signed with the key of the account', async () => {
    expect(await find()).toMatchObject({
      values: valuesOf('role1'),
      source: `role ${role.role_arn}`,
      expiresAtSeconds: at(3600),
    });
    const [request] = search.requests as [HttpRequest];
    expect(search.requests).toHaveLength(1);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://sts.tencentcloudapi.com/',
      headers: { 'X-TC-Action': 'AssumeRole', 'X-TC-Version': '2018-08-13', 'X-TC-Region': 'ap-guangzhou' },
    });
    expect(request.headers['X-TC-Token']).toBeUndefined();
    expect(request.headers['Authorization']).toContain(`Credential=${own('first').secret_id}/`);
    expect(request.headers['Authorization']).toContain(`Signature=${signatureOf(request, own('first').secret_key)}`);
    expect(JSON.parse(request.body ?? '')).toEqual({
      RoleArn: role.role_arn,
      RoleSessionName: 'watcher',
      DurationSeconds: 3600,
    });
  });

  it('is assumed with temporary credentials of the account, too', async () => {
    key = { values: valuesOf('machine'), expiresAtSeconds: at(7200), source: 'CVM role' };
    await find();
    expect(search.requests[0]?.headers['X-TC-Token']).toBe(valuesOf('machine').token);
  });

  it('costs one call for its lifetime, and another 5 minutes before it expires', async () => {
    await Promise.all(Array.from({ length: 20 }, () => find()));
    await advanceSeconds(3299);
    expect((await find()).values).toEqual(valuesOf('role1'));
    expect(exchanges).toBe(1);
    await advanceSeconds(1);
    await find();
    await advanceSeconds(0);
    expect((await find()).values).toEqual(valuesOf('role2'));
    expect(exchanges).toBe(2);
  });

  it('is requested again when the API refuses its credentials', async () => {
    const { values } = await find();
    expect((await find(values)).values).toEqual(valuesOf('role2'));
    expect((await find(values)).values).toEqual(valuesOf('role2'));
  });
});

describe('the key of an account with a role', () => {
  it('that is replaced is used at once, with one call', async () => {
    await find();
    key = { values: own('second') };
    expect((await find()).values).toEqual(valuesOf('role2'));
    await find();
    expect(exchanges).toBe(2);
    expect(search.requests[1]?.headers['Authorization']).toContain(`Credential=${own('second').secret_id}/`);
  });

  it('that was refused is replaced without a wait', async () => {
    search.world.sts = error('AuthFailure.SecretIdNotFound');
    expect(await refusal()).toMatchObject({ reason: 'auth' });
    key = { values: own('second') };
    search.world.sts = works;
    expect((await find()).values).toEqual(valuesOf('role1'));
  });

  it('that is temporary costs no call when it is renewed', async () => {
    key = { values: valuesOf('machine1'), expiresAtSeconds: at(7200) };
    await find();
    key = { values: valuesOf('machine2'), expiresAtSeconds: at(14_400) };
    await find();
    expect(exchanges).toBe(1);
  });

  it('that the STS refuses is read once more, and the call repeated with another', async () => {
    search.world.sts = inTurn((request) => {
      key = { values: own('second') };
      return error('AuthFailure.TokenFailure')(request);
    }, works);
    expect((await find()).values).toEqual(valuesOf('role1'));
    expect(refusals).toEqual([undefined, own('first')]);
    expect(search.requests.map(({ headers }) => /Credential=[^/]*/.exec(headers['Authorization'] ?? '')?.[0])).toEqual([
      `Credential=${own('first').secret_id}`,
      `Credential=${own('second').secret_id}`,
    ]);
  });

  it('that cannot be read is reported while the credentials of the role are valid, and fails when they expire', async () => {
    await find();
    key = new Failure('credentials', 'secret_key_file: cannot read the file');
    expect(await find()).toMatchObject({ values: valuesOf('role1'), failure: key, expiresAtSeconds: at(3600) });
    await advanceSeconds(3599);
    expect((await find()).values).toEqual(valuesOf('role1'));
    await advanceSeconds(1);
    expect(await refusal()).toMatchObject({ reason: 'credentials', message: key.message });
  });

  it('that looks wrong is reported with the credentials of the role', async () => {
    key = { values: own('first'), warning: 'secret_key has quotes around it' };
    expect(await find()).toMatchObject({ values: valuesOf('role1'), warning: 'secret_key has quotes around it' });
  });

  it('and a clock that is wrong: the call is repeated by the clock of the STS', async () => {
    const date = new Date(search.time.now() + 86_400_000).toUTCString();
    search.world.sts = inTurn(
      () => stsResponse({ Error: { Code: 'AuthFailure.SignatureExpire', Message: marker } }, { date }),
      works,
    );
    expect((await find()).values).toEqual(valuesOf('role1'));
    expect(search.requests.map(({ headers }) => Number(headers['X-TC-Timestamp']))).toEqual([at(0), at(86_400)]);
  });
});

describe('a role that cannot be assumed', () => {
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (): HttpResponse => ({ status: code, headers, body: Buffer.from(marker) });

  it.each<[what: string, sts: Service, reason: Reason, says: RegExp]>([
    ['a key that is unknown', error('AuthFailure.SecretIdNotFound'), 'auth', /SecretIdNotFound; check the key/],
    ['a wrong key', error('AuthFailure.SignatureFailure'), 'auth', /SignatureFailure; check the key/],
    ['no permission', error('UnauthorizedOperation'), 'permission', /allow the key sts:AssumeRole on this role/],
    ['CAM', error('AuthFailure.UnauthorizedOperation'), 'permission', /in its trust policy/],
    ['throttling', error('RequestLimitExceeded'), 'rate_limited', /RequestLimitExceeded$/],
    ['throttling of the STS', error('InvalidParameter.OverLimit'), 'rate_limited', /OverLimit$/],
    ['throttling of a gateway', status(429), 'rate_limited', /HTTP status 429$/],
    ['a role that does not exist', error('ResourceNotFound.RoleNotFound'), 'credentials', /check role_arn/],
    ['a role that is illegal', error('InternalError.IllegalRole'), 'credentials', /check role_arn/],
    ['a duration too long', error('InvalidParameter.OverTimeError'), 'credentials', /duration in assume_role/],
    ['what it does not support', error('UnsupportedOperation'), 'credentials', /check role_arn/],
    ['another path', status(404), 'credentials', /HTTP status 404/],
    ['a fault of its own', error('InternalError.GetSeedTokenError'), 'unavailable', /GetSeedTokenError$/],
    ['a gateway that fails', status(502), 'unavailable', /HTTP status 502$/],
    ['no network', nowhere, 'network', /ENOTFOUND/],
    ['a portal', status(200), 'bad_response', /not JSON/],
    ['no credentials', () => stsResponse({ ExpiredTime: at(60) }), 'bad_response', /Credentials/],
    ['a code that is none', error(marker.repeat(20)), 'bad_response', /without a readable code/],
  ])('because of %s', async (_what, sts, reason, says) => {
    search.world.sts = sts;
    const failure = await refusal();
    expect(failure).toMatchObject({ reason, message: expect.stringMatching(says) as string });
    expect(failure.message).toContain(`role ${role.role_arn}, STS at sts.tencentcloudapi.com: `);
    expect(failure.message).not.toContain(marker);
  });

  it('is requested again after 1 s at the earliest, then less and less often', async () => {
    search.world.sts = error('UnauthorizedOperation');
    for (let second = 0; second < 60; second++) {
      await refusal();
      await advanceSeconds(1);
    }
    expect(search.requests.length).toBeLessThan(8);
  });

  it.each([
    ['30', 30],
    ['100000', 300],
  ])('and asks for a pause of %s s is requested again after %i s', async (retryAfter, seconds) => {
    search.world.sts = status(429, { 'retry-after': retryAfter });
    expect(await refusal()).toMatchObject({ retryAfterMs: Number(retryAfter) * 1000 });
    search.world.sts = works;
    await advanceSeconds(seconds - 0.001);
    await refusal();
    expect(search.requests).toHaveLength(1);
    await advanceSeconds(0.001);
    expect((await find()).values).toEqual(valuesOf('role1'));
  });

  it('again keeps its credentials until they expire', async () => {
    await find();
    search.world.sts = error('UnauthorizedOperation');
    await advanceSeconds(3300);
    await find();
    await advanceSeconds(0);
    const found = await find();
    expect(found).toMatchObject({ values: valuesOf('role1'), failure: { reason: 'permission' } });
    await advanceSeconds(300);
    expect(await refusal()).toMatchObject({ reason: 'permission' });
  });
});
