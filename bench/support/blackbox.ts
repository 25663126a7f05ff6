// blackbox_exporter (Debian package prometheus-blackbox-exporter), which probes a PostgreSQL over TLS.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setInterval } from 'node:timers/promises';
import { startChild } from './child.ts';
import { newPath } from './folder.ts';
import type { Postgres } from './postgres.ts';
import { freePort, requestText } from './requests.ts';

const program = 'prometheus-blackbox-exporter';

/** A running blackbox_exporter. */
export interface Blackbox {
  /** Sends one request for each of some probes, evenly as Prometheus does. @returns milliseconds of CPU of its process */
  cpuMs: (probes: number, perSecond: number) => Promise<number>;
  stop: () => Promise<void>;
}

/** @returns or why there is none */
export async function startBlackbox(postgres: Postgres): Promise<Blackbox | { reason: string }> {
  if (spawnSync(program, ['--version']).error !== undefined) return { reason: `${program} is not installed` };
  const relay = await startRelay(postgres);
  const config = newPath('.yaml');
  const tls = { tls: true, tls_config: { ca_file: postgres.caFile, server_name: 'localhost' } };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ modules: { tls: { prober: 'tcp', tcp: tls } } }));
  const port = await freePort();
  const child = startChild(program, [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`]);
  await child.printed(/Listening on/);
  const agent = new http.Agent({ keepAlive: true });
  const target = `127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const probe = () => requestText(`http://127.0.0.1:${port}/probe?module=tls&target=${target}`, { agent });
  const page = await probe();
  if (!/^probe_success 1$/m.test(page)) throw new Error(`blackbox_exporter does not reach PostgreSQL:\n${page}`);
  return {
    async cpuMs(probes, perSecond) {
      const before = cpuMsOf(child.process.pid);
      const sent: Promise<unknown>[] = [];
      for await (const _ of setInterval(1000 / perSecond)) {
        if (sent.push(probe()) === probes) break;
      }
      await Promise.all(sent);
      return cpuMsOf(child.process.pid) - before;
    },
    async stop() {
      agent.destroy();
      await child.stop();
      relay.close();
    },
  };
}

const sslRequest = Buffer.from('0000000804d2162f', 'hex');

/**
 * Sends SSLRequest in its place: it could only wait for a line, and the answer of PostgreSQL is one byte. What this costs
 * is not counted.
 */
async function startRelay({ addresses: [host = ''], port }: Postgres): Promise<Server> {
  const server = createServer((client) => {
    const database = connect(port, host);
    database.write(sslRequest);
    database.once('data', () => client.pipe(database).pipe(client));
    for (const [one, other] of [[client, database] as const, [database, client] as const])
      one.on('error', () => undefined).once('close', () => other.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Fields 14 and 15 of /proc/PID/stat (proc(5)), in ticks of 10 ms. */
function cpuMsOf(pid = 0): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
