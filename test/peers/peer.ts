// Finds the real programs that tests talk to, and starts and stops them on free loopback ports in a temporary folder.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { vi } from 'vitest';
import { createFolder, type ExporterProcess } from '../support/exporter-process.ts';

// The Debian (and Ubuntu) packages of the programs.
const packages = {
  lighttpd: 'lighttpd',
  apache2: 'apache2',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  amtool: 'prometheus-alertmanager',
  'systemd-analyze': 'systemd',
  curl: 'curl',
  openssl: 'openssl',
  yq: 'yq',
  htpasswd: 'apache2-utils',
  postgres: 'postgresql-15',
  mariadbd: 'mariadb-server',
  chromium: 'chromium',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  chroot: 'coreutils',
  ip: 'iproute2',
} as const;

/** A program that tests use. */
export type Program = keyof typeof packages;

/** Where a program is. */
export interface Found {
  /** Absolute; empty for one that is missing. */
  path: string;
  /** Its tests are to be skipped. */
  missing: boolean;
}

/** Finds a program. Without it the tests fail where CI=true; elsewhere they are skipped, and the output says why. */
export function findPeer(program: Program): Found {
  const path = pathOf(program);
  if (path !== undefined) return { path, missing: false };
  const reason = `${program} is not installed: apt-get install ${packages[program]}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  process.stderr.write(`Tests skipped: ${reason}\n`);
  return { path: '', missing: true };
}

/**
 * Builds a Go program of a folder. Nothing depends on it, not even with CI=true: without Go, or without what the program
 * is made of, its tests are skipped, and the output says why.
 */
export function buildGo(folder: string, program: string): boolean {
  const { error, status, stderr } = spawnSync('go', ['build', '-o', program, '.'], { cwd: folder, encoding: 'utf8' });
  const built = error === undefined && status === 0;
  if (!built) process.stderr.write(`Tests skipped: no Go program: ${error?.message ?? stderr}\n`);
  return built;
}

/** Where an installed program is. */
export function pathOf(program: string): string | undefined {
  // Daemons are in folders that a user's PATH need not have.
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/usr/lib/postgresql/15/bin',
  ];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((candidate) => isExecutable(candidate));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program prints; its exit status must be 0. */
export function outputOf(path: string, args: readonly string[]): string {
  return execFileSync(path, args, { encoding: 'utf8' });
}

export type PeerFolder = Awaited<ReturnType<typeof createFolder>>;

/** A temporary folder that a server may read even after it has given up the rights of root. */
export async function createPeerFolder(): Promise<PeerFolder> {
  const folder = await createFolder();
  await chmod(folder.path, 0o755);
  return folder;
}

/** A running server. */
export interface Peer {
  port: number;
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Stops it and waits; its logs are complete then. */
  stop: () => Promise<void>;
}

const readyWithinMs = 15_000;
const stopWithinMs = 5000;
const pollMs = 10;
const attempts = 3;

/**
 * Starts a server in the foreground and waits until it takes connections.
 * @param prepare receives a free port of 127.0.0.1, writes the files of the server, and returns its arguments
 */
export async function startPeer(path: string, prepare: (port: number) => Promise<readonly string[]>): Promise<Peer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawn(path, await prepare(port), { stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = stopper(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    if (await isReady(child, port)) return { port, url: `http://127.0.0.1:${port}`, stop };
    await stop();
    // Another process may have bound the port in the meantime.
    if (attempt === attempts) throw new Error(`${path} does not take connections:\n${output}`);
  }
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether the server accepts a connection before it exits and before the timeout. */
async function isReady(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline) {
    const listening = await canConnect(port);
    if (hasEnded(child)) return false;
    if (listening) return true;
    await delay(pollMs);
  }
  return false;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Stops a server by its process id; it also stops with this process. */
function stopper(child: ChildProcess): () => Promise<void> {
  const closed = once(child, 'close');
  const terminate = () => child.kill('SIGTERM');
  process.once('exit', terminate);
  return async () => {
    process.off('exit', terminate);
    if (!hasEnded(child)) terminate();
    const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await closed;
    clearTimeout(late);
  };
}

/** Starts Prometheus. @param configuration YAML or JSON */
export function startPrometheus(path: string, folder: PeerFolder, configuration: string): Promise<Peer> {
  return startPeer(path, async (port) => [
    `--config.file=${await folder.write('prometheus.yml', configuration)}`,
    `--storage.tsdb.path=${folder.path}/prometheus`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
}

/** Starts Apache in the foreground, with these modules and directives. */
export function startApache(
  path: string,
  folder: PeerFolder,
  modules: readonly string[],
  directives: string,
): Promise<Peer> {
  return startPeer(path, async (port) => {
    const text = `
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${folder.path}/apache2.pid
DefaultRuntimeDir ${folder.path}
Mutex file:${folder.path} default
ErrorLog ${folder.path}/error.log
${directives}
`;
    return ['-DFOREGROUND', '-f', await folder.write('apache2.conf', text)];
  });
}

/** Waits until an exporter has finished every check once. */
export async function untilReady({ url, stderr }: Pick<ExporterProcess, 'url' | 'stderr'>): Promise<void> {
  await vi.waitFor(async () => {
    const { status } = await fetch(`${url}/-/ready`);
    if (status !== 200) throw new Error(`not ready:\n${stderr()}`);
  }, readyWithinMs);
}
