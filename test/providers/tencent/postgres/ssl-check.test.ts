// The facts of DescribeDBInstanceSSLConfig: the documented responses, and invalid ones.
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../../src/model/http.ts';
import { tencentPostgres } from '../../../../src/providers/tencent/postgres/provider.ts';
import { checkOf, contextOf, known, outcomeOf, samplesOf } from '../../check-context.ts';
import { credentials, fixture, instance, pem, responseOf } from './responses.ts';

const nowMs = Date.UTC(2080, 5, 15);

async function run(response: HttpResponse) {
  const context = contextOf(instance, credentials, () => response);
  const session = tencentPostgres.connect(
    { endpoint: tencentPostgres.defaultEndpoint },
    { now: () => nowMs, randomBytes: (size) => Buffer.alloc(size) },
  );
  return { ...(await outcomeOf(checkOf(tencentPostgres, session, 'ssl'), context)), debugs: context.debugs };
}

const samplesAfter = async (response: HttpResponse) => {
  const { facts, failure } = await run(response);
  expect(failure).toBeUndefined();
  return samplesOf(instance, facts, nowMs);
};

describe('Tencent ssl check, documented response', () => {
  it.each([
    ['ssl-on.txt', 'clouddb_ssl_enabled 1'],
    ['ssl-off.txt', 'clouddb_ssl_enabled 0'],
  ])('%s becomes exactly %s', async (name, sample) => {
    expect(await samplesAfter({ status: 200, headers: {}, body: Buffer.from(fixture(name)) })).toEqual([sample]);
  });

  it('with CACert reports the expiry of each CA certificate, of equal names the earliest', async () => {
    const response = responseOf({
      SSLEnabled: true,
      CAUrl: 'http://testdownload.url',
      ConnectAddress: '10.0.0.4',
      CACert: pem('issuing') + pem('root') + pem('root-earlier'),
      CAJKS: '/u3+7Q==',
      CAP7B: 'MIIB',
    });
    const issuing = 'certificate="ca",source="ca_bundle",subject_cn="Example PostgreSQL CA"';
    const root = 'certificate="ca",source="ca_bundle",subject_cn="Example Root CA"';
    expect(await samplesAfter(response)).toEqual([
      'clouddb_ssl_enabled 1',
      `clouddb_cert_not_after_timestamp_seconds{${issuing}} 3485680496`,
      `clouddb_cert_not_after_timestamp_seconds{${root}} 3155760000`,
      `clouddb_cert_valid_days_remaining{${issuing}} ${(12 * 3600 + 34 * 60 + 56) / 86_400}`,
      `clouddb_cert_valid_days_remaining{${root}} -3818`,
    ]);
  });
});

describe('Tencent ssl check, SSLEnabled', () => {
  it('null is unknown: no fact, no failure', async () => {
    const { facts, failure } = await run(responseOf({ SSLEnabled: null }));
    expect(known(facts)).toEqual({});
    expect(failure).toBeUndefined();
  });

  it.each([undefined, 'true', 'OPEN', '', 1, 0, [], {}])(
    '%j: no fact, a failure that names it, the other facts are kept',
    async (value) => {
      const { facts, failure } = await run(responseOf({ SSLEnabled: value, CACert: pem('root') }));
      expect(failure).toMatchObject({ reason: 'bad_response' });
      expect(failure?.message).toContain('SSLEnabled');
      expect(Object.keys(known(facts))).toEqual(['certificates']);
    },
  );
});

describe('Tencent ssl check, CACert', () => {
  it.each([[undefined], [null], [''], [' \n']])('%j: no certificate, no failure, no debug message', async (value) => {
    const { facts, failure, debugs } = await run(responseOf({ SSLEnabled: false, CACert: value }));
    expect(known(facts)).toEqual({ sslEnabled: false });
    expect(failure).toBeUndefined();
    expect(debugs).toEqual([]);
  });

  it('that is not a certificate: no failure, one debug message without its text', async () => {
    const { facts, failure, debugs } = await run(responseOf({ SSLEnabled: true, CACert: 'what is this?' }));
    expect(known(facts)).toEqual({ sslEnabled: true });
    expect(failure).toBeUndefined();
    expect(debugs).toEqual([
      { message: expect.stringContaining('CACert') as unknown, fields: { instance_id: instance.id } },
    ]);
  });

  it.each([[['x']], [5], [true], [{ a: 1 }]])(
    '%j, which is not a text: no failure, one debug message',
    async (value) => {
      const { facts, failure, debugs } = await run(responseOf({ SSLEnabled: true, CACert: value }));
      expect(known(facts)).toEqual({ sslEnabled: true });
      expect(failure).toBeUndefined();
      expect(debugs).toHaveLength(1);
    },
  );

  it('is reported also while SSL is off', async () => {
    const { facts } = await run(responseOf({ SSLEnabled: false, CACert: pem('root') }));
    expect(facts?.certificates).toHaveLength(1);
  });
});
