// The records of what programs under test were given, sent, received and showed: one file for each run.
import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Names the folder of the records; nothing is recorded where it is not set. */
export const recordsVariable = 'CLOUDDB_TEST_RECORDS';

/**
 * Bytes of a run. `given`: its command line and environment; `file`: one that it read; `sent` to a cloud and `received`
 * from it; `asked`: the Authorization of a client; `shown`: what left it by HTTP, stdout, stderr or an output file.
 */
export interface RunRecord {
  kind: 'given' | 'file' | 'sent' | 'received' | 'asked' | 'shown';
  /** Path of the file, name of the connection or stream. */
  from: string;
  /** Latin-1: one character for each byte. */
  text: string;
}

/** What is known of one run. */
export interface RecordedRun {
  args: string[];
  env: Record<string, string>;
  /** The test file that started it. */
  testFile: string;
  records: RunRecord[];
}

/** Keeps records of one run. */
export interface Recording {
  /** Flags of Node that load the recorder into the program. */
  nodeFlags: string[];
  show: (from: string, bytes: Uint8Array) => void;
  /** Keeps a file that a run inside the test reads: nothing else records it there. */
  read: (path: string) => void;
}

/** Begins the records of a run; undefined where none are kept. */
export function startRecording(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  folder = process.env[recordsVariable],
): Recording | undefined {
  if (folder === undefined) return undefined;
  const file = join(folder, `${randomUUID()}.jsonl`);
  const write = (record: RunRecord) => appendFileSync(file, `${JSON.stringify(record)}\n`);
  write({ kind: 'given', from: testFileOf(new Error('for its stack')), text: JSON.stringify({ args, env }) });
  const recorder = pathToFileURL(join(import.meta.dirname, 'recorder.mjs'));
  recorder.searchParams.set('file', file);
  return {
    nodeFlags: ['--import', recorder.href],
    show: (from, bytes) => write({ kind: 'shown', from, text: Buffer.from(bytes).toString('latin1') }),
    read: (path) => write({ kind: 'file', from: path, text: readFileSync(path, 'latin1') }),
  };
}

function testFileOf({ stack = '' }: Error): string {
  return /test\/[\w/.-]+\.test\.ts/.exec(stack)?.[0] ?? 'unknown';
}

/** All runs whose records are in a folder. */
export function readRuns(folder: string): RecordedRun[] {
  return readdirSync(folder).map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    const [given, ...records] = lines.map((line) => JSON.parse(line) as RunRecord);
    const { args, env } = JSON.parse(given?.text ?? '') as Pick<RecordedRun, 'args' | 'env'>;
    return { args, env, testFile: given?.from ?? '', records };
  });
}

/** All bytes of each connection, stream or file, as UTF-8. */
export function connectionsOf(
  records: readonly RunRecord[],
  kind: RunRecord['kind'],
  decode: (latin1: string) => string = (latin1) => latin1,
): { from: string; text: string }[] {
  const joined = new Map<string, string[]>();
  for (const { from, text } of records.filter((record) => record.kind === kind)) {
    const parts = joined.get(from);
    if (parts === undefined) joined.set(from, [text]);
    else parts.push(text);
  }
  return [...joined].map(([from, parts]) => ({ from, text: Buffer.from(decode(parts.join('')), 'latin1').toString() }));
}
