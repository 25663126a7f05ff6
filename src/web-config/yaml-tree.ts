// Parses the first document of a YAML text, and refuses what Go's parser refuses where ours is more patient.
import { Composer, Lexer, LineCounter, Parser } from 'yaml';
import type { Path, Problem } from '../files/yaml-document.ts';
import { problemsIn, syntaxMessage } from '../files/yaml-document.ts';
import { type Report, treeOf, type YamlNode } from './yaml-nodes.ts';

/** A tree, and what is wrong with it. */
export interface YamlTree {
  /** undefined: there is no document, or none that can be read. */
  root: YamlNode | undefined;
  /** Notes a problem; one that is met again behind an alias, or by the parser, is told once. */
  report: (offset: number, path: Path, message: string) => undefined;
  problems: () => Problem[];
}

// A comment right after a quote or a bracket is clear enough, and Go takes it.
const harmless = /^Comments must be separated/;

// Of the lexer's own, and not in the text: a document, a broken line in { } or [ ], and a scalar begin.
const lexerMarks = new Set(['\u0002', '\u0018', '\u001f']);

const notPrintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Reads the first document alone, as Go's yaml.v2 does. Never throws. */
export function readYamlTree(file: string, text: string): YamlTree {
  const lines = new LineCounter();
  const problemAt = problemsIn(file, lines);
  const problems = new Map<string, Problem>();
  const report: YamlTree['report'] = (offset, path, message) => {
    const key = `${offset} ${message}`;
    if (!problems.has(key)) problems.set(key, problemAt(offset, path, message));
    return undefined;
  };
  let root: YamlNode | undefined;
  try {
    root = parseFirst(text, lines, (offset, message) => report(offset, [], message));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(0, [], 'not valid YAML: it is nested too deeply');
  }
  return { root: problems.size === 0 ? root : undefined, report, problems: () => [...problems.values()] };
}

function parseFirst(text: string, lines: LineCounter, report: Report): YamlNode | undefined {
  // All line ends of YAML 1.1; each is one character, so that positions stay.
  const source = text.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, '\n');
  const composer = new Composer({
    lineCounter: lines,
    uniqueKeys: false,
    logLevel: 'silent',
    schema: 'failsafe',
    resolveKnownTags: false,
  });
  const [document, next] = composer.compose(new Parser(lines.addNewLine).parse(source), true, source.length);
  if (document === undefined) return undefined;
  // Of what the parser only warns, Go refuses the directives alone.
  const directives = document.warnings.filter(({ code }) => code === 'BAD_DIRECTIVE');
  for (const { code, message, pos } of [...document.errors, ...directives]) {
    if (!harmless.test(message)) report(pos[0], syntaxMessage(code));
  }
  const unprintable = text.search(notPrintable);
  if (unprintable !== -1)
    report(unprintable, 'not valid YAML: control character; in double quotes it is written \\xNN');
  const { yaml, docStart, docEnd } = document.directives ?? {};
  if (yaml?.explicit && yaml.version !== '1.1') report(0, 'only YAML 1.1 can be read here; remove the line %YAML');
  const isEmpty = document.contents?.range?.[1] === document.range[0];
  if (docEnd && !docStart && isEmpty) report(0, 'not valid YAML: it begins with the end of a document (...)');
  const end = docEnd || next !== undefined ? document.range[2] : source.length;
  for (const offset of leadingTabs(source)) {
    if (offset < end) report(offset, syntaxMessage('TAB_AS_INDENT'));
  }
  return document.errors.every(({ message }) => harmless.test(message))
    ? treeOf(document.contents, source, report)
    : undefined;
}

/** Tabs where a line or the content after `- ` begins, which YAML 1.1 takes for indentation even on an empty line. */
function leadingTabs(source: string): number[] {
  const offsets: number[] = [];
  let offset = 0;
  let depth = 0;
  let leading = true;
  for (const token of new Lexer().lex(source)) {
    if (lexerMarks.has(token)) continue;
    if (/^[ \t]+$/.test(token)) {
      if (leading && depth === 0 && token.includes('\t')) offsets.push(offset);
    } else {
      leading = /^(?:\r?\n|[-?\ufeff])$/.test(token);
    }
    depth += /^[[{]$/.test(token) ? 1 : /^[\]}]$/.test(token) ? -1 : 0;
    offset += token.length;
  }
  return offsets;
}
