// Finds the open descriptor of the process that a path such as /dev/stdin or /dev/fd/63 stands for.
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** As the kernel of Linux does. */
const maxLinks = 40;

/** Where a path leads. */
export interface Target {
  /** The path without a symbolic link as its last part. */
  path: string;
  /** undefined: the path does not stand for an open descriptor. */
  descriptor: number | undefined;
}

/**
 * Follows symbolic links up to a file, which may not exist yet, or to a descriptor of this process. Opening the path of a
 * descriptor fails for a socket, and writes to the beginning of a regular file.
 * @throws {NodeJS.ErrnoException} e.g. ENOENT when the folder does not exist
 */
export async function followLinks(path: string): Promise<Target> {
  const descriptors = await Promise.all(['/proc/self/fd', '/dev/fd'].map((folder) => realpath(folder).catch(() => '')));
  let next = resolve(path);
  for (let links = 0; links < maxLinks; links++) {
    const folder = await realpath(dirname(next));
    const name = basename(next);
    if (/^\d+$/.test(name) && descriptors.includes(folder)) return { path: next, descriptor: Number(name) };
    const link = await readlink(join(folder, name)).catch(notALink);
    if (link === undefined) return { path: join(folder, name), descriptor: undefined };
    next = resolve(folder, link);
  }
  throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
}

/** EINVAL: it is no link; ENOENT: nothing is there. */
function notALink(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EINVAL' && error.code !== 'ENOENT') throw error;
}

/** Relative paths in a configuration from a descriptor start at the working directory, and else beside the file. */
export function folderOf(file: string): string {
  return /^\/(?:dev\/(?:stdin$|fd\/)|proc\/[^/]+\/fd\/)/.test(file) ? '.' : dirname(file);
}
