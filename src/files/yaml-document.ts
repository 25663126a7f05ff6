// Reads YAML so that every later complaint can name a line and a column, and never quotes the text itself.
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Range } from 'yaml';

/** Where a value stands: map keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a configuration file. */
export interface Problem {
  file: string;
  /** From 1; 0 when the file could not be read at all. */
  line: number;
  column: number;
  path: string;
  message: string;
}

/** `FILE:LINE:COLUMN: path.to.key: what is wrong` */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message } = problem;
  const text = `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
  // A name that a message lists may hold a line end: it must not begin a line of its own.
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** A parsed file, its values as plain data. */
export interface YamlDocument {
  value: unknown;
  problems: Problem[];
  /** Makes a problem at a value, or with `at: 'key'` at the key that holds it. */
  problem: (path: Path, message: string, at?: 'key' | 'value') => Problem;
}

// The parser's own messages can quote the text around the fault, which may be a secret.
const syntaxMessages: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'unknown or misplaced alias (*name); quote a value that begins with *',
  BAD_DQ_ESCAPE: 'unknown escape sequence (\\x) in double quotes; use single quotes',
  BAD_INDENT: 'wrong indentation, or a closing bracket is missing',
  BAD_SCALAR_START: 'this character cannot begin a plain value; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'nested mapping on one line; indent it below its key, or put the value in quotes',
  BLOCK_IN_FLOW: 'block collection inside { } or [ ]',
  MISSING_CHAR: 'a character is missing, such as a closing quote, bracket or the colon after a key',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a colon missing?',
  MULTIPLE_ANCHORS: 'more than one anchor (&name) on one value; quote a value that begins with &',
  MULTIPLE_DOCS: 'more than one document (---) in the file',
  TAB_AS_INDENT: 'tab used for indentation; use blanks',
  TAG_RESOLVE_FAILED: 'unknown tag (!name); quote a value that begins with !',
  UNEXPECTED_TOKEN: 'unexpected character',
};

/**
 * `instances[3].region`. A key that does not look like one is not shown: where the blank after a colon is missing, the
 * key is the setting together with its value, which may be a secret.
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

/** What to say of a fault that the parser found, by its code. */
export function syntaxMessage(code: string): string {
  return `not valid YAML: ${syntaxMessages[code] ?? 'it cannot be read from here on'}`;
}

/** Makes problems of offsets into a file, whose lines the parser has counted. */
export function problemsIn(file: string, lines: LineCounter) {
  return (offset: number, path: Path, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: formatPath(path), message };
  };
}

/** Parses YAML 1.2; duplicate keys and everything that the parser doubts are problems. Never throws. */
export function parseYaml(file: string, text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const problems: Problem[] = [];

  const problemAt = problemsIn(file, lines);

  for (const error of [...document.errors, ...document.warnings]) {
    problems.push(problemAt(error.pos[0], [], syntaxMessage(error.code)));
  }
  let readable = document.errors.length === 0;
  if (problems.length === 0) {
    walk(document.contents, [], new Set(), (path, offset, message) => {
      problems.push(problemAt(offset, path, message));
      if (message === badAlias) readable = false;
    });
  }

  let value: unknown;
  try {
    value = readable ? document.toJS({ maxAliasCount: 100 }) : undefined;
  } catch {
    problems.push(problemAt(0, [], 'not valid YAML: an alias is unknown, or aliases expand to too much'));
  }

  return {
    value,
    problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    problem: (path, message, at = 'value') => problemAt(offsetOf(document, path, at), path, message),
  };
}

type Report = (path: Path, offset: number, message: string) => void;

const badAlias = syntaxMessage('BAD_ALIAS');

/** Reports what the parser lets pass: odd and duplicate keys, and aliases of what does not stand before them. */
function walk(node: unknown, path: Path, anchors: Set<string>, report: Report): void {
  if (isAlias(node) && !anchors.has(node.source)) report([], rangeOf(node)?.[0] ?? 0, badAlias);
  if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) walk(item, [...path, index], anchors, report);
  }
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    const offset = rangeOf(key)?.[0] ?? 0;
    if (!isScalar(key)) {
      report(path, offset, 'a key must be a plain word');
      continue;
    }
    const name = String(key.value);
    if (key.anchor !== undefined) anchors.add(key.anchor);
    if (seen.has(name)) report([...path, name], offset, 'duplicate key: it stands in this mapping more than once');
    seen.add(name);
    walk(value, [...path, name], anchors, report);
  }
}

/** Offset of the value (or of its key); of the nearest thing around it that has a place when it has none itself. */
function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = rangeOf(node)?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    // Compared as text: a key may be a number in the document, and is a name in the path.
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === part) : undefined;
    node = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.value;
    const start = rangeOf(at === 'key' && index === path.length - 1 ? pair?.key : node)?.[0];
    if (start === undefined) return offset;
    offset = start;
  }
  return offset;
}

function rangeOf(node: unknown): Range | null | undefined {
  return typeof node === 'object' && node !== null && 'range' in node
    ? (node as { range?: Range | null }).range
    : undefined;
}
