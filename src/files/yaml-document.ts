// Reads YAML into plain data and reports problems by line and column, without quoting the text.
import {
  type Document,
  type DocumentOptions,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type ScalarTag,
  type SchemaOptions,
  type YAMLMap,
} from 'yaml';
import { badAlias, keyName, type Path, rangeOf, toPlainData } from './plain-data.ts';

export type { Path } from './plain-data.ts';

/** A problem in a configuration file. */
export interface Problem {
  file: string;
  /** From 1; 0 when the file could not be read at all. */
  line: number;
  column: number;
  path: string;
  message: string;
}

/** `FILE:LINE:COLUMN: path.to.key: what is wrong`; without line and column when the file could not be read. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message } = problem;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const text = `${place}: ${path === '' ? '' : `${path}: `}${message}`;
  // A message may list a name that contains a line break, which must not start a new line of the output.
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** A parsed file, its values as plain data. */
export interface YamlDocument {
  value: unknown;
  problems: Problem[];
  /** Creates a problem at a value, or with `at: 'key'` at its key. */
  problem: (path: Path, message: string, at?: 'key' | 'value') => Problem;
}

// The parser's own messages quote the surrounding text, which may be a secret.
const syntaxMessages: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'unknown escape sequence after a backslash in double quotes; use single quotes',
  BAD_INDENT: 'wrong indentation, or a closing bracket is missing',
  BAD_SCALAR_START: 'this character cannot begin a plain value; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'nested mapping on one line; indent it below its key, or put the value in quotes',
  BLOCK_IN_FLOW: 'block collection inside { } or [ ]',
  MISSING_CHAR: 'a character is missing, such as a closing quote, bracket or the colon after a key',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a colon missing?',
  MULTIPLE_ANCHORS: 'more than one anchor (&name) on one value; quote a value that begins with &',
  MULTIPLE_DOCS: 'more than one document (---) in the file',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'tab used for indentation; use spaces',
  TAG_RESOLVE_FAILED: 'unknown tag (!name); quote a value that begins with !',
  UNEXPECTED_TOKEN: 'unexpected character',
};

/**
 * `instances[3].region`. A key that does not look like a name is not shown: when the space after a colon is missing,
 * the parser takes the setting and its value, which may be a secret, for the key.
 */
export function formatPath(path: Path): string {
  const shown = path.map((part) =>
    typeof part === 'number' || /^(?:<<|[\w.@*-]{1,100})$/.test(part) ? part : '(not a name)',
  );
  return shown.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** Words for an error of the parser, by its code. */
function syntaxMessage(code: string): string {
  if (code === 'BAD_ALIAS') return badAlias;
  return `not valid YAML: ${syntaxMessages[code] ?? 'it cannot be read from here on'}`;
}

/** Converts an offset into a problem with line and column. */
function problemsIn(file: string, lines: LineCounter) {
  return (offset: number, path: Path, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: formatPath(path), message };
  };
}

/** Whole numbers in their usual form, which String() gives back unchanged: a text setting may contain one. */
const wholeNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^(?:0|-?[1-9]\d{0,14})$/,
  resolve: Number,
};

/** Texts stay as they are written, `yes` and `007` included; merge keys (`<<`) are applied. */
const yaml11: DocumentOptions & SchemaOptions = {
  version: '1.1',
  schema: 'failsafe',
  customTags: ['null', 'merge', wholeNumber],
  merge: true,
};

/**
 * Parses YAML. Duplicate keys and all warnings of the parser are problems. Never throws.
 * @param version 1.1: every value is a text, a whole number or null, and mappings can be merged
 */
export function parseYaml(file: string, text: string, version: '1.1' | '1.2' = '1.2'): YamlDocument {
  const lines = new LineCounter();
  const problemAt = problemsIn(file, lines);
  try {
    return read(text, version === '1.1' ? yaml11 : {}, lines, problemAt);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const problem = (path: Path, message: string) => problemAt(0, path, message);
    return { value: undefined, problems: [problem([], 'not valid YAML: it is nested too deeply')], problem };
  }
}

function read(
  text: string,
  options: DocumentOptions & SchemaOptions,
  lineCounter: LineCounter,
  problemAt: ReturnType<typeof problemsIn>,
): YamlDocument {
  const document = parseDocument(text, {
    ...options,
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const found = [...document.errors, ...document.warnings].map(({ pos, code }) => ({ offset: pos[0], code }));
  // One missing bracket can be reported once per level.
  const distinct = new Map(found.map((fault) => [`${fault.offset} ${fault.code}`, fault]));
  const problems = [...distinct.values()].map(({ offset, code }) => problemAt(offset, [], syntaxMessage(code)));
  const problem: YamlDocument['problem'] = (path, message, at = 'value') =>
    problemAt(offsetIn(document, path, at), path, message);
  const report = (path: Path, offset: number, message: string) => problems.push(problemAt(offset, path, message));
  const value = document.errors.length === 0 ? toPlainData(document.contents, report) : undefined;
  return { value, problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column), problem };
}

/** Offset of the value (or of its key); of the closest enclosing value when it has none. */
function offsetIn(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = rangeOf(node)?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    const pair = isMap(node) && typeof part === 'string' ? pairsOf(node).get(part) : undefined;
    node = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.value;
    const start = rangeOf(at === 'key' && index === path.length - 1 ? pair?.key : node)?.[0];
    if (start === undefined) return offset;
    offset = start;
  }
  return offset;
}

const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** The first pair of each name, indexed once: a mapping can have thousands of keys with a problem each. */
function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairs.get(map);
  if (known !== undefined) return known;
  const named = map.items.toReversed().flatMap((pair): [string, Pair][] =>
    // A key may be a number in the document, and is a name in the path.
    isScalar(pair.key) ? [[keyName(pair.key.value), pair]] : [],
  );
  const index = new Map(named);
  pairs.set(map, index);
  return index;
}
