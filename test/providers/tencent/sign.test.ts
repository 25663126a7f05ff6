// Signature v3 against the vendor's published examples, and against the vendor's SDK.
import fc from 'fast-check';
import vendor from 'tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js';
import { describe, expect, it } from 'vitest';
import { type SigningInput, signTc3 } from '../../../src/providers/tencent/sign.ts';

// The body contains the \u sequences literally; it has 86 bytes.
const exampleBody = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`;

const example: SigningInput = {
  secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
  secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
  service: 'cvm',
  timestamp: 1551113065,
  method: 'POST',
  query: '',
  headers: { 'content-type': 'application/json; charset=utf-8', host: 'cvm.tencentcloudapi.com' },
  body: exampleBody,
};

// A CommonJS module with a "default": Node imports all of its exports, vitest only that default.
const signer = 'sign3' in vendor ? (vendor as unknown as typeof vendor.default) : vendor.default;

const asterisks = '*'.repeat(32);

describe('TC3 Authorization header', () => {
  it.each<[string, SigningInput, string, string, string]>([
    [
      'the older official example',
      example,
      'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25',
      'content-type;host',
      '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
    ],
    [
      'the current official example, which signs the action in lower case',
      {
        ...example,
        secretId: `AKID${asterisks}`,
        secretKey: asterisks,
        headers: { ...example.headers, 'x-tc-action': 'describeinstances' },
      },
      `AKID${asterisks}/2019-02-25`,
      'content-type;host;x-tc-action',
      '10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f',
    ],
    [
      'the official example of GET',
      {
        ...example,
        timestamp: 1539084154,
        method: 'GET',
        query: 'Limit=10&Offset=0',
        headers: { ...example.headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: '',
      },
      'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2018-10-09',
      'content-type;host',
      '5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474',
    ],
    [
      "the example of the Node SDK's own test",
      {
        ...example,
        secretId: 'test-secret-id',
        secretKey: 'test-secret-key',
        timestamp: 1640995200,
        headers: { ...example.headers, 'content-type': 'application/json' },
        body: '{"Action":"DescribeInstances","Version":"2017-03-12"}',
      },
      'test-secret-id/2022-01-01',
      'content-type;host',
      '96473b50fe407833672a5d6d067238d88bb44c8abcc39ef83baa3132afbfadd3',
    ],
  ])('equals %s', (_what, input, credential, signedHeaders, signature) => {
    expect(signTc3(input)).toBe(
      `TC3-HMAC-SHA256 Credential=${credential}/cvm/tc3_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    );
  });

  it('does not depend on the order of the headers', () => {
    const headers = Object.fromEntries(Object.entries(example.headers).toReversed());
    expect(signTc3({ ...example, headers })).toBe(signTc3(example));
  });

  it('has the UTC date in any local time zone', () => {
    const scope = (timestamp: number) =>
      / Credential=[^,]*\/(\d{4}-\d\d-\d\d)\//.exec(signTc3({ ...example, timestamp }))?.[1];
    const midnight = Date.UTC(2026, 0, 1) / 1000;
    expect([scope(midnight - 1), scope(midnight)]).toEqual(['2025-12-31', '2026-01-01']);
  });

  it("equals that of the vendor's SDK for any credential, time, host and body", () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
    const inputs = fc.record({
      secretId: fc.string({ unit: fc.constantFrom('A', 'K', 'I', 'D', '0', '9', 'a', 'z'), minLength: 1 }),
      secretKey: fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
      timestamp: fc.integer({ min: 0, max: 4_102_444_800 }),
      host: fc.domain(),
      service: fc.constantFrom('postgres', 'cvm', 'sts'),
      contentType: fc.constantFrom('application/json', 'application/json; charset=utf-8'),
      body: fc.oneof(
        text,
        fc.jsonValue().map((value) => JSON.stringify(value)),
      ),
    });
    fc.assert(
      fc.property(inputs, ({ host, contentType, body, ...common }) => {
        const theirs = signer.sign3({
          ...common,
          method: 'POST',
          url: `https://${host}/`,
          // As text it would be JSON-quoted before it is hashed.
          payload: Buffer.from(body),
          multipart: false,
          boundary: '',
          headers: { 'Content-Type': contentType },
        });
        const headers = { 'content-type': contentType, host: new URL(`https://${host}`).host };
        expect(signTc3({ ...common, method: 'POST', query: '', headers, body })).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });
});
