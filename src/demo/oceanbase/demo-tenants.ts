// The tenants of the OceanBase databases of the demo: all encrypted, some, none, and an instance without tenants.
import type { OceanBaseTenant } from './tde-api.ts';

const tenant = (id: string, name: string, encrypted = true): OceanBaseTenant => ({ id, name, encrypted });

const byInstance: Readonly<Record<string, readonly OceanBaseTenant[]>> = {
  ob5x8kq2w7h1ye: [tenant('t4k2m8x1', 'checkout'), tenant('t7p5q3z9', 'payments')],
  ob1m4t9zc6v0pr: [
    tenant('t2n6v1c8', 'inventory'),
    tenant('t9w4e7r2', 'suppliers', false),
    tenant('t5y8u3i6', 'returns'),
  ],
  ob7g2n5ys3e8ua: [tenant('t6a1s9d4', 'shipping')],
  ob3r7u1om5k9qt: [tenant('t8f3g7h2', 'risk')],
  ob6h3c8vx2d5nz: [tenant('t1j5k9l3', 'reporting', false), tenant('t3b7n2m6', 'exports', false)],
  ob4y7d1hn8c3ev: [tenant('t6z4x1c8', 'search')],
  ob2w9e4la7s6jk: [tenant('t4q8w2e6', 'notifications')],
};

/** Those of an instance; the others have none. */
export function demoTenants(id: string): readonly OceanBaseTenant[] {
  return byInstance[id] ?? [];
}
