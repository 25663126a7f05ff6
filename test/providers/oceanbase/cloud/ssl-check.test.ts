// The facts of GET .../security/ssl: the documented response, SSL off, and unknown values.
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../../src/model/http.ts';
import { oceanbase } from '../../../../src/providers/oceanbase/cloud/provider.ts';
import { checkOf, contextOf, known, outcomeOf, samplesOf } from '../../check-context.ts';
import { credentials, fixture, instance, responseOf } from './responses.ts';

const nowMs = Date.UTC(2026, 11, 10);

async function run(response: HttpResponse) {
  const context = contextOf(instance, credentials, () => response);
  const session = oceanbase.connect(
    { endpoint: oceanbase.defaultEndpoint },
    { now: () => nowMs, randomBytes: (size) => Buffer.alloc(size) },
  );
  return { ...(await outcomeOf(checkOf(oceanbase, session, 'ssl'), context)), debugs: context.debugs };
}

const server = 'certificate="server",source="api",subject_cn="",serial=""';

describe('OceanBase ssl check, documented response', () => {
  it('becomes exactly these samples', async () => {
    const { facts, failure } = await run({ status: 200, headers: {}, body: Buffer.from(fixture('ssl.txt')) });
    expect(failure).toBeUndefined();
    expect(samplesOf(instance, facts, nowMs)).toEqual([
      'clouddb_ssl_enabled 1',
      'clouddb_ssl_forced 0',
      'clouddb_ssl_force_supported 1',
      'clouddb_cert_valid 1',
      'clouddb_cert_auto_renew_enabled 1',
      `clouddb_cert_not_after_timestamp_seconds{${server}} 1796875873`,
      `clouddb_cert_valid_days_remaining{${server}} ${(4 * 3600 + 11 * 60 + 13) / 86_400}`,
    ]);
  });

  it('of the older API is parsed: Beijing time, `status` ignored', async () => {
    const { facts, failure, debugs } = await run(
      responseOf({
        autoUpdate: 'CLOSE',
        certValid: false,
        enableSSL: 'OPEN',
        forceSSL: 'CLOSE',
        forceSSLSupport: false,
        status: 'RUNNING',
        validPeriod: '2024-09-20 07:55:03.0',
      }),
    );
    expect(failure).toBeUndefined();
    expect(known(facts)).toEqual({
      sslEnabled: true,
      sslForced: false,
      sslForceSupported: false,
      certValid: false,
      certAutoRenewEnabled: false,
      certificates: [{ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: 1726790103 }],
    });
    expect(debugs).toEqual([
      { message: expect.stringContaining('UTC+8') as unknown, fields: { instance_id: 'obxxx' } },
    ]);
  });

  it.each(['CLOSE', 'SSL_MODIFYING', 'RUNNING', '', null, 7, undefined])(
    'with status %j gives the same facts',
    async (status) => {
      const { facts, failure } = await run(responseOf({ status }));
      const documented = await run({ status: 200, headers: {}, body: Buffer.from(fixture('ssl.txt')) });
      expect(failure).toBeUndefined();
      expect(facts).toEqual(documented.facts);
    },
  );
});

describe('OceanBase ssl check, SSL off', () => {
  const off = { enableSSL: 'CLOSE', forceSSL: 'CLOSE', autoUpdate: 'CLOSE', certValid: false };
  const facts = { sslEnabled: false, sslForced: false, certAutoRenewEnabled: false, sslForceSupported: true };

  it.each([
    ['missing', { validPeriod: undefined, certValid: undefined }, {}],
    ['null', { validPeriod: null, certValid: null }, {}],
    ['empty', { validPeriod: '' }, { certValid: false }],
    ['blank', { validPeriod: ' ' }, { certValid: false }],
  ])('with a validPeriod that is %s: no expiry, no failure', async (_what, data, rest) => {
    const result = await run(responseOf({ ...off, ...data }));
    expect(result.failure).toBeUndefined();
    expect(result.debugs).toEqual([]);
    expect(known(result.facts)).toEqual({ ...facts, ...rest });
  });

  it('with the expiry of a former certificate reports it', async () => {
    const result = await run(responseOf({ ...off, validPeriod: '2020-01-01T00:00:00Z' }));
    expect(result.failure).toBeUndefined();
    expect(result.facts?.certificates).toMatchObject([{ notAfterSeconds: 1577836800 }]);
    expect(result.facts?.sslEnabled).toBe(false);
  });

  it.each([
    ['enableSSL', [null, '', ' ']],
    ['forceSSL', [undefined, null, '', ' ']],
    ['autoUpdate', [undefined, null, '', ' ']],
    ['certValid', [undefined, null]],
    ['forceSSLSupport', [undefined, null]],
  ])('with a %s of %j omits only that fact, without a failure', async (field, values) => {
    const whole = Object.keys(known((await run(responseOf({}))).facts));
    for (const value of values) {
      const { facts, failure } = await run(responseOf({ [field]: value }));
      expect(failure).toBeUndefined();
      expect(Object.keys(known(facts))).toHaveLength(whole.length - 1);
    }
  });

  it('is not assumed when enableSSL is missing: bad_response, and the other facts are kept', async () => {
    const { facts, failure } = await run(responseOf({ enableSSL: undefined }));
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(failure?.message).toContain('enableSSL');
    expect(facts).toMatchObject({ sslEnabled: undefined, sslForced: false, certValid: true });
  });

  it('is not assumed when all fields are missing', async () => {
    const { facts, failure } = await run({ status: 200, headers: {}, body: Buffer.from('{"data":{},"success":true}') });
    expect(known(facts)).toEqual({});
    expect(failure).toMatchObject({ reason: 'bad_response' });
  });
});

