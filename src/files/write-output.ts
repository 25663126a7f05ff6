// Writes a file atomically: a reader never sees a part of it, and a device or pipe stays what it is.
import { randomUUID } from 'node:crypto';
import { access, constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { followLinks } from './descriptor.ts';
import { isStream, writeStream } from './stream.ts';

/** Of a new file, whatever the umask: the collector that reads it is another user. */
const newFileMode = 0o644;

/**
 * Finds before the work what would prevent writing afterwards: a folder that does not exist, or the name of a folder.
 * @throws {NodeJS.ErrnoException}
 */
export async function checkOutput(path: string): Promise<void> {
  const target = await followLinks(path, 'write');
  if (await isStream(target)) return;
  await access(dirname(target.path), constants.W_OK | constants.X_OK);
  const existing = await stat(target.path).catch(() => undefined);
  if (existing?.isDirectory() === true) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
}

/**
 * Replaces a regular file atomically, with its mode and owner; the target of a link instead of the link. Writes into what
 * is no regular file. Replaces nothing once the signal is aborted, and leaves no other file.
 * @returns the path of the file that was replaced, or undefined when none was
 * @param warn receives what could not be kept of the old file
 * @throws {NodeJS.ErrnoException} when it cannot be written @throws the reason of the signal
 */
export async function writeOutput(
  path: string,
  bytes: Buffer,
  signal: AbortSignal,
  warn: (message: string) => void,
): Promise<string | undefined> {
  const target = await followLinks(path, 'write');
  if (await isStream(target)) {
    await writeStream(target, bytes, signal);
    return undefined;
  }
  const beside = join(dirname(target.path), `.clouddb-${randomUUID()}.tmp`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(beside, 'wx', 0o600);
    await handle.writeFile(bytes);
    await keepOwnerAndMode(handle, target.path, warn);
    await handle.close();
    signal.throwIfAborted();
    await rename(beside, target.path);
    return target.path;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function keepOwnerAndMode(handle: FileHandle, path: string, warn: (message: string) => void): Promise<void> {
  const old = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const { uid, gid } = await handle.stat();
  if (old !== undefined && (old.uid !== uid || old.gid !== gid)) {
    await handle.chown(old.uid, old.gid).catch(async () => {
      // The group alone can be kept by each of its members.
      const changed = await handle.chown(-1, old.gid).then(
        () => 'user',
        () => 'user or group',
      );
      warn(`the output belongs to another ${changed} from now on`);
    });
  }
  // After chown, which removes some bits.
  await handle.chmod(old === undefined ? newFileMode : old.mode & 0o7777);
}
