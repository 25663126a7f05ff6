// The PostgreSQL databases of the demo, one for each posture: from healthy to an API that refuses the calls.
import { randomBytes } from 'node:crypto';
import { createPki, type Pki } from '../databases/authority.ts';
import { inCloud, inConfiguration, type Named, type SimulatedCloud, startDatabases } from '../simulated-cloud.ts';
import { beijingTime } from '../wire-time.ts';
import { discoveredPostgres, postgresDiscovery } from './discovered-postgres.ts';
import { type PostgresInstance, type PostgresKey, startPostgresApi } from './postgres-api.ts';

const dayMs = 86_400_000;

export const tencentCloud: SimulatedCloud = {
  provider: 'tencent_postgres',
  async start(nowMs) {
    const secretId = `DEMOID${randomBytes(8).toString('hex')}`;
    const secretKey = randomBytes(16).toString('hex');
    const fleet = tencentFleet(nowMs);
    const databases = await startDatabases('postgres', fleet);
    const instances = inCloud(fleet).map((instance) => {
      const connectAddress = databases.addresses.get(instance.id);
      return { ...instance, ...(connectAddress !== undefined && { connectAddress }) };
    });
    const api = await startPostgresApi({ secretId, secretKey, instances, latencyMs: 40 });
    return {
      api,
      credentials: { secret_id: secretId, secret_key: secretKey },
      instances: inConfiguration(fleet),
      discovery: postgresDiscovery,
      close: async () => {
        await Promise.all([api.close(), databases.close()]);
      },
    };
  },
};

/** All dates are relative to `nowMs`. */
export function tencentFleet(nowMs: number): Named<PostgresInstance>[] {
  const context = { key: keyAt(nowMs), ...createAuthorities(createPki(nowMs)) };
  return [
    ...healthy(context),
    ...withFindings(context),
    ...withoutProbe(context, nowMs),
    beingRebuilt,
    ...discoveredPostgres(ssl(context.ca.pem), context.key),
  ];
}

function healthy({ key, ca, replacedCa }: Context): Named<PostgresInstance>[] {
  return [
    [
      'orders',
      'commerce',
      'prod',
      {
        id: 'postgres-6bwgamo3',
        region: 'ap-guangzhou',
        ...ssl(ca.pem),
        keys: [key('5e9bb2c1-3c44-11f0-9b7a-525400a1c3d2', 'orders-data', 'ap-guangzhou', 412)],
      },
      { database: { chain: ca.issue(onLoopback('orders', 204)), plaintext: false }, tlsProbe: {} },
    ],
    // The bundle has the expired CA that this one has replaced, too; the certificate is by an intermediate CA, for a
    // name.
    [
      'payments',
      'payments',
      'prod',
      {
        id: 'postgres-k3v9p1xd',
        region: 'ap-singapore',
        ...ssl(replacedCa.pem + ca.pem),
        keys: [
          {
            ...key('a41c07de-5f10-11f0-8c55-5254007b9e10', 'payments-data', 'ap-singapore', 96),
            kmsClusterId: 'cls-hsm-9s2kd0',
          },
        ],
      },
      {
        database: {
          chain: ca
            .createIntermediate('Demo PostgreSQL Issuing CA', 900)
            .issue({ name: hostOf('payments'), sans: [`DNS:${hostOf('payments')}`], days: 151 }),
          plaintext: false,
        },
        tlsProbe: { serverName: hostOf('payments') },
      },
    ],
  ];
}

