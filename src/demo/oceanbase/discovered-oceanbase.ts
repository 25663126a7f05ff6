// The OceanBase databases of the demo that only the cloud lists, and how the demo discovers them.
import type { DemoDiscovery, Named } from '../simulated-cloud.ts';
import type { OceanBaseInstance } from './oceanbase-api.ts';

export const oceanBaseDiscovery: DemoDiscovery = { tags: { env: 'prod' }, tagLabels: ['team', 'env'] };

/** One that is found, one that is closed. @param instance makes an instance whose SSL has these changes */
export function discoveredOceanBase(
  instance: (id: string, ssl: Record<string, unknown>) => OceanBaseInstance,
  expiresIn: (days: number) => Record<string, unknown>,
): Named<OceanBaseInstance>[] {
  return [
    // Healthy.
    [
      'search',
      'data',
      'prod',
      { ...instance('ob4y7d1hn8c3ev', expiresIn(301)), version: '4.3.5.2-102000032025032718' },
      { onlyInCloud: true },
    ],
    [
      'campaigns',
      'marketing',
      'prod',
      { ...instance('ob8s0p5gt2r6kf', expiresIn(-40)), status: 'PREPAID_EXPIRE_CLOSED' },
      { onlyInCloud: true },
    ],
  ];
}
