// The published test vectors of the vendor, so that the simulation verifies as the real API does.
import { describe, expect, it } from 'vitest';
import { parseTc3Authorization, tc3Date, tc3Signature } from '../../../src/demo/tencent/tc3-signature.ts';

const body = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`;
const common = {
  service: 'cvm',
  timestamp: '1551113065',
  method: 'POST',
  query: '',
  body,
};

describe('tc3Signature', () => {
  it('equals the current official example (cloud.tencent.com/document/api/213/30654)', () => {
    expect(Buffer.byteLength(body)).toBe(86);
    expect(
      tc3Signature({
        ...common,
        secretKey: '*'.repeat(32),
        signedHeaders: [
          ['content-type', 'application/json; charset=utf-8'],
          ['host', 'cvm.tencentcloudapi.com'],
          ['x-tc-action', 'DescribeInstances'],
        ],
      }),
    ).toBe('10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f');
  });

  it('equals the older official example', () => {
    expect(
      tc3Signature({
        ...common,
        secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
        signedHeaders: [
          ['content-type', 'application/json; charset=utf-8'],
          ['host', 'cvm.tencentcloudapi.com'],
        ],
      }),
    ).toBe('72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168');
  });

  it('uses the UTC date of the timestamp in any local time zone', () => {
    expect(tc3Date('1767225599')).toBe('2025-12-31');
    expect(tc3Date('1767225600')).toBe('2026-01-01');
  });
});

describe('parseTc3Authorization', () => {
  const good = `TC3-HMAC-SHA256 Credential=AKID/2026-01-01/postgres/tc3_request, SignedHeaders=content-type;host, Signature=${'0a'.repeat(32)}`;

  it('parses the documented form', () => {
    expect(parseTc3Authorization(good)).toEqual({
      secretId: 'AKID',
      date: '2026-01-01',
      service: 'postgres',
      headerNames: ['content-type', 'host'],
      signature: '0a'.repeat(32),
    });
  });

  it.each([
    ['nothing', ''],
    ['another scheme', good.replace('TC3-HMAC-SHA256', 'TC3-HMAC-SM3')],
    ['another terminator', good.replace('tc3_request', 'aws4_request')],
    ['upper-case header names', good.replace('host', 'Host')],
    ['an upper-case signature', good.replaceAll('0a', '0A')],
    ['a short signature', good.slice(0, -1)],
  ])('refuses %s', (_case, header) => {
    expect(parseTc3Authorization(header)).toBeUndefined();
  });
});
