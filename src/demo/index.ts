// The clouds of the demo: one line each.
import { oceanBaseCloud } from './oceanbase/oceanbase-cloud.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import { tencentCloud } from './tencent/postgres-cloud.ts';

export const simulatedClouds: readonly SimulatedCloud[] = [tencentCloud, oceanBaseCloud];