describe('OceanBase ssl check, unknown value', () => {
  const names = {
    enableSSL: 'sslEnabled',
    forceSSL: 'sslForced',
    autoUpdate: 'certAutoRenewEnabled',
    forceSSLSupport: 'sslForceSupported',
    certValid: 'certValid',
  } as const;
  const invalid = {
    text: ['OPENING', 'CLOSED', 'SSL_MODIFYING', 'UPDATE', 'true', 'ON', 'OPEN,CLOSE', 1, 0, true, false, [], {}],
    boolean: ['true', 'OPEN', '', 1, 0, [], {}],
  };
  const rows = Object.entries(names).flatMap(([field, fact]) =>
    invalid[field === 'forceSSLSupport' || field === 'certValid' ? 'boolean' : 'text'].map(
      (value) => [field, value, fact] as const,
    ),
  );

  it.each(rows)('in %s (%j): bad_response, the other facts are kept', async (field, value, fact) => {
    const { facts, failure } = await run(responseOf({ [field]: value }));
    const whole = known((await run(responseOf({}))).facts);
    delete whole[fact];
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(failure?.message).toContain(field);
    expect(known(facts)).toEqual(whole);
  });

  it('is named in the failure with all others of the response', async () => {
    const { failure } = await run(responseOf({ enableSSL: 'X', certValid: 'Y' }));
    expect(failure?.message).toMatch(/enableSSL.*certValid/);
    expect(failure?.message).not.toMatch(/\bX\b|\bY\b/);
  });

  it('is not one that differs in case or in surrounding spaces', async () => {
    const { facts, failure } = await run(responseOf({ enableSSL: ' open ', forceSSL: 'Close' }));
    expect(failure).toBeUndefined();
    expect(facts).toMatchObject({ sslEnabled: true, sslForced: false });
  });
});

describe('OceanBase validPeriod', () => {
  it.each([
    ['2026-12-10T04:11:13Z', 1796875873, 0],
    ['2026-12-10T04:11:13.000Z', 1796875873, 0],
    ['2026-12-10T12:11:13+08:00', 1796875873, 0],
    ['2026-12-10T12:11:13+0800', 1796875873, 0],
    ['2026-12-09T23:11:13-05:00', 1796875873, 0],
    ['2026-12-10 12:11:13.0', 1796875873, 1],
    ['2026-12-10 12:11:13', 1796875873, 1],
    ['2026-12-10T12:11:13', 1796875873, 1],
  ])('%s is %i, with %i debug messages', async (validPeriod, notAfterSeconds, words) => {
    const { facts, failure, debugs } = await run(responseOf({ validPeriod }));
    expect(failure).toBeUndefined();
    expect(facts?.certificates).toEqual([{ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds }]);
    expect(debugs).toHaveLength(words);
  });

  it.each([
    '2026/12/10 04:11:13',
    '2026-12-10T04:11Z',
    '2026-12-10T04:11:13+08',
    '1765339873',
    'never',
    'forever',
    '2026-12-10',
    '9999-12-31T23:59:59-01:00',
    '2026-13-10T04:11:13Z',
    '2026-02-30T00:00:00Z',
  ])('%s is not a known time: no expiry, no failure, an unreadable field while SSL is on', async (validPeriod) => {
    const { facts, failure, unreadable } = await run(responseOf({ validPeriod }));
    expect(failure).toBeUndefined();
    expect(facts?.certificates).toBeUndefined();
    expect(unreadable).toEqual(['validPeriod']);
    const off = await run(responseOf({ validPeriod, enableSSL: 'CLOSE' }));
    expect(off.facts?.certificates).toBeUndefined();
    expect(off.unreadable).toBeUndefined();
  });

  it.each([undefined, null, '', ' ', '-', 'N/A', '0000-00-00 00:00:00', '1970-01-01T00:00:00Z', '1970-01-01 08:00:00'])(
    '%j means none: no expiry, no failure, no unreadable field',
    async (validPeriod) => {
      const { facts, failure, unreadable, debugs } = await run(responseOf({ validPeriod }));
      expect(failure).toBeUndefined();
      expect(facts?.certificates).toBeUndefined();
      expect(unreadable).toBeUndefined();
      expect(debugs).toEqual([]);
    },
  );

  it.each([1796875873, true, {}, []])(
    '%j is not a text: no expiry, bad_response, the other facts are kept',
    async (validPeriod) => {
      const { facts, failure } = await run(responseOf({ validPeriod }));
      expect(failure).toMatchObject({ reason: 'bad_response' });
      expect(facts).toMatchObject({ sslEnabled: true, certificates: undefined });
    },
  );
});
