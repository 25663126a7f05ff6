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
  instances: readonly DemoInstance[];
  /** Stops the API and the databases. */
  close: () => Promise<void>;
}

/** A simulated instance with its name and labels. */
export type Named<Instance> = [name: string, team: string, env: string, instance: Instance, extras?: Extras];

/** How a database of the fleet serves connections. */
export type DatabasePosture = Omit<DatabaseOptions, 'protocol'>;

interface Extras {
  accept?: readonly DemoAcceptance[];
  /** Absent: there is none that could be probed. */
  database?: DatabasePosture;
  tlsProbe?: DemoProbe;
}

/** The fleet in the form of the configuration. */
export function listed(fleet: readonly Named<{ id: string; region?: string }>[]): DemoInstance[] {
  return fleet.map(([name, team, env, { id, region }, { accept, tlsProbe } = {}]) => ({
    id,
    ...(region !== undefined && { region }),
    name,
    labels: { team, env },
    ...(accept && { accept }),
    ...(tlsProbe && { tlsProbe }),
  }));
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