function withFindings({ key, ca, legacyCa }: Context): Named<PostgresInstance>[] {
  return [
    // One of two keys is disabled: still encrypted. A session without TLS is accepted.
    [
      'ledger',
      'payments',
      'prod',
      {
        id: 'postgres-9qz2m7ft',
        region: 'ap-shanghai',
        ...ssl(ca.pem),
        keys: [
          key('c7d2f9a0-21b3-11ef-a0d8-525400c0ffee', 'ledger-2024', 'ap-shanghai', 730, false),
          key('0b64e3f8-7a9c-11f0-bd21-525400d15ea5', 'ledger-2026', 'ap-shanghai', 61),
        ],
      },
      { database: { chain: ca.issue(onLoopback('ledger', 118)), plaintext: true }, tlsProbe: {} },
    ],
    // Not encrypted at rest; the certificate expires soon.
    [
      'sessions',
      'platform',
      'prod',
      { id: 'postgres-2rj6tbe0', region: 'eu-frankfurt', ...ssl(ca.pem), keys: [] },
      { database: { chain: ca.issue(onLoopback('sessions', 12)), plaintext: false }, tlsProbe: {} },
    ],
    // The only key is disabled; the certificate has expired.
    [
      'invoices',
      'finance',
      'prod',
      {
        id: 'postgres-m1c8u4ka',
        region: 'ap-tokyo',
        ...ssl(ca.pem),
        keys: [key('8d5a6c14-66ef-11f0-b2f4-525400e4d7c8', 'invoices-data', 'ap-tokyo', 150, false)],
      },
      { database: { chain: ca.issue(onLoopback('invoices', -2)), plaintext: false }, tlsProbe: {} },
    ],
    // The CA certificate expires in some months, and the database has no TLS above 1.1.
    [
      'crm',
      'sales',
      'prod',
      {
        id: 'postgres-w7e3yj9q',
        region: 'na-ashburn',
        ...ssl(legacyCa.pem),
        keys: [key('316fb0a9-0c8e-11f0-8e17-5254003d9f66', 'crm-data', 'na-ashburn', 603)],
      },
      {
        database: { chain: legacyCa.issue(onLoopback('crm', 93)), maxVersion: 'TLSv1.1', plaintext: false },
        tlsProbe: {},
      },
    ],
  ];
}

function withoutProbe({ key }: Context, nowMs: number): Named<PostgresInstance>[] {
  const acceptance = { untilMs: lastSecond(nowMs + 40 * dayMs), reason: 'test data only, SEC-42' };
  return [
    // SSL is off.
    [
      'catalog',
      'commerce',
      'prod',
      {
        id: 'postgres-h8d4wy5n',
        region: 'ap-beijing',
        sslEnabled: false,
        keys: [key('f0317b52-4e0d-11f0-93aa-5254009a7b31', 'catalog-data', 'ap-beijing', 288)],
      },
    ],
    // No encryption at all, typical of a development database: accepted for some weeks.
    [
      'analytics',
      'data',
      'dev',
      { id: 'postgres-x5n0gs7l', region: 'ap-hongkong', sslEnabled: false, keys: [] },
      { accept: ['ssl_disabled', 'not_encrypted_at_rest'].map((finding) => ({ finding, ...acceptance })) },
    ],
  ];
}

/** The API refuses both calls, and nothing listens at the address. */
const beingRebuilt: Named<PostgresInstance> = [
  'orders-staging',
  'commerce',
  'staging',
  {
    id: 'postgres-4tfo2cvz',
    region: 'ap-guangzhou',
    sslEnabled: false,
    keys: [],
    error: 'OperationDenied.InstanceStatusLimitError',
  },
  // Port 1 is reserved (tcpmux).
  { tlsProbe: { address: '127.0.0.1:1' } },
];

/** The end of a day in UTC, in milliseconds. */
const lastSecond = (ms: number) => (Math.floor(ms / dayMs) + 1) * dayMs - 1000;

type Context = ReturnType<typeof createAuthorities> & { key: ReturnType<typeof keyAt> };

/** CAs of the past, for years, and for some months. */
function createAuthorities({ createRoot }: Pki) {
  return {
    replacedCa: createRoot('Demo PostgreSQL CA', -4190, -540),
    ca: createRoot('Demo PostgreSQL CA', -540, 6765),
    legacyCa: createRoot('Demo PostgreSQL Legacy CA', -580, 150),
  };
}

/** Returns a function that makes a key of a given age. */
function keyAt(nowMs: number) {
  return (id: string, alias: string, region: string, ageDays: number, enabled = true): PostgresKey => ({
    id,
    alias,
    region,
    enabled,
    createTime: beijingTime(nowMs - ageDays * dayMs),
  });
}

const hostOf = (name: string) => `${name}.db.example.com`;
const onLoopback = (name: string, days: number) => ({ name: hostOf(name), sans: ['IP:127.0.0.1'], days });

const ssl = (caCert: string) => ({
  sslEnabled: true,
  caUrl: 'https://ca.example.com/TencentDB-PG-SSL-CA.zip',
  caCert,
});
