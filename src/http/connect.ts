// Connects to a host that can have several addresses, by Happy Eyeballs version 2 (RFC 8305 section 5).
import net, { isIP, type Socket } from 'node:net';
import type { Connect, HostPort } from '../model/connect.ts';
import { untilAborted } from '../model/deadline.ts';
import { Failure } from '../model/failure.ts';
import type { Lookup } from './lookup.ts';

/** Time until the next address is tried in addition to the earlier ones (RFC 8305 section 5). */
const attemptDelayMs = 250;
/** Addresses that a message names. */
const maxNamed = 4;

/**
 * Connects to the addresses of a host, the next one in addition after 250 ms; the first that accepts is used
 * (RFC 8305). Its failures have the reason `network`.
 */
export function createConnect(lookup: Lookup): Connect {
  return async (target, attempt) => {
    attempt.waitingFor = `the addresses of ${target.host} (check DNS)`;
    // Name servers can take longer than the attempt may.
    const addresses = (await untilAborted(lookup(target.host), attempt.signal)) ?? [];
    attempt.signal.throwIfAborted();
    attempt.waitingFor = `a connection to ${isIP(target.host) === 0 ? addresses.slice(0, maxNamed).join(' or ') : target.host}`;
    const socket = await connectToFirst(addresses, target, attempt.signal);
    attempt.waitingFor = undefined;
    return socket;
  };
}

function connectToFirst(addresses: readonly string[], target: HostPort, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = [...addresses];
    const open = new Set<Socket>();
    const faults: string[] = [];
    let timer: NodeJS.Timeout | undefined;

    function stop(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const socket of open) socket.destroy();
    }
    function onAbort(): void {
      stop();
      reject(signal.reason as Error);
    }
    function tryNext(): void {
      clearTimeout(timer);
      const address = waiting.shift();
      if (address !== undefined) start(address);
      else if (open.size === 0) {
        stop();
        reject(new Failure('network', explain(target, faults)));
      }
      if (waiting.length > 0) timer = setTimeout(tryNext, attemptDelayMs);
    }
    function start(address: string): void {
      const socket = net.connect({ host: address, port: target.port, noDelay: true });
      open.add(socket);
      const onError = ({ code = 'connection closed' }: NodeJS.ErrnoException) => {
        open.delete(socket);
        faults.push(isIP(target.host) === 0 ? `${address}: ${code}` : code);
        tryNext();
      };
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        open.delete(socket);
        stop();
        resolve(socket);
      });
    }

    signal.addEventListener('abort', onAbort, { once: true });
    tryNext();
  });
}

function explain({ host, port }: HostPort, faults: readonly string[]): string {
  const more = faults.length > maxNamed ? `, and ${faults.length - maxNamed} more` : '';
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return `no connection to ${authority} (${faults.slice(0, maxNamed).join(', ')}${more})`;
}
