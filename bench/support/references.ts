// Starts what the exporter is compared with, each as its own process, to be measured in turns with the exporter.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { type Child, startChild, startScript } from './child.ts';
import { newPath } from './folder.ts';
import { requestText, scrape } from './requests.ts';

/** A running reference. */
export interface Reference {
  /** Runs one round. @returns its milliseconds of CPU */
  cpuMs: () => Promise<number>;
  stop: () => Promise<void>;
}

/** Signed calls with axios; a round is one call, measured over many. @param port of the API */
export function startAxiosLoop(port: number): Promise<Reference> {
  return startRounds(startScript('reference/axios-loop.ts', [String(port)]));
}

/** prom-client, which fills and renders the series of an exposition without compression. */
export function startPromClient(exposition: string): Promise<Reference> {
  return startRounds(startScript('reference/prom-client.ts', [exposition]));
}

/** A server that fills and renders a registry of prom-client for each request, compressed. */
export interface MultiTarget {
  url: string;
  /** Milliseconds of CPU while the action runs. */
  cpuOf: (action: () => Promise<unknown>) => Promise<number>;
  stop: () => Promise<void>;
}

/** @param exposition the series of each request */
export async function startMultiTarget(exposition: string): Promise<MultiTarget> {
  const child = startScript('reference/multi-target.ts', [exposition]);
  const url = await urlOf(child);
  const usedMs = async () => Number(await requestText(`${url}/cpu`));
  return {
    url: `${url}/probe`,
    async cpuOf(action) {
      const before = await usedMs();
      await action();
      return (await usedMs()) - before;
    },
    stop: () => child.stop(),
  };
}

async function startRounds(child: Child): Promise<Reference> {
  const url = await urlOf(child);
  return { cpuMs: async () => Number(await requestText(url)), stop: () => child.stop() };
}

async function urlOf(child: Child): Promise<string> {
  const [, address] = await child.printed(/address (\S+)\n/);
  return `http://${address}`;
}

let built: { path: string } | { reason: string } | undefined;

/** @returns the built program, or why there is none */
function buildClientGolang(): { path: string } | { reason: string } {
  const path = newPath('');
  const folder = resolve(import.meta.dirname, '../reference/client-golang');
  const { error, status, stderr } = spawnSync('go', ['build', '-o', path, '.'], { cwd: folder, encoding: 'utf8' });
  if (error !== undefined) return { reason: 'go is not installed' };
  return status === 0 ? { path } : { reason: `go build failed: ${stderr.trim()}` };
}

/** client_golang with the series of an exposition; a round is one compressed scrape. @returns or why there is none */
export async function startClientGolang(exposition: string): Promise<Reference | { reason: string }> {
  built ??= buildClientGolang();
  if ('reason' in built) return built;
  const child = startChild(built.path, [exposition]);
  const url = await urlOf(child);
  const cpuMs = async () => Number(await requestText(`${url}/cpu`));
  return {
    async cpuMs() {
      const before = await cpuMs();
      await scrape(url);
      return (await cpuMs()) - before;
    },
    stop: () => child.stop(),
  };
}
