// The facts of DescribeEncryptionKeys: the documented response, empty ones, and invalid ones.
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../../src/model/http.ts';
import { tencentPostgres } from '../../../../src/providers/tencent/postgres/provider.ts';
import { checkOf, contextOf, known, outcomeOf, samplesOf } from '../../check-context.ts';
import { credentials, fixture, instance, responseOf } from './responses.ts';

async function run(response: HttpResponse) {
  const context = contextOf(instance, credentials, () => response);
  const session = tencentPostgres.connect(
    { endpoint: tencentPostgres.defaultEndpoint },
    { now: Date.now, randomBytes: (size) => Buffer.alloc(size) },
  );
  return { ...(await outcomeOf(checkOf(tencentPostgres, session, 'kms'), context)), debugs: context.debugs };
}

const runWithKeys = (...keys: unknown[]) => run(responseOf({ EncryptionKeys: keys }));

const key = {
  KeyId: 'k1',
  KeyAlias: 'alias',
  KeyRegion: 'ap-guangzhou',
  KMSClusterId: 'cls',
  IsEnabled: 1,
  CreateTime: '2022-03-24 10:39:14',
  DEKCipherTextBlob: 'CIPHERTEXT',
};
const labels = 'key_id="k1",key_alias="alias",key_region="ap-guangzhou",kms_cluster_id="cls"';

describe('Tencent kms check, documented response', () => {
  it('becomes exactly these samples: spaces trimmed, Beijing time', async () => {
    const { facts, failure } = await run({ status: 200, headers: {}, body: Buffer.from(fixture('keys.txt')) });
    const own =
      'key_id="f4d88aa7-ae72-11ec-9fcc-5254007ffd46",key_alias="PGSQL-KMS",key_region="ap-guangzhou",kms_cluster_id="cls-hsm-tyoxxxx"';
    expect(failure).toBeUndefined();
    expect(samplesOf(instance, facts, 0)).toEqual([
      `clouddb_kms_key_enabled{${own}} 1`,
      `clouddb_kms_key_created_timestamp_seconds{${own}} 1648089554`,
      'clouddb_kms_keys 1',
      'clouddb_at_rest_encryption_enabled 1',
    ]);
  });

  it('leaves the cipher text neither in the facts nor in a failure', async () => {
    const { facts, failure, debugs } = await runWithKeys({ ...key, IsEnabled: 'yes', CreateTime: 'x' });
    expect(JSON.stringify({ facts, failure, message: failure?.message, debugs })).not.toMatch(/CIPHER|DEK/i);
  });
});

describe('Tencent kms check, list of keys', () => {
  it('that is empty reports that there are no keys', async () => {
    const { facts, failure } = await runWithKeys();
    expect(failure).toBeUndefined();
    expect(samplesOf(instance, facts, 0)).toEqual(['clouddb_kms_keys 0', 'clouddb_at_rest_encryption_enabled 0']);
  });

  it('that is null is unknown: no fact, no failure', async () => {
    const { facts, failure } = await run(responseOf({ EncryptionKeys: null }));
    expect(known(facts)).toEqual({});
    expect(failure).toBeUndefined();
  });

  it.each([
    [undefined],
    ['x'],
    [{}],
    [1],
    [true],
    [[null]],
    [['x']],
    [[key, 7]],
    [Array.from({ length: 10_001 }, () => ({}))],
  ])('that is missing or of a wrong type: no fact, bad_response (%#)', async (keys) => {
    const { facts, failure } = await run(responseOf({ EncryptionKeys: keys }));
    expect(known(facts)).toEqual({});
    expect(failure).toMatchObject({ reason: 'bad_response' });
  });

  it('has samples for each key', async () => {
    const { facts } = await runWithKeys(key, { ...key, KeyId: 'k2', IsEnabled: 0, CreateTime: '' });
    expect(samplesOf(instance, facts, 0)).toEqual([
      `clouddb_kms_key_enabled{${labels}} 1`,
      `clouddb_kms_key_enabled{${labels.replace('k1', 'k2')}} 0`,
      `clouddb_kms_key_created_timestamp_seconds{${labels}} 1648089554`,
      'clouddb_kms_keys 2',
      'clouddb_at_rest_encryption_enabled 1',
    ]);
  });
});

describe('Tencent kms check, encryption at rest', () => {
  const encrypted = async (...states: unknown[]) => {
    const { facts } = await runWithKeys(
      ...states.map((IsEnabled, index) => ({ ...key, KeyId: `k${index}`, IsEnabled })),
    );
    return samplesOf(instance, facts, 0).filter((sample) => sample.startsWith('clouddb_at_rest'));
  };

  it.each([
    [[1], 1],
    [[0, 1], 1],
    [[null, 1], 1],
    [['invalid', 1], 1],
    [[0], 0],
    [[0, 0], 0],
  ])('with keys of state %j: %i', async (states, value) => {
    expect(await encrypted(...states)).toEqual([`clouddb_at_rest_encryption_enabled ${value}`]);
  });

  it.each([[[null]], [[0, null]], [[0, 'invalid']]])('with keys of state %j is unknown', async (states) => {
    expect(await encrypted(...states)).toEqual([]);
  });
});

