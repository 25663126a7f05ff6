// Keeps the connections that are open, busy and idle, of all hosts together, within a limit.
import type { Agent } from 'node:http';
import type { Socket } from 'node:net';

/** Called before each request. @returns what to call when the request has ended */
export type EnterHost = (url: URL) => () => void;

/**
 * Closes idle connections to other hosts where a request would open one too many. Idle ones that a request which has
 * just begun will take are left alone, so that hosts that are asked in turn keep theirs.
 * @param limit connections; for one host the agents themselves keep to it
 */
export function createConnectionLimit(agents: readonly Agent[], limit: () => number): EnterHost {
  /** Requests under way by `host:port:`, which is how the agents' names begin. */
  const underWay = new Map<string, number>();

  function socketsOf(kind: 'sockets' | 'freeSockets', host: string): Socket[] {
    const all = agents.flatMap((agent) => Object.entries(agent[kind]));
    return all
      .flatMap(([name, sockets]) => (name.startsWith(host) ? (sockets ?? []) : []))
      .filter((socket) => !socket.destroyed);
  }

  function makeRoom(): void {
    const hosts = [...underWay].map(([host, requests]) => {
      const busy = socketsOf('sockets', host).length;
      return { busy, idle: socketsOf('freeSockets', host), starting: Math.max(0, requests - busy) };
    });
    let over =
      hosts.reduce((sum, { busy, idle, starting }) => sum + busy + Math.max(idle.length, starting), 0) - limit();
    for (const { idle, starting } of hosts) {
      for (const socket of idle.slice(starting)) {
        if (over <= 0) return;
        socket.destroy();
        over--;
      }
    }
  }

  return ({ protocol, hostname, port }) => {
    // An IPv6 address stands there without its brackets.
    const host = `${hostname.replace(/^\[|\]$/g, '')}:${port || (protocol === 'https:' ? 443 : 80)}:`;
    underWay.set(host, (underWay.get(host) ?? 0) + 1);
    for (const agent of agents) agent.maxSockets = limit();
    makeRoom();
    return () => underWay.set(host, (underWay.get(host) ?? 1) - 1);
  };
}
