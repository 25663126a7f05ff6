// Builds the container image with buildah upon a base of Debian packages and npm's Node, and runs it as an engine would:
// as process 1 of its own namespaces, as the image's user, on a root that is read-only.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findPeer } from './peer.ts';

const project = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

/** What the image says of how it is to be run. */
export interface ImageConfig {
  User: string;
  WorkingDir: string;
  Env: string[];
  Entrypoint: string[];
  Labels: Record<string, string>;
  ExposedPorts: Record<string, object>;
  Healthcheck: { Test: string[] };
}

/** A built image. */
export interface Image {
  config: ImageConfig;
  /** Bytes of the layers that were added to the base, uncompressed. */
  addedBytes: number;
  /** Paths of all files that were added to the base. */
  addedFiles: string[];
  /** The folder that its root is mounted at. */
  root: string;
  remove: () => Promise<void>;
}

/** A container under way. */
export interface Container {
  /** All of its log so far. */
  log: () => string;
  /** Resolves when the log holds the text. @throws when it ends without */
  logged: (text: string) => Promise<void>;
  /** Runs a command in it, as its user. */
  inside: (command: readonly string[]) => Promise<{ status: number; stdout: string }>;
  /** Its exit status. */
  ended: () => Promise<number | null>;
  /** Sends a signal to process 1 and waits; without one, ends all at once. @returns its exit status */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const ownNamespaces = ['--mount', '--pid', '--net', '--fork'];

/** Why this machine can build and run no image; undefined when it can. @throws where CI=true and a program is missing */
export function imageObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'that takes root on Linux';
  const missing = (['buildah', 'debootstrap', 'unshare', 'nsenter', 'chroot', 'ip'] as const).filter(
    (program) => findPeer(program).missing,
  );
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const { status } = spawnSync('unshare', [...ownNamespaces, 'true']);
  return status === 0 ? undefined : 'this machine does not allow namespaces';
}

/** @throws with the output of what failed: of debootstrap or npm where there is no network */
export async function buildImage(revision: string): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'clouddb-image-'));
  const buildah = async (...args: string[]) => {
    const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
    const env = { ...process.env, BUILDAH_ISOLATION: 'chroot' };
    return (await run('buildah', [...storage, ...args], { cwd: project, env, maxBuffer })).stdout.trim();
  };
  const remove = async () => {
    // After a build that failed, nothing is mounted.
    await buildah('unmount', '--all').catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await makeBase(join(folder, 'base'), folder);
    await buildah('bud', '--quiet', '--file', join(folder, 'base.Dockerfile'), '--tag', 'base', folder);
    const volumes = (await npmSettings(folder)).flatMap((volume) => ['--volume', `${volume}:ro`]);
    const values = [
      'NODE_IMAGE=localhost/base',
      `NPM_REGISTRY=${await npmSetting('registry')}`,
      `REVISION=${revision}`,
    ];
    const args = values.flatMap((value) => ['--build-arg', value]);
    // HEALTHCHECK is a word of Docker's format.
    await buildah('bud', '--quiet', '--format=docker', ...args, ...volumes, '--tag', 'exporter', '.');
    const { Docker } = JSON.parse(await buildah('inspect', '--type=image', 'exporter')) as {
      Docker: { config: ImageConfig };
    };
    const layers = join(folder, 'layers');
    await buildah('push', '--quiet', '--disable-compression', 'exporter', `dir:${layers}`);
    const added = addedLayers(layers);
    const lists = await Promise.all(added.map(({ file }) => run('tar', ['--list', '--file', file], { maxBuffer })));
    const root = await buildah('mount', await buildah('from', 'exporter'));
    return {
      config: Docker.config,
      addedBytes: added.reduce((sum, { size }) => sum + size, 0),
      addedFiles: lists.flatMap(({ stdout }) =>
        stdout.split('\n').filter((path) => path !== '' && !path.endsWith('/')),
      ),
      root,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** All layers but the base's only one. */
function addedLayers(folder: string): { file: string; size: number }[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    layers: { digest: string; size: number }[];
  };
  return manifest.layers
    .slice(1)
    .map(({ digest, size }) => ({ file: join(folder, digest.replace(/^sha256:/, '')), size }));
}

/** A root with Debian's least, Node and npm; and the Dockerfile that makes an image of it. */
async function makeBase(root: string, folder: string): Promise<void> {
  const { stdout: mirrors } = await run('apt-get', [
    'indextargets',
    '--format=$(REPO_URI)',
    'Origin: Debian',
    'Label: Debian',
  ]);
  const mirror = mirrors.split('\n')[0] || 'http://deb.debian.org/debian/';
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root, mirror], { maxBuffer });
  const local = join(root, 'usr/local');
  await unpack(`node-linux-${process.arch}@24`, local, 'package/bin', folder);
  await unpack('npm@11', join(local, 'lib/node_modules/npm'), 'package', folder);
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  // Devices are the engine's business; the rest is not needed.
  for (const path of ['dev', 'var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale']) {
    await rm(join(root, path), { recursive: true });
  }
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await writeFile(join(folder, 'base.Dockerfile'), `FROM scratch\nCOPY base/ /\nENV PATH=${path}\n`);
}

