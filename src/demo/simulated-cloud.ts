// What the demo needs of a simulated cloud.
import type { SimulatedApi } from './simulated-api.ts';

/** One database of the demo, as a configuration would list it. */
export interface DemoInstance {
  id: string;
  region?: string;
  name: string;
  labels: { team: string; env: string };
}

/** A simulated cloud with its fleet. */
export interface SimulatedCloud {
  /** Id of the provider that watches it. */
  provider: string;
  /** @param nowMs unix milliseconds, which all dates of the fleet are relative to */
  instances: (nowMs: number) => DemoInstance[];
  /** Starts the API on a free loopback port, with credentials generated for this run. */
  start: (nowMs: number) => Promise<{ api: SimulatedApi; credentials: Readonly<Record<string, string>> }>;
}

/** A simulated instance with what the configuration says of it. */
export type Named<Instance> = [name: string, team: string, env: string, instance: Instance];

/** How a configuration lists a fleet. */
export function listed(fleet: readonly Named<{ id: string; region?: string }>[]): DemoInstance[] {
  return fleet.map(([name, team, env, { id, region }]) => ({
    id,
    ...(region === undefined ? {} : { region }),
    name,
    labels: { team, env },
  }));
}
