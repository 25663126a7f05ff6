// TencentDB for PostgreSQL fulfils the contract of a provider.
import { startPostgresApi } from '../../../../src/demo/tencent/postgres-api.ts';
import type { Facts } from '../../../../src/model/facts.ts';
import type { Reason } from '../../../../src/model/failure.ts';
import { tencentPostgres } from '../../../../src/providers/tencent/postgres/provider.ts';
import { describeProvider, type ResponseCase } from '../../contract.ts';
import { credentials, instance, pem } from './responses.ts';

const response = (fields: Record<string, unknown>) => JSON.stringify({ Response: { ...fields, RequestId: 'x' } });

/**
 * Codes from the pages of the actions (https://www.tencentcloud.com/document/product/409/78804,
 * https://www.tencentcloud.com/document/product/409/46989) and the common list
 * (https://www.tencentcloud.com/document/product/409/34882).
 */
const codes: [code: string, reason: Reason][] = [
  ['AuthFailure.UnauthorizedOperation', 'permission'],
  ['OperationDenied.CamDeniedError', 'permission'],
  ['RequestLimitExceeded', 'rate_limited'],
  ['ResourceNotFound.InstanceNotFoundError', 'not_found'],
  ['OperationDenied.InstanceStatusLimitError', 'instance_state'],
  ['FailedOperation.FailedOperationError', 'unavailable'],
  ['UnknownParameter.HttpError', 'unavailable'],
  ['UnsupportedOperation', 'unsupported'],
  ['InvalidParameter', 'rejected'],
];
const errors = ['ssl', 'kms'].flatMap((check) => [
  ...codes.map(
    ([code, reason]): ResponseCase => ({
      what: code,
      check,
      body: response({ Error: { Code: code, Message: 'x' } }),
      reason,
      facts: {},
    }),
  ),
  {
    what: 'a code of two lines',
    check,
    body: response({ Error: { Code: 'A\nB' } }),
    reason: 'bad_response' as const,
    facts: {},
  },
]);

const key = { KeyId: 'k', KeyAlias: 'a', KeyRegion: 'r', KMSClusterId: 'c' };
const keyFacts = (more: object): Facts => ({ keys: [{ id: 'k', alias: 'a', region: 'r', clusterId: 'c', ...more }] });

const simulatedKey = { id: 'k', alias: 'a', region: 'ap-guangzhou', createTime: '2022-03-24 10:39:14' };

const temporary = { ...credentials, token: 'token-of-the-twin' };

describeProvider({
  provider: tencentPostgres,
  instance,
  credentials: temporary,
  wrongCredentials: { ...temporary, secret_key: 'wrong' },
  startSimulation: (intercept) => {
    const { region } = instance;
    return startPostgresApi({
      secretId: credentials.secret_id,
      secretKey: credentials.secret_key,
      token: temporary.token,
      instances: [
        { id: instance.id, region, sslEnabled: true, caCert: pem('root'), keys: [{ ...simulatedKey, enabled: true }] },
        { id: 'bad', region, sslEnabled: false, keys: [{ ...simulatedKey, enabled: false }] },
      ],
      intercept,
    });
  },
  healthy: {
    ssl: {
      sslEnabled: true,
      certificates: [
        {
          certificate: 'ca',
          source: 'ca_bundle',
          subjectCn: 'Example Root CA',
          serial: '0D083768A46DCAEA746B23387CF1ACE50E50245A',
          issuerCn: 'Example Root CA',
          fingerprintSha256: '84a75ddc029a364f2b711ee63e593e165db30d317bdde83c2c70b30e99cf333b',
          notBeforeSeconds: 1_577_836_800,
          notAfterSeconds: 3_786_912_000,
        },
      ],
    },
    kms: {
      keys: [
        {
          id: ' k',
          alias: 'a',
          region: 'ap-guangzhou',
          clusterId: '',
          enabled: true,
          createdSeconds: Date.UTC(2022, 2, 24, 2, 39, 14) / 1000,
        },
      ],
    },
  },
  unhealthy: {
    id: 'bad',
    facts: {
      ssl: { sslEnabled: false },
      kms: {
        keys: [
          {
            id: ' k',
            alias: 'a',
            region: 'ap-guangzhou',
            clusterId: '',
            enabled: false,
            createdSeconds: Date.UTC(2022, 2, 24, 2, 39, 14) / 1000,
          },
        ],
      },
    },
  },
  responses: [
    ...errors,
    { what: 'SSLEnabled null', check: 'ssl', body: response({ SSLEnabled: null }), facts: {} },
    {
      what: 'SSLEnabled as text',
      check: 'ssl',
      body: response({ SSLEnabled: 'true' }),
      reason: 'bad_response',
      facts: {},
    },
    { what: 'no key', check: 'kms', body: response({ EncryptionKeys: [] }), facts: { keys: [] } },
    { what: 'keys null', check: 'kms', body: response({ EncryptionKeys: null }), facts: {} },
    {
      what: 'a key of unknown state',
      check: 'kms',
      body: response({ EncryptionKeys: [key] }),
      facts: keyFacts({}),
    },
    {
      what: 'IsEnabled 2',
      check: 'kms',
      body: response({ EncryptionKeys: [{ ...key, IsEnabled: 2 }] }),
      reason: 'bad_response',
      facts: keyFacts({}),
    },
  ],
});