/** Takes a part of an npm package into a folder. */
async function unpack(name: string, target: string, part: string, folder: string): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder, name]);
  await mkdir(target, { recursive: true });
  const archive = join(folder, stdout.trim());
  await run('tar', ['--extract', '--no-same-owner', '--file', archive, '-C', target, '--strip-components=1', part]);
}

async function npmSetting(name: string): Promise<string> {
  return (await run('npm', ['config', 'get', name])).stdout.trim();
}

/** Mounts with the CA and the user settings of npm on this machine, for npm in the build. */
async function npmSettings(folder: string): Promise<string[]> {
  const [cafile, userconfig] = [await npmSetting('cafile'), await npmSetting('userconfig')];
  const file = join(folder, 'npmrc');
  const hasCa = cafile !== 'null' && cafile !== '';
  await writeFile(file, hasCa ? `cafile=${cafile}\n` : '');
  return [
    `${file}:/usr/local/etc/npmrc`,
    ...(hasCa ? [`${cafile}:${cafile}`] : []),
    ...(existsSync(userconfig) ? [`${userconfig}:/root/.npmrc`] : []),
  ];
}

/** Prepares the namespaces, then becomes the program. $1 is the root, $2 what is mounted at $3; the rest is the command. */
const asProcessOne = `set -e
root=$1 source=$2 target=$3
shift 3
ip link set lo up
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
[ -z "$source" ] || mount --bind "$source" "$root$target"
mount -o remount,ro,bind "$root" "$root"
exec chroot --groups= "$@"`;

/**
 * Starts a container whose network is its own loopback.
 * @param command what the image's entrypoint is given, or what is run instead of it
 * @param folder of the host, mounted where the configuration is looked for
 */
export function startContainer(
  { config, root }: Image,
  command: { args: readonly string[] } | { instead: readonly string[] },
  folder = '',
): Container {
  const program = 'instead' in command ? command.instead : [...config.Entrypoint, ...command.args];
  const environment = ['/usr/bin/env', '--ignore-environment', `--chdir=${config.WorkingDir}`, ...config.Env];
  const chroot = [`--userspec=${config.User}`, root, ...environment, ...program];
  const child = spawn(
    'unshare',
    [...ownNamespaces, 'sh', '-c', asProcessOne, 'sh', root, folder, config.WorkingDir, ...chroot],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  // Ending unshare would leave process 1 behind: a change of user takes --kill-child away.
  const kill = () => {
    if (child.exitCode === null) process.kill(processOne(child), 'SIGKILL');
  };
  process.once('exit', kill);
  const closed = (once(child, 'close') as Promise<[number | null]>).then(([status]) => {
    process.off('exit', kill);
    return status;
  });

  return {
    log: () => log,
    logged: async (text) => {
      while (!log.includes(text)) {
        const more = Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
        const ended = await Promise.race([more.then(() => false), closed.then(() => true)]);
        if (ended && !log.includes(text)) throw new Error(`the container ended without "${text}":\n${log}`);
      }
    },
    inside: async (command) => {
      const [uid = '', gid = ''] = config.User.split(':');
      const entered = ['--mount', '--pid', '--net', '--root', `--setuid=${uid}`, `--setgid=${gid}`, ...environment];
      const args = ['--target', String(processOne(child)), ...entered, ...command];
      return await run('nsenter', args, { maxBuffer }).then(
        ({ stdout }) => ({ status: 0, stdout }),
        ({ code, stdout }: { code: number; stdout: string }) => ({ status: code, stdout }),
      );
    },
    ended: () => closed,
    stop: async (signal) => {
      if (signal === undefined) kill();
      else process.kill(processOne(child), signal);
      return await closed;
    },
  };
}

/** The number by which this machine knows process 1 of the container. @throws when it is not there */
function processOne({ pid }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  if (!/^\d+ $/.test(children)) throw new Error(`unshare has not one child: ${children}`);
  return Number(children);
}
