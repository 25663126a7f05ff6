// Reads the file of --web.config.file and judges it as the exporter-toolkit of Prometheus does.
import { type FileContent, readBoundedFile, sameContent } from '../files/bounded-file.ts';
import type { Problem } from '../files/yaml-document.ts';
import { bcryptFault } from './bcrypt-hash.ts';
import { decodeWebConfig } from './raw-web-config.ts';
import { judgeHeaders } from './response-headers.ts';
import { judgeTls } from './tls-settings.ts';
import type { WebConfig } from './web-config.ts';
import { createDecoder } from './yaml-decoder.ts';
import { decodeText } from './yaml-text.ts';
import { readYamlTree } from './yaml-tree.ts';

/** A configuration that can be served, or everything that is wrong with it. */
export type WebConfigReading =
  | { config: WebConfig; problems?: undefined }
  | { config?: undefined; problems: readonly Problem[] };

type ReadFile = (path: string) => Promise<FileContent>;

const maxBytes = 1024 * 1024;

const readWhole: ReadFile = (path) => readBoundedFile(path, maxBytes);

/** Reads the file, and those that it names. Never throws for what stands in them; no problem repeats a value. */
export function readWebConfig(file: string): Promise<WebConfigReading> {
  return judge(file, readWhole);
}

/**
 * Returns a function that reads the file again, and gives the very same reading for as long as no byte of the file,
 * or of a file that it names, has changed. For one look at a time.
 */
export function createWebConfigReader(file: string): () => Promise<WebConfigReading> {
  let last: { reading: WebConfigReading; files: ReadonlyMap<string, FileContent> } | undefined;

  return async () => {
    const files = new Map<string, FileContent>();
    const read: ReadFile = async (path) => {
      const content = files.get(path) ?? (await readWhole(path));
      files.set(path, content);
      return content;
    };
    if (last !== undefined) {
      const before = last.files;
      // One after the other: where a file system hangs, each reading keeps one of the few threads that Node reads with.
      for (const path of before.keys()) await read(path);
      if ([...before].every(([path, content]) => sameContent(content, files.get(path)))) return last.reading;
    }
    const reading = await judge(file, read);
    last = { reading, files };
    return reading;
  };
}

async function judge(file: string, read: ReadFile): Promise<WebConfigReading> {
  const failed = (message: string) => ({ problems: [{ file, line: 0, column: 0, path: '', message }] });
  const content = await read(file);
  if ('fault' in content) return failed(`cannot read the web configuration: ${content.fault}`);
  const text = decodeText(content.bytes);
  if (text === undefined) return failed('the web configuration is not text in UTF-8; save it as UTF-8');

  const tree = readYamlTree(file, text);
  const decoder = createDecoder(tree);
  const raw = decodeWebConfig(tree, decoder);
  const headers = judgeHeaders(raw.headers, decoder);
  for (const { value, offset, path } of raw.users.values()) {
    const fault = bcryptFault(value);
    if (fault !== undefined) decoder.report(offset, path, `the password of this user ${fault}`);
  }
  const tls = await judgeTls(raw.tls, file, read, decoder);

  const problems = tree.problems();
  if (problems.length > 0) return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
  const users = new Map([...raw.users].map(([user, { value }]) => [user, value]));
  const rateLimit = raw.interval === 0 ? undefined : { intervalMs: raw.interval / 1e6, burst: raw.burst };
  return { config: { tls, headers, users, rateLimit } };
}
