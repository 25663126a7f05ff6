// The interface between the demo and a simulated cloud.
import { type DatabaseOptions, startDatabase } from './databases/simulated-database.ts';
import type { SimulatedApi } from './simulated-api.ts';

/** One database of the demo, in the form of the configuration. */
export interface DemoInstance {
  id: string;
  region?: string;
  name: string;
  labels: { team: string; env: string };
  accept?: readonly DemoAcceptance[];
  /** Present where its database is probed. */
  tlsProbe?: DemoProbe;
}

/** How a database is probed, also without TLS. */
export interface DemoProbe {
  /** `HOST:PORT`. Absent: the API reports it. */
  address?: string;
  /** The name that the certificate must cover. Absent: the host. */
  serverName?: string;
  /** The CA certificates to trust, as PEM. Absent: the API reports them. */
  ca?: string;
}

/** A finding that its operator accepts. */
export interface DemoAcceptance {
  finding: string;
  /** Unix milliseconds. */
  untilMs: number;
  reason: string;
}

/** How the demo discovers the instances of a cloud, as `discovery` of an account does. */
export interface DemoDiscovery {
  /** Absent: the cloud has none. */
  regions?: readonly string[];
  tags: Readonly<Record<string, string>>;
  tagLabels: readonly string[];
}

/** A simulated cloud with its fleet. */
export interface SimulatedCloud {
  /** Id of its provider. */
  provider: string;
  /**
   * Starts the databases and the API on free loopback ports, with credentials generated for this run.
   * @param nowMs unix milliseconds; all dates of the fleet are relative to it
   */
  start: (nowMs: number) => Promise<RunningCloud>;
}

/** A simulated cloud that runs. */
export interface RunningCloud {
  api: SimulatedApi;
  credentials: Readonly<Record<string, string>>;
  /** The fleet without those that only the cloud lists. */
  instances: readonly DemoInstance[];
  discovery: DemoDiscovery;
  /** Stops the API and the databases. */
  close: () => Promise<void>;
}

/** A simulated instance with its name and labels. */
export type Named<Instance> = [name: string, team: string, env: string, instance: Instance, extras?: Extras];

/** How a database of the fleet serves connections. */
export type DatabasePosture = Omit<DatabaseOptions, 'protocol'>;

interface Extras {
  /** Not in the configuration of the demo: it can be discovered. */
  onlyInCloud?: boolean;
  accept?: readonly DemoAcceptance[];
  /** Absent: there is none that could be probed. */
  database?: DatabasePosture;
  tlsProbe?: DemoProbe;
}

/** The fleet in the form of the configuration, without those that only the cloud lists. */
export function inConfiguration(fleet: readonly Named<{ id: string; region?: string }>[]): DemoInstance[] {
  return fleet
    .filter(([, , , , { onlyInCloud } = {}]) => !onlyInCloud)
    .map(([name, team, env, { id, region }, { accept, tlsProbe } = {}]) => ({
      id,
      ...(region !== undefined && { region }),
      name,
      labels: { team, env },
      ...(accept && { accept }),
      ...(tlsProbe && { tlsProbe }),
    }));
}

/** The fleet in the form of the cloud, where labels are tags. */
export function inCloud<Instance>(fleet: readonly Named<Instance>[]) {
  return fleet.map(([name, team, env, instance]) => ({ ...instance, name, tags: { team, env } }));
}

/** Starts the databases of a fleet. @returns their addresses by the id of the instance */
export async function startDatabases(protocol: DatabaseOptions['protocol'], fleet: readonly Named<{ id: string }>[]) {
  const databases = await Promise.all(
    fleet.flatMap(([, , , { id }, { database } = {}]) =>
      database === undefined ? [] : [startDatabase({ protocol, ...database }).then((running) => ({ id, running }))],
    ),
  );
  return {
    addresses: new Map(databases.map(({ id, running }) => [id, running.address])),
    close: async () => {
      await Promise.all(databases.map(({ running }) => running.close()));
    },
  };
}
