// Finds the open descriptor of the process that a path such as /dev/stdin or /dev/fd/63 refers to.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** As the kernel of Linux does. */
const maxLinks = 40;

const accessMask = 3;
const readOnly = 0;

/**
 * The access mode of each descriptor that the process was started with. Node has opened others before: `anon_inode:`, and
 * pipes of which the process has both ends. Undefined where the kernel is not Linux.
 */
const inherited = findInherited();

function findInherited(): ReadonlyMap<number, number> | undefined {
  const found: { descriptor: number; link: string; access: number }[] = [];
  try {
    for (const name of readdirSync('/proc/self/fd')) found.push(...describe(name));
  } catch {
    return undefined;
  }
  const ends = new Map<string, Set<number>>();
  for (const { link, access } of found) ends.set(link, (ends.get(link) ?? new Set()).add(access));
  const isOfNode = (link: string) =>
    link.startsWith('anon_inode:') || (link.startsWith('pipe:') && ends.get(link)?.size !== 1);
  return new Map(found.flatMap(({ descriptor, link, access }) => (isOfNode(link) ? [] : [[descriptor, access]])));
}

/** Empty for the descriptor that lists the folder, which is closed by then. */
function describe(name: string): { descriptor: number; link: string; access: number }[] {
  try {
    const link = readlinkSync(`/proc/self/fd/${name}`);
    const [, flags = ''] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8')) ?? [];
    return [{ descriptor: Number(name), link, access: Number.parseInt(flags, 8) & accessMask }];
  } catch {
    return [];
  }
}

/** Where a path leads. */
export interface Target {
  /** The path without a symbolic link as its last part. */
  path: string;
  /** undefined: the path does not refer to an open descriptor. */
  descriptor: number | undefined;
}

/**
 * Follows symbolic links up to a file, which may not exist yet, or to a descriptor of this process. Opening the path of a
 * descriptor fails for a socket, and writes to the beginning of a regular file.
 * @throws {NodeJS.ErrnoException} e.g. ENOENT when the folder does not exist; EBADF for a descriptor that the process was
 * not started with, or that cannot be written
 */
export async function followLinks(path: string, use: 'read' | 'write'): Promise<Target> {
  const descriptors = await Promise.all(['/proc/self/fd', '/dev/fd'].map((folder) => realpath(folder).catch(() => '')));
  let next = await resolveFile('', path);
  for (let links = 0; links < maxLinks; links++) {
    const folder = await realpath(dirname(next));
    const name = basename(next);
    if (/^\d+$/.test(name) && descriptors.includes(folder)) {
      const access = inherited === undefined ? undefined : (inherited.get(Number(name)) ?? -1);
      if (access === -1 || (access === readOnly && use === 'write')) throw failure('EBADF');
      return { path: next, descriptor: Number(name) };
    }
    const link = await readlink(join(folder, name)).catch(notALink);
    if (link === undefined) return { path: join(folder, name), descriptor: undefined };
    next = await resolveFile(folder, link);
  }
  throw failure('ELOOP');
}

/** `resolve` drops a slash at the end, which only a folder can have. */
async function resolveFile(folder: string, path: string): Promise<string> {
  const full = resolve(folder, path);
  if (/\/\.?$/.test(path) && !(await stat(full).catch(() => undefined))?.isDirectory()) throw failure('ENOTDIR');
  return full;
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** EINVAL: it is no link; ENOENT: nothing is there. */
function notALink(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EINVAL' && error.code !== 'ENOENT') throw error;
}

/**
 * Relative paths in a configuration from a descriptor start at the working directory, otherwise at the folder of the
 * file.
 */
export function folderOf(file: string): string {
  return /^\/(?:dev\/(?:stdin$|fd\/)|proc\/[^/]+\/fd\/)/.test(file) ? '.' : dirname(file);
}
