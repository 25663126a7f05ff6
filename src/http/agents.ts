// The agents of the outbound client: their connections come from the connector, directly or through a proxy.
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Attempt, Connect } from '../model/connect.ts';
import type { FindProxy } from './proxy.ts';
import { openTunnel } from './tunnel.ts';

/** The agents for one set of trusted certificates. */
export interface Agents {
  httpAgent: http.Agent;
  httpsAgent: https.Agent;
}

/** Which agents a request needs. */
export interface AgentChoice {
  /** PEM certificates that are trusted instead of those of the system. */
  ca?: string | undefined;
  /** A new connection, closed after the request. */
  fresh?: boolean | undefined;
}

/** Finds agents. */
export interface AgentPool {
  agentsFor: (choice: AgentChoice) => Agents;
  /** Closes all connections. */
  destroy: () => void;
}

/** The option of a request that its agent hands on to the connector. */
export interface AttemptOption {
  attempt: Attempt;
}

/** The queue bounds busy connections; these bound the idle ones of each host, which outlive a usual scrape interval. */
const keepAlive = { keepAlive: true, maxFreeSockets: 64, timeout: 180_000 };

/** Sets of certificates with separate agents: those of earlier versions of a file are dropped, and idle out. */
const maxCas = 128;

type Callback = (error: Error | null, socket?: Duplex) => void;
type Options = https.RequestOptions & AttemptOption;

/** Creates a pool of agents; the connections of each are kept alive for three minutes without use. */
export function createAgentPool(findProxy: FindProxy, connect: Connect, connectToProxy = connect): AgentPool {
  const byCa = new Map<string | undefined, { kept: Agents; fresh: Agents }>();

  function create(ca: string | undefined): { kept: Agents; fresh: Agents } {
    // Parsed once, and not for each connection.
    const trust = ca === undefined ? {} : { secureContext: tls.createSecureContext({ ca }) };
    const agents = (options: http.AgentOptions): Agents => ({
      httpAgent: createHttpAgent(connect, options),
      httpsAgent: createHttpsAgent(findProxy, { connect, connectToProxy }, { ...options, ...trust }),
    });
    return { kept: agents(keepAlive), fresh: agents({ keepAlive: false }) };
  }

  return {
    agentsFor({ ca, fresh = false }) {
      const known = byCa.get(ca) ?? create(ca);
      // The map is in the order of use. The agents that trust the system CAs are used by most accounts, and stay.
      byCa.delete(ca);
      byCa.set(ca, known);
      if (byCa.size > maxCas) byCa.delete([...byCa.keys()].find((key) => key !== undefined));
      return fresh ? known.fresh : known.kept;
    },
    destroy() {
      for (const agents of [...byCa.values()].flatMap(({ kept, fresh }) => [kept, fresh])) {
        agents.httpAgent.destroy();
        agents.httpsAgent.destroy();
      }
    },
  };
}

function createHttpAgent(connect: Connect, options: http.AgentOptions): http.Agent {
  const agent = new http.Agent(options);
  connectWith(agent, ({ host, port, attempt }) => connect({ host: String(host), port: Number(port) }, attempt));
  return agent;
}

function createHttpsAgent(
  findProxy: FindProxy,
  { connect, connectToProxy }: { connect: Connect; connectToProxy: Connect },
  options: https.AgentOptions,
): https.Agent {
  const agent = new https.Agent(options);
  const secure = agent.createConnection.bind(agent) as (to: object) => Duplex;
  connectWith(agent, async (to) => {
    const { attempt } = to;
    const host = String(to.host);
    const port = Number(to.port);
    const target = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const proxy = findProxy(target);
    const socket = await (proxy === undefined
      ? connect({ host, port }, attempt)
      : openTunnel(proxy, target, connectToProxy, attempt));
    return secure({ ...to, socket });
  });
  return agent;
}

/**
 * Node's agents wait for a connection that is passed to a callback. Not util.callbackify, which calls back later: TLS can
 * have failed by then.
 */
function connectWith(agent: http.Agent, open: (to: Options) => Promise<Duplex>): void {
  async function create(to: Options, callback: Callback): Promise<void> {
    let socket: Duplex;
    try {
      socket = await open(to);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback(null, socket);
  }
  Object.assign(agent, { createConnection: (to: Options, callback: Callback) => void create(to, callback) });
}
