// The PostgreSQL databases of the demo, one for each posture: from healthy to an API that refuses the calls.
import { randomBytes } from 'node:crypto';
import { listed, type Named, type SimulatedCloud } from '../simulated-cloud.ts';
import { beijingTime } from '../wire-time.ts';
import { demoCa, demoLegacyCa, demoReplacedCa } from './demo-certificates.ts';
import { type PostgresInstance, type PostgresKey, startPostgresApi } from './postgres-api.ts';

const dayMs = 86_400_000;

export const tencentCloud: SimulatedCloud = {
  provider: 'tencent_postgres',
  instances: (nowMs) => listed(tencentFleet(nowMs)),
  async start(nowMs) {
    const secretId = `DEMOID${randomBytes(8).toString('hex')}`;
    const secretKey = randomBytes(16).toString('hex');
    const instances = tencentFleet(nowMs).map(([, , , instance]) => instance);
    const api = await startPostgresApi({ secretId, secretKey, instances, latencyMs: 40 });
    return { api, credentials: { secret_id: secretId, secret_key: secretKey } };
  },
};

/** All dates are relative to `nowMs`, except those of the embedded CA certificates. */
export function tencentFleet(nowMs: number): Named<PostgresInstance>[] {
  return [...healthy(nowMs), ...withFindings(nowMs), withAcceptedFindings(nowMs)];
}

function healthy(nowMs: number): Named<PostgresInstance>[] {
  const key = keyAt(nowMs);
  return [
    // Healthy.
    [
      'orders',
      'commerce',
      'prod',
      {
        id: 'postgres-6bwgamo3',
        region: 'ap-guangzhou',
        ...ssl('10.0.4.12'),
        keys: [key('5e9bb2c1-3c44-11f0-9b7a-525400a1c3d2', 'orders-data', 'ap-guangzhou', 412)],
      },
    ],
    // Healthy; the response contains the CA certificate, as for cloud-disk editions, and the expired one that it replaced.
    [
      'payments',
      'payments',
      'prod',
      {
        id: 'postgres-k3v9p1xd',
        region: 'ap-singapore',
        ...ssl('10.20.1.8'),
        caCert: demoReplacedCa + demoCa,
        keys: [
          {
            ...key('a41c07de-5f10-11f0-8c55-5254007b9e10', 'payments-data', 'ap-singapore', 96),
            kmsClusterId: 'cls-hsm-9s2kd0',
          },
        ],
      },
    ],
    // One of two keys is disabled: still encrypted.
    [
      'ledger',
      'payments',
      'prod',
      {
        id: 'postgres-9qz2m7ft',
        region: 'ap-shanghai',
        ...ssl('10.3.0.21'),
        keys: [
          key('c7d2f9a0-21b3-11ef-a0d8-525400c0ffee', 'ledger-2024', 'ap-shanghai', 730, false),
          key('0b64e3f8-7a9c-11f0-bd21-525400d15ea5', 'ledger-2026', 'ap-shanghai', 61),
        ],
      },
    ],
  ];
}

function withFindings(nowMs: number): Named<PostgresInstance>[] {
  const key = keyAt(nowMs);
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
    // Not encrypted at rest.
    [
      'sessions',
      'platform',
      'prod',
      { id: 'postgres-2rj6tbe0', region: 'eu-frankfurt', ...ssl('10.60.2.5'), keys: [] },
    ],
    // The only key is disabled.
    [
      'invoices',
      'finance',
      'prod',
      {
        id: 'postgres-m1c8u4ka',
        region: 'ap-tokyo',
        ...ssl('10.41.7.19'),
        keys: [key('8d5a6c14-66ef-11f0-b2f4-525400e4d7c8', 'invoices-data', 'ap-tokyo', 150, false)],
      },
    ],
    // The CA certificate expires on 2027-06-01.
    [
      'crm',
      'sales',
      'prod',
      {
        id: 'postgres-w7e3yj9q',
        region: 'na-ashburn',
        ...ssl('10.80.0.33'),
        caCert: demoLegacyCa,
        keys: [key('316fb0a9-0c8e-11f0-8e17-5254003d9f66', 'crm-data', 'na-ashburn', 603)],
      },
    ],
    // Being rebuilt: the API refuses both calls.
    [
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
    ],
  ];
}

/** No encryption at all, typical of a development database: accepted for some weeks. */
function withAcceptedFindings(nowMs: number): Named<PostgresInstance> {
  const acceptance = { untilMs: lastSecond(nowMs + 40 * dayMs), reason: 'test data only, SEC-42' };
  return [
    'analytics',
    'data',
    'dev',
    { id: 'postgres-x5n0gs7l', region: 'ap-hongkong', sslEnabled: false, keys: [] },
    ['ssl_disabled', 'not_encrypted_at_rest'].map((finding) => ({ finding, ...acceptance })),
  ];
}

/** The end of a day in UTC, in milliseconds. */
const lastSecond = (ms: number) => (Math.floor(ms / dayMs) + 1) * dayMs - 1000;

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

const ssl = (connectAddress: string) => ({
  sslEnabled: true,
  caUrl: 'https://ca.example.com/TencentDB-PG-SSL-CA.zip',
  connectAddress,
});
