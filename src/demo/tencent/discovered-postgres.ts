// The PostgreSQL databases of the demo that only the cloud lists, and how the demo discovers them.
import type { DemoDiscovery, Named } from '../simulated-cloud.ts';
import type { PostgresInstance, PostgresKey } from './postgres-api.ts';

/** A region with configured databases, and one without. */
export const postgresDiscovery: DemoDiscovery = {
  regions: ['ap-guangzhou', 'ap-jakarta'],
  tags: { env: 'prod' },
  tagLabels: ['team', 'env'],
};

/** Two that are found, one that is isolated, and one whose tags are not those that the demo looks for. */
export function discoveredPostgres(
  ssl: Pick<PostgresInstance, 'sslEnabled' | 'caUrl' | 'caCert'>,
  key: (id: string, alias: string, region: string, ageDays: number) => PostgresKey,
): Named<PostgresInstance>[] {
  return [
    // Healthy.
    [
      'wishlist',
      'commerce',
      'prod',
      {
        id: 'postgres-5v8ck2qe',
        region: 'ap-guangzhou',
        version: '16.4',
        ...ssl,
        keys: [key('1f6ad3e4-80b2-11f0-a3c9-525400b8f017', 'wishlist-data', 'ap-guangzhou', 33)],
      },
      { onlyInCloud: true },
    ],
    // Not encrypted at rest.
    [
      'couriers',
      'logistics',
      'prod',
      { id: 'postgres-j3h6tm9z', region: 'ap-jakarta', version: '14.11', ...ssl, keys: [] },
      { onlyInCloud: true },
    ],
    // Isolated since it is no longer paid for: the API refuses the calls.
    [
      'orders-archive',
      'commerce',
      'prod',
      {
        id: 'postgres-0d4xr1sw',
        region: 'ap-guangzhou',
        status: 'isolated',
        sslEnabled: false,
        keys: [],
        error: 'OperationDenied.InstanceStatusLimitError',
      },
      { onlyInCloud: true },
    ],
    [
      'sandbox',
      'data',
      'dev',
      { id: 'postgres-e7u2bn5y', region: 'ap-jakarta', sslEnabled: false, keys: [] },
      { onlyInCloud: true },
    ],
  ];
}