describe('Tencent kms check, field of a key', () => {
  it.each(['1', true, false, 2, -1, 1.5, 'OPEN', [], {}])(
    'IsEnabled %j: no fact, a failure that names it, the other facts are kept',
    async (IsEnabled) => {
      const { facts, failure } = await runWithKeys({ ...key, IsEnabled });
      expect(failure).toMatchObject({ reason: 'bad_response' });
      expect(failure?.message).toContain('IsEnabled');
      expect(samplesOf(instance, facts, 0)).toEqual([
        `clouddb_kms_key_created_timestamp_seconds{${labels}} 1648089554`,
        'clouddb_kms_keys 1',
      ]);
    },
  );

  it('that is invalid in one key does not affect the other keys', async () => {
    const { facts, failure } = await runWithKeys({ ...key, IsEnabled: 'invalid' }, { ...key, KeyId: 'k2' });
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(samplesOf(instance, facts, 0)).toContain(`clouddb_kms_key_enabled{${labels.replace('k1', 'k2')}} 1`);
  });

  it.each([
    ['2022-03-24 10:39:14', 1648089554],
    [' 2022-03-24 10:39:14 ', 1648089554],
    ['2022-03-24 10:39:14.0', 1648089554],
    ['2022-03-24T10:39:14+08:00', 1648089554],
    ['2022-03-24T02:39:14Z', 1648089554],
  ])('CreateTime %j is %i', async (CreateTime, seconds) => {
    const { facts, debugs } = await runWithKeys({ ...key, CreateTime });
    expect(facts?.keys?.[0]?.createdSeconds).toBe(seconds);
    expect(debugs).toEqual([]);
  });

  const undated = [{ id: 'k1', alias: 'alias', region: 'ap-guangzhou', clusterId: 'cls', enabled: true }];

  it.each(['0000-00-00 00:00:00', '', '  ', '-', 'N/A', null, undefined, '1970-01-01 00:00:00', '1970-01-01 08:00:00'])(
    'CreateTime %j means none: no fact, no failure, no unreadable field',
    async (CreateTime) => {
      const { facts, failure, unreadable } = await runWithKeys({ ...key, CreateTime });
      expect(failure).toBeUndefined();
      expect(known(facts)['keys']).toEqual(undated);
      expect(unreadable).toBeUndefined();
    },
  );

  it.each([
    '2026/12/10 04:11:13',
    '2026-12-10T04:11Z',
    '2026-12-10T04:11:13+08',
    '1765339873',
    'never',
    'yesterday',
    '2022-02-30 00:00:00',
    '24/03/2022',
  ])('CreateTime %j is not a known time: no fact, no failure, an unreadable field', async (CreateTime) => {
    const { facts, failure, unreadable } = await runWithKeys({ ...key, CreateTime });
    expect(failure).toBeUndefined();
    expect(known(facts)['keys']).toEqual(undated);
    expect(unreadable).toEqual(['CreateTime']);
  });

  it('CreateTime that is not understood in several keys, also of disabled ones, is one unreadable field', async () => {
    const odd = { ...key, IsEnabled: 0, CreateTime: 'never' };
    const { unreadable } = await runWithKeys(odd, key, { ...odd, KeyId: 'k2' });
    expect(unreadable).toEqual(['CreateTime']);
  });

  it('CreateTime of a wrong type fails with bad_response', async () => {
    const { facts, failure } = await runWithKeys({ ...key, CreateTime: 1648089554 });
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect(facts?.keys?.[0]).toMatchObject({ enabled: true, createdSeconds: undefined });
  });

  it('that is missing or null becomes an empty label', async () => {
    const { facts, failure } = await runWithKeys({ KeyId: ' k1', KeyAlias: null, IsEnabled: 1 });
    expect(failure).toBeUndefined();
    expect(samplesOf(instance, facts, 0)[0]).toBe(
      'clouddb_kms_key_enabled{key_id="k1",key_alias="",key_region="",kms_cluster_id=""} 1',
    );
  });

  it('that is long or has control characters is cleaned for a label', async () => {
    const { facts } = await runWithKeys({ ...key, KeyAlias: `\u0000\n${'x'.repeat(500)}` });
    expect(samplesOf(instance, facts, 0)[0]).toContain(`key_alias="${'x'.repeat(200)}"`);
  });
});
