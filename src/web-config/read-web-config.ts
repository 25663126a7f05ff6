// Reads and validates the file of --web.config.file, with the certificates and keys that it names.
import { type FileContent, readBoundedFile, sameContent } from '../files/bounded-file.ts';
import { decodeText } from '../files/decode-text.ts';
import { asObject, parse, type Report } from '../files/parse-part.ts';
import type { Reading } from '../files/reloadable.ts';
import { byLine, type Problem, parseYaml } from '../files/yaml-document.ts';
import { tlsSchema, webConfigSchema } from './schema.ts';
import { validateTls } from './tls-settings.ts';
import type { WebConfig } from './web-config.ts';

type ReadFile = (path: string) => Promise<FileContent>;

const maxBytes = 1024 * 1024;

const readWhole: ReadFile = (path) => readBoundedFile(path, maxBytes);

/**
 * Reads the file, and those that it names. Never throws because of their content; no problem repeats a value.
 * @param syntaxOnly leave out the files that it names, i.e. TLS
 */
export function readWebConfig(file: string, syntaxOnly = false): Promise<Reading<WebConfig>> {
  return validate(file, readWhole, syntaxOnly);
}

/**
 * Returns a function that reads the file again. It returns the same object while no byte of the file, or of a file
 * that it names, has changed. Calls must not overlap.
 */
export function createWebConfigReader(file: string): () => Promise<Reading<WebConfig>> {
  let last: { reading: Reading<WebConfig>; files: ReadonlyMap<string, FileContent> } | undefined;

  return async () => {
    const files = new Map<string, FileContent>();
    const read: ReadFile = async (path) => {
      const content = files.get(path) ?? (await readWhole(path));
      files.set(path, content);
      return content;
    };
    if (last !== undefined) {
      const before = last.files;
      // Sequential: when a file system hangs, each read blocks one of the few threads of Node's pool.
      for (const path of before.keys()) await read(path);
      if ([...before].every(([path, content]) => sameContent(content, files.get(path)))) return last.reading;
    }
    const reading = await validate(file, read);
    last = { reading, files };
    return reading;
  };
}

async function validate(file: string, read: ReadFile, syntaxOnly = false): Promise<Reading<WebConfig>> {
  const failed = (message: string, line = 0) => ({
    problems: [{ file, line, column: Math.min(line, 1), path: '', message }],
  });
  const content = await read(file);
  if ('fault' in content) return failed(`cannot read the web configuration: ${content.fault}`);
  const decoded = decodeText(content.bytes);
  if ('fault' in decoded) return failed(decoded.fault, decoded.line);

  const document = parseYaml(file, decoded.text, { version: '1.1' });
  const problems = [...document.problems];
  const report: Report = (path, message, at) => problems.push(document.problem(path, message, at));
  if (document.value === undefined && problems.length > 0) return { problems: problems.map(withoutUser) };
  const value = document.value ?? {};
  const parsed = parse(webConfigSchema, value, [], report);
  // When another section is invalid, the files of this one are checked all the same.
  const section = parse(tlsSchema, asObject(value)?.['tls_server_config'] ?? {}, [], () => undefined);
  const tls = section === undefined || syntaxOnly ? undefined : await validateTls(section, file, read, report);
  if (parsed === undefined || problems.length > 0) {
    return { problems: problems.map(withoutUser).toSorted(byLine) };
  }

  const { http_server_config: http, basic_auth_users: users = {}, rate_limit: limit = {} } = parsed;
  const { interval = 0, burst = 0 } = limit;
  return {
    config: {
      tls,
      headers: Object.fromEntries(Object.entries(http?.headers ?? {}).map(([name, value]) => [name, value ?? ''])),
      users: new Map(Object.entries(users)),
      rateLimit: interval === 0 ? undefined : { intervalMs: interval / 1e6, burst },
    },
  };
}

/** User names are not shown. */
function withoutUser(problem: Problem): Problem {
  return { ...problem, path: problem.path.replace(/^((?:<<(?:\[\d+\])?\.)*basic_auth_users)\b.*$/s, '$1') };
}
