// The interface between the demo and a simulated cloud.
import type { SimulatedApi } from './simulated-api.ts';

/** One database of the demo, in the form of the configuration. */
export interface DemoInstance {
  id: string;
  region?: string;
  name: string;
  labels: { team: string; env: string };
  accept?: readonly DemoAcceptance[];
}

/** A finding that its operator accepts. */
export interface DemoAcceptance {
  finding: string;
  /** Unix milliseconds. */
  untilMs: number;
  reason: string;
}

/** A simulated cloud with its fleet. */
export interface SimulatedCloud {
  /** Id of its provider. */
  provider: string;
  /** @param nowMs unix milliseconds; all dates of the fleet are relative to it */
  instances: (nowMs: number) => DemoInstance[];
  /** Starts the API on a free loopback port, with credentials generated for this run. */
  start: (nowMs: number) => Promise<{ api: SimulatedApi; credentials: Readonly<Record<string, string>> }>;
}

/** A simulated instance with its name and labels. */
export type Named<Instance> = [
  name: string,
  team: string,
  env: string,
  instance: Instance,
  accept?: readonly DemoAcceptance[],
];

/** The fleet in the form of the configuration. */
export function listed(fleet: readonly Named<{ id: string; region?: string }>[]): DemoInstance[] {
  return fleet.map(([name, team, env, { id, region }, accept]) => ({
    id,
    ...(region === undefined ? {} : { region }),
    name,
    labels: { team, env },
    ...(accept === undefined ? {} : { accept }),
  }));
}
