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
import { findOddCharacter } from './odd-characters.ts';
import { keyName, type Path, rangeOf, toPlainData } from './plain-data.ts';
import { hiddenName, looksLikeName } from './shown-name.ts';
import { explainSyntaxError, maskedExcerpt } from './syntax-error.ts';

export type { Path } from './plain-data.ts';

/** A problem in a configuration file. */
export interface Problem {
  file: string;
  /** From 1; 0 when the file could not be read at all. */
  line: number;
  column: number;
  path: string;
  message: string;
  /** Absent: an error. */
  severity?: 'warning' | undefined;
  /** The line of the file with its values masked, and below it a caret; for errors of the syntax. */
  excerpt?: string;
}

/** In the order of the lines. */
export const byLine = (a: Problem, b: Problem) => a.line - b.line || a.column - b.column;

/** `FILE:LINE:COLUMN: path.to.key: what is wrong`, without the position when the file could not be read. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, severity } = problem;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const text = `${place}: ${path === '' ? '' : `${path}: `}${severity === undefined ? '' : `${severity}: `}${message}`;
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

/**
 * `instances[3].region`. A key that is not shown may be a secret: the parser takes the setting and its value for a key
 * when the space after the colon is missing.
 */
function formatPath(path: Path, shows: ShowsName): string {
  return path.reduce<string>((text, part, index) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = shows(part, path, index) ? part : hiddenName;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** Whether a problem may show the name of a key. @param index its position in the path */
export type ShowsName = (name: string, path: Path, index: number) => boolean;

/** Converts an offset into a problem with line and column. */
function problemsIn(file: string, lines: LineCounter, shows: ShowsName = looksLikeName) {
  return (offset: number, path: Path, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: formatPath(path, shows), message };
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

/** How a file is read. */
export interface YamlOptions {
  /** 1.1: every value is a text, a whole number or null, and mappings can be merged. */
  version?: '1.1' | '1.2';
  /** Words that the excerpt of a syntax error may show; all others are masked. Absent: no excerpt. */
  words?: () => ReadonlySet<string>;
  /** Absent: all that look like names. */
  shows?: ShowsName;
}

/** Parses YAML. Duplicate keys and all warnings of the parser are problems. Never throws. */
export function parseYaml(file: string, text: string, options: YamlOptions = {}): YamlDocument {
  const lines = new LineCounter();
  const problemAt = problemsIn(file, lines, options.shows);
  try {
    return read(text, options, lines, problemAt);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const problem = (path: Path, message: string) => problemAt(0, path, message);
    return { value: undefined, problems: [problem([], 'not valid YAML: it is nested too deeply')], problem };
  }
}

function read(
  text: string,
  options: YamlOptions,
  lineCounter: LineCounter,
  problemAt: ReturnType<typeof problemsIn>,
): YamlDocument {
  const document = parseDocument(text, {
    ...(options.version === '1.1' ? yaml11 : {}),
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const source = { text, lines: lineCounter };
  const faults = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  // After a syntax error, the others may be its consequences.
  const shown = document.errors.length > 0 ? faults.slice(0, 1) : faults;
  const problems = shown.map((fault): Problem => {
    const { offset, message } = explainSyntaxError(document, fault, source);
    const problem = problemAt(offset, [], message);
    if (options.words === undefined) return problem;
    return { ...problem, excerpt: maskedExcerpt(source, offset, options.words()) };
  });
  const problem: YamlDocument['problem'] = (path, message, at = 'value') => {
    const { offset, text: found } = findNode(document, text, path, at);
    const odd = findOddCharacter(found);
    return problemAt(
      offset,
      path,
      odd === undefined ? message : `${message}; there is an unusual character in it: ${odd.name}`,
    );
  };
  const report = (path: Path, offset: number, message: string) => problems.push(problemAt(offset, path, message));
  const value = document.errors.length === 0 ? toPlainData(document.contents, report) : undefined;
  return { value, problems: problems.toSorted(byLine), problem };
}

/** Characters of a value that are searched for odd ones. */
const searchedCharacters = 500;

/** Offset and text of the value (or of its key); of the closest enclosing value when it has none. */
function findNode(document: Document, text: string, path: Path, at: 'key' | 'value'): { offset: number; text: string } {
  let node: unknown = document.contents;
  let found = { offset: rangeOf(node)?.[0] ?? 0, text: '' };
  for (const [index, part] of path.entries()) {
    const pair = isMap(node) && typeof part === 'string' ? pairsOf(node).get(part) : undefined;
    node = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.value;
    const target = at === 'key' && index === path.length - 1 ? pair?.key : node;
    const [start, end = 0] = rangeOf(target) ?? [];
    if (start === undefined) return found;
    const shown = isScalar(target) ? text.slice(start, Math.min(end, start + searchedCharacters)) : '';
    found = { offset: start, text: shown };
  }
  return found;
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
