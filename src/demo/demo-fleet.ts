// The demo's databases: two clouds, and every posture that an operator may meet, from all well to an API that fails.

import type { OceanBaseInstance } from './oceanbase/oceanbase-api.ts';
import { demoCa, demoLegacyCa } from './tencent/demo-certificates.ts';
import type { TencentInstance, TencentKey } from './tencent/tencent-api.ts';

/** What a configuration would say of an instance; OceanBase needs no region. */
export interface DemoInstance {
  provider: 'tencent_postgres' | 'oceanbase';
  id: string;
  region?: string;
  name: string;
  labels: Record<string, string>;
}

type Named<Instance> = [name: string, team: string, env: string, instance: Instance];

const dayMs = 86_400_000;

/** The fleet, with all dates set off from `nowMs` (unix milliseconds) but those of the two embedded CA certificates. */
export function demoFleet(nowMs: number): {
  tencent: TencentInstance[];
  oceanbase: OceanBaseInstance[];
  instances: DemoInstance[];
} {
  const tencent = tencentFleet(nowMs);
  const oceanbase = oceanBaseFleet(nowMs);
  return {
    tencent: tencent.map(([, , , instance]) => instance),
    oceanbase: oceanbase.map(([, , , instance]) => instance),
    instances: [
      ...tencent.map(
        ([name, team, env, { id, region }]): DemoInstance => ({
          provider: 'tencent_postgres',
          id,
          region,
          name,
          labels: { team, env },
        }),
      ),
      ...oceanbase.map(
        ([name, team, env, { id }]): DemoInstance => ({ provider: 'oceanbase', id, name, labels: { team, env } }),
      ),
    ],
  };
}

function tencentFleet(nowMs: number): Named<TencentInstance>[] {
  const key = (id: string, alias: string, region: string, ageDays: number, enabled = true): TencentKey => ({
    id,
    alias,
    region,
    enabled,
    createTime: beijingTime(nowMs - ageDays * dayMs),
  });
  const ssl = (connectAddress: string) => ({
    sslEnabled: true,
    caUrl: 'https://ca.example.com/TencentDB-PG-SSL-CA.zip',
    connectAddress,
  });

  return [
    // All well.
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
    // All well, and the CA comes with the answer, as it does for cloud-disk editions.
    [
      'payments',
      'payments',
      'prod',
      {
        id: 'postgres-k3v9p1xd',
        region: 'ap-singapore',
        ...ssl('10.20.1.8'),
        caCert: demoCa,
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
    // Nothing is encrypted, as development databases often are.
    ['analytics', 'data', 'dev', { id: 'postgres-x5n0gs7l', region: 'ap-hongkong', sslEnabled: false, keys: [] }],
    // The CA runs out on 2027-06-01.
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
    // Being rebuilt: the API refuses both questions.
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

function oceanBaseFleet(nowMs: number): Named<OceanBaseInstance>[] {
  const instance = (id: string, ssl: Record<string, unknown>): OceanBaseInstance => ({
    id,
    ssl: {
      instanceId: id,
      enableSSL: 'OPEN',
      status: 'OPEN',
      forceSSL: 'OPEN',
      forceSSLSupport: true,
      autoUpdate: 'OPEN',
      certValid: true,
      certificationType: 'SSL',
      caUrl: 'https://ca.example.com/oceanbase-ca.zip',
      ...ssl,
    },
  });
  const endsIn = (days: number) => ({ validPeriod: utcTime(nowMs + days * dayMs) });

  return [
    // All well.
    ['checkout', 'commerce', 'prod', instance('ob5x8kq2w7h1ye', endsIn(243))],
    // The certificate runs out soon, and nobody renews it.
    ['inventory', 'commerce', 'prod', instance('ob1m4t9zc6v0pr', { ...endsIn(12), autoUpdate: 'CLOSE' })],
    ['shipping', 'logistics', 'prod', instance('ob7g2n5ys3e8ua', { ...endsIn(5), autoUpdate: 'CLOSE' })],
    [
      'loyalty',
      'marketing',
      'prod',
      instance('ob9d0f6jb4l2wx', { ...endsIn(-3), autoUpdate: 'CLOSE', certValid: false }),
    ],
    // Plaintext is let in although this edition could refuse it; the date comes in the API's other form.
    [
      'risk',
      'payments',
      'prod',
      instance('ob3r7u1om5k9qt', { forceSSL: 'CLOSE', validPeriod: `${beijingTime(nowMs + 87 * dayMs)}.0` }),
    ],
    // SSL is off, so there is no certificate and no date.
    [
      'reporting',
      'data',
      'staging',
      instance('ob6h3c8vx2d5nz', {
        enableSSL: 'CLOSE',
        status: 'CLOSE',
        forceSSL: 'CLOSE',
        forceSSLSupport: false,
        autoUpdate: 'CLOSE',
        certValid: false,
        caUrl: '',
      }),
    ],
    // The API itself fails.
    [
      'notifications',
      'platform',
      'prod',
      {
        ...instance('ob2w9e4la7s6jk', endsIn(120)),
        error: { status: 500, errorCode: 'InternalError', errorMessage: 'The request processing has failed.' },
      },
    ],
  ];
}

/** `YYYY-MM-DDTHH:MM:SSZ`. */
function utcTime(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}

/** `YYYY-MM-DD HH:MM:SS` in UTC+8, the zone of both clouds' zone-less times. */
function beijingTime(unixMs: number): string {
  return new Date(unixMs + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
