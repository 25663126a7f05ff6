// OceanBase Cloud fulfils the contract of a provider.
import { startOceanBaseApi } from '../../../../src/demo/oceanbase/oceanbase-api.ts';
import type { Facts } from '../../../../src/model/facts.ts';
import { oceanbase } from '../../../../src/providers/oceanbase/cloud/provider.ts';
import { describeProvider } from '../../contract.ts';
import { credentials, fixture, instance } from './responses.ts';

const documented = (JSON.parse(fixture('ssl.txt')) as { data: Record<string, unknown> }).data;
const expiry = (notAfterSeconds: number): Facts['certificates'] => [
  { certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds },
];
const facts: Facts = {
  sslEnabled: true,
  sslForced: false,
  sslForceSupported: true,
  certValid: true,
  certAutoRenewEnabled: true,
  certificates: expiry(Date.UTC(2026, 11, 10, 4, 11, 13) / 1000),
};
const tenants = [
  { id: 't1', name: 'orders', encrypted: true },
  { id: 't2', name: 'billing', encrypted: true },
];
const [first, second] = tenants.map(({ id, name, encrypted }) => ({
  tenantId: id,
  tenantName: name,
  enableEncryption: encrypted,
}));
const tenantBody = (list: unknown, totalCount: unknown) =>
  JSON.stringify({ success: true, data: { tenantEncryptionList: list, totalCount } });
const body = (data: Record<string, unknown>) => JSON.stringify({ success: true, data: { ...documented, ...data } });

describeProvider({
  provider: oceanbase,
  instance,
  credentials,
  wrongCredentials: { ...credentials, access_key_secret: 'wrong' },
  startSimulation: (intercept) =>
    startOceanBaseApi({
      accessKeyId: credentials.access_key_id,
      accessKeySecret: credentials.access_key_secret,
      instances: [
        { id: instance.id, ssl: documented, tenants },
        {
          id: 'bad',
          tenants: [{ id: 't1', name: 'orders', encrypted: false }],
          ssl: {
            enableSSL: 'CLOSE',
            forceSSL: 'CLOSE',
            forceSSLSupport: false,
            certValid: false,
            autoUpdate: 'CLOSE',
            validPeriod: '2024-09-20 07:55:03.0',
          },
        },
      ],
      intercept,
    }),
  healthy: { ssl: facts, tde: { tenants } },
  unhealthy: {
    id: 'bad',
    facts: {
      ssl: {
        sslEnabled: false,
        sslForced: false,
        sslForceSupported: false,
        certValid: false,
        certAutoRenewEnabled: false,
        certificates: expiry(Date.UTC(2024, 8, 19, 23, 55, 3) / 1000),
      },
      tde: { tenants: [{ id: 't1', name: 'orders', encrypted: false }] },
    },
  },
  responses: [
    {
      what: 'InternalError',
      check: 'ssl',
      body: '{"success":false,"errorCode":"InternalError"}',
      reason: 'unavailable',
      facts: {},
    },
    {
      what: 'another code',
      check: 'ssl',
      body: '{"success":false,"errorCode":"IllegalArgument"}',
      reason: 'rejected',
      facts: {},
    },
    { what: 'a code of two lines', check: 'ssl', body: '{"errorCode":"A\\nB"}', reason: 'bad_response', facts: {} },
    { what: 'success false alone', check: 'ssl', body: '{"success":false}', reason: 'rejected', facts: {} },
    {
      what: 'fields that are null',
      check: 'ssl',
      body: body({ enableSSL: null, validPeriod: null }),
      facts: { ...facts, sslEnabled: undefined, certificates: undefined },
    },
    {
      what: 'a state that is unknown',
      check: 'ssl',
      body: body({ enableSSL: 'OPENING' }),
      reason: 'bad_response',
      facts: { ...facts, sslEnabled: undefined },
    },
    {
      what: 'InternalError',
      check: 'tde',
      body: '{"success":false,"errorCode":"InternalError"}',
      reason: 'unavailable',
      facts: {},
    },
    {
      what: 'another code',
      check: 'tde',
      body: '{"success":false,"errorCode":"IllegalArgument"}',
      reason: 'rejected',
      facts: {},
    },
    {
      what: 'a state that is null',
      check: 'tde',
      body: tenantBody([first, { ...second, enableEncryption: null }], 2),
      facts: { tenants: [tenants[0]!, { id: 't2', name: 'billing' }] },
    },
    {
      what: 'a state that is unknown',
      check: 'tde',
      body: tenantBody([first, { ...second, enableEncryption: 'OPENING' }], '2'),
      reason: 'bad_response',
      facts: { tenants: [tenants[0]!, { id: 't2', name: 'billing' }] },
    },
    { what: 'no list', check: 'tde', body: tenantBody(undefined, 2), reason: 'bad_response', facts: {} },
    { what: 'a tenant twice', check: 'tde', body: tenantBody([first, first], 2), reason: 'bad_response', facts: {} },
  ],
});
