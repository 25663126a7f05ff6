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

  it('with CACert reports each CA certificate, also a renewed and an expired one of the same name', async () => {
    const response = responseOf({
      SSLEnabled: true,
      CAUrl: 'http://testdownload.url',
      ConnectAddress: '10.0.0.4',
      CACert: pem('root-earlier') + pem('root') + pem('root'),
      CAJKS: '/u3+7Q==',
      CAP7B: 'MIIB',
    });
    const labels = 'certificate="ca",source="ca_bundle",subject_cn="Example Root CA",serial=';
    const expired = `${labels}"6CF920A6F0CA7B278BA0A498D53B1765A8E89191"`;
    const renewed = `${labels}"0D083768A46DCAEA746B23387CF1ACE50E50245A"`;
    const issuer = 'issuer_cn="Example Root CA",fingerprint_sha256=';
    expect(await samplesAfter(response)).toEqual([
      'clouddb_ssl_enabled 1',
      `clouddb_cert_not_after_timestamp_seconds{${expired}} 3155760000`,
      `clouddb_cert_not_after_timestamp_seconds{${renewed}} 3786912000`,
      `clouddb_cert_not_before_timestamp_seconds{${expired}} 1577836800`,
      `clouddb_cert_not_before_timestamp_seconds{${renewed}} 1577836800`,
      `clouddb_cert_info{${expired},${issuer}"df8802f4df7cc63aaacb27b050257fc2f73efaa0a74f9f24a75931830ee7ce0a"} 1`,
      `clouddb_cert_info{${renewed},${issuer}"84a75ddc029a364f2b711ee63e593e165db30d317bdde83c2c70b30e99cf333b"} 1`,
      `clouddb_cert_valid_days_remaining{${expired}} -3818`,
      `clouddb_cert_valid_days_remaining{${renewed}} 3487`,
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
  it.each([[undefined], [null], [''], [' \n'], ['-'], [[]]])('%j: absent, no field is unreadable', async (value) => {
    const { facts, failure, unreadable } = await run(responseOf({ SSLEnabled: false, CACert: value }));
    expect(known(facts)).toEqual({ sslEnabled: false });
    expect(failure).toBeUndefined();
    expect(unreadable).toBeUndefined();
  });

  it.each([['what is this?'], [pem('root').slice(0, 300)], [['x']], [5], [true], [{ a: 1 }]])(
    '%j, which is no certificate: an unreadable field, no failure, no certificate',
    async (value) => {
      const { facts, failure, unreadable } = await run(responseOf({ SSLEnabled: true, CACert: value }));
      expect(known(facts)).toEqual({ sslEnabled: true });
      expect(failure).toBeUndefined();
      expect(unreadable).toEqual(['CACert']);
    },
  );

  it('of which a part is readable: its certificates, and an unreadable field', async () => {
    const { facts, failure, unreadable } = await run(
      responseOf({ SSLEnabled: true, CACert: `${pem('root')}${pem('issuing').slice(0, 300)}` }),
    );
    expect(facts?.certificates).toMatchObject([{ subjectCn: 'Example Root CA' }]);
    expect(failure).toBeUndefined();
    expect(unreadable).toEqual(['CACert']);
  });

  it('is reported also while SSL is off', async () => {
    const { facts } = await run(responseOf({ SSLEnabled: false, CACert: pem('root') }));
    expect(facts?.certificates).toHaveLength(1);
  });
});
