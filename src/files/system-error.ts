// Words for failed system calls.

const known: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EBUSY: 'the file is in use or a mount point',
  EIO: 'input or output error',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files in this process',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such file',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of its path is not a folder',
  EPIPE: 'the reader has closed it',
  EROFS: 'the file system is read-only',
};

/** `no such file (ENOENT)`: words and code of a failed system call, without a path. */
export function describeSystemError(error: unknown): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return known[code] === undefined ? code : `${known[code]} (${code})`;
}
