// Reads the configuration file, and reloads it when it has changed.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type FileContent, inTime, readBoundedFile } from '../files/bounded-file.ts';
import { decodeText } from '../files/decode-text.ts';
import { followLinks } from '../files/descriptor.ts';
import { createReloadable } from '../files/reloadable.ts';
import { isStream, readStream } from '../files/stream.ts';
import { describeSystemError } from '../files/system-error.ts';
import { formatProblem, type Problem } from '../files/yaml-document.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Config } from './config.ts';
import type { Validate, Validation } from './validate.ts';

/** Provides the configuration of the program. */
export interface ConfigSource {
  /** The last valid configuration. */
  current: () => Config;
  /** Reads the file and returns its problems. `force`: validate even if the text is unchanged. */
  refresh: (force?: boolean) => Promise<readonly Problem[]>;
  state: () => ReloadState;
}

/** Called once per change of the file. */
export interface ReloadListener {
  reloaded: (config: Config) => void;
  failed: (problems: readonly Problem[]) => void;
}

/** Enough for a few hundred thousand instances. */
const maxBytes = 16 * 1024 * 1024;

const streamTimeoutMs = 10_000;

/** A file system that hangs does not delay a scrape for longer. */
const fileTimeoutMs = 2000;

/** Reads and validates the file once. Never throws because of its content. */
export async function readConfigFile(file: string, validate: Validate): Promise<Validation> {
  return createReader(file, validate)(true);
}

/** Opens the file. @returns the source, or the problems of the first read */
export async function openConfigFile(
  file: string,
  validate: Validate,
  listener: ReloadListener,
  now: () => number,
): Promise<{ source: ConfigSource; problems?: never } | { source?: never; problems: readonly Problem[] }> {
  const read = createReader(file, validate);
  const first = await read(true);
  if (first.config === undefined) return { problems: first.problems };
  const { current, refresh, state } = createReloadable(first, { read, ...listener, now });
  return { source: { current, refresh, state } };
}

interface LastRead {
  reading: Validation;
  /** Hash of the content: the text of a large fleet has megabytes. Absent: there was none. */
  hash: string | undefined;
}

/** @returns a function that returns the same object for the same text, and for the same problems in it */
function createReader(file: string, validate: Validate): (force: boolean) => Promise<Validation> {
  const { read, isStream } = createContentReader(file === '-' ? '/dev/stdin' : file);
  let last: LastRead | undefined;

  return async (force) => {
    // A stream can be read once: its configuration stays until the program restarts.
    if (last !== undefined && isStream()) return last.reading;
    const content = await read();
    const hash = 'bytes' in content ? createHash('sha256').update(content.bytes).digest('base64') : undefined;
    const unchanged = hash !== undefined && hash === last?.hash;
    const isFinal = last?.reading.config !== undefined || last?.reading.canBecomeValid !== true;
    if (last !== undefined && unchanged && !force && isFinal) return last.reading;
    const reading: Validation =
      'bytes' in content
        ? await validateBytes(file, content.bytes, validate)
        : { problems: [unreadable(file, content)] };
    if (last !== undefined && hash === last.hash && sameProblems(reading, last.reading)) return last.reading;
    last = { reading, hash };
    return reading;
  };
}

/** Reads a file as often as it is called, or a stream once. Never throws. */
function createContentReader(path: string): { read: () => Promise<FileContent>; isStream: () => boolean } {
  let stream: boolean | undefined;
  let reading: Promise<FileContent> | undefined;

  async function readNow(): Promise<FileContent> {
    if (stream === undefined) {
      try {
        const target = await followLinks(path, 'read');
        stream = await isStream(target);
        if (stream) return await readStream(target, maxBytes, streamTimeoutMs);
      } catch (error) {
        // Opening its path would open a descriptor of Node's own. Other failures are those of the file, too.
        if ((error as NodeJS.ErrnoException).code === 'EBADF')
          return { fault: describeSystemError(error), missing: false };
        stream = false;
      }
    }
    return readBoundedFile(path, maxBytes);
  }

  return {
    isStream: () => stream === true,
    read() {
      const timeoutMs = stream === undefined ? streamTimeoutMs + fileTimeoutMs : fileTimeoutMs;
      // A read that hangs occupies a thread: it is joined instead of starting another.
      reading ??= readNow().finally(() => {
        reading = undefined;
      });
      return inTime(reading, timeoutMs);
    },
  };
}

async function validateBytes(file: string, bytes: Buffer, validate: Validate): Promise<Validation> {
  const decoded = decodeText(bytes);
  if ('text' in decoded) return await validate(file, decoded.text);
  return { problems: [{ file, line: decoded.line, column: 1, path: '', message: decoded.fault }] };
}

function unreadable(file: string, { fault, missing }: { fault: string; missing: boolean }): Problem {
  const message = missing
    ? 'there is no such file (ENOENT); name the configuration with --config.file; config.example.yaml is an example'
    : `the file cannot be read: ${fault}${fault.includes('EACCES') ? '; allow this user to read it and to enter its folders' : ''}`;
  return { file: file === '-' ? 'stdin' : resolve(file), line: 0, column: 0, path: '', message };
}

function sameProblems(a: Validation, b: Validation): boolean {
  const texts = ({ problems = [] }: Validation) => problems.map(formatProblem).join('\n');
  return a.config === undefined && b.config === undefined && texts(a) === texts(b);
}
