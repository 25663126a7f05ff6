// Explains an error of the YAML parser: where its cause most likely is, and the line with its values masked.
import { type Document, isCollection, isScalar, type LineCounter, visit, type YAMLError } from 'yaml';
import { findOddCharacter } from './odd-characters.ts';
import { badAlias, rangeOf } from './plain-data.ts';

// The parser's own messages quote the surrounding text, which may be a secret.
const messages: Readonly<Record<string, string>> = {
  BAD_ALIAS: badAlias.replace('not valid YAML: ', ''),
  BAD_DQ_ESCAPE: 'unknown escape sequence after a backslash in double quotes; use single quotes',
  BAD_INDENT: 'wrong indentation, or a closing bracket is missing',
  BAD_SCALAR_START: 'this character cannot begin a plain value; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'nested mapping on one line; indent it below its key, or put the value in quotes',
  BLOCK_IN_FLOW: 'list or mapping of several lines inside { } or [ ]; write it on one line',
  MISSING_CHAR: 'a character is missing, such as a closing quote, bracket or the colon after a key',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a colon missing?',
  MULTIPLE_ANCHORS: 'more than one anchor (&name) on one value; quote a value that begins with &',
  MULTIPLE_DOCS: 'more than one document (---) in the file; keep one',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'tab used for indentation; use spaces',
  TAG_RESOLVE_FAILED: 'unknown tag (!name); quote a value that begins with !',
  UNEXPECTED_TOKEN: 'unexpected character',
};

/** Errors that a wrong indentation causes. */
const ofIndentation = new Set([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MISSING_CHAR',
  'MULTILINE_IMPLICIT_KEY',
  'UNEXPECTED_TOKEN',
]);

/** Where something is wrong, as an offset in the text, and what. */
export interface SyntaxFault {
  offset: number;
  message: string;
}

/** A text with its lines. */
interface Source {
  text: string;
  lines: LineCounter;
}

/** The most likely cause of an error. The message does not quote the text. */
export function explainSyntaxError(document: Document, error: YAMLError, source: Source): SyntaxFault {
  const { code, pos } = error;
  const fault =
    oddCharacterIn(source, pos) ??
    openedBefore(document, error) ??
    (ofIndentation.has(code) ? (missingSpace(source, pos[0]) ?? wrongIndentation(source, pos[0])) : undefined);
  const { offset, message } = fault ?? { offset: pos[0], message: messages[code] ?? 'it cannot be read from here on' };
  return { offset, message: `not valid YAML: ${message}` };
}

const startOf = ({ lines }: Source, line: number) => lines.lineStarts[line - 1] ?? 0;

/** Characters of a line that are examined. */
const maxLineLength = 1000;

/** A line, from 1, without its line break and its comment. */
function lineOf(source: Source, line: number): string {
  const start = startOf(source, line);
  const end = Math.min(source.lines.lineStarts[line] ?? source.text.length, start + maxLineLength);
  return source.text
    .slice(start, end)
    .replace(/[\r\n].*$/s, '')
    .replace(/(^|\s)#.*$/, '$1');
}

function oddCharacterIn(source: Source, [from, to]: readonly [number, number]): SyntaxFault | undefined {
  const first = source.lines.linePos(from).line;
  const last = Math.min(source.lines.linePos(to).line, first + 2);
  for (let line = first; line <= last; line++) {
    const found = findOddCharacter(lineOf(source, line));
    if (found === undefined) continue;
    const message = `there is a ${found.name} here; replace it with the plain character of the keyboard`;
    return { offset: startOf(source, line) + found.index, message };
  }
  return undefined;
}

/** The quote or bracket that is still open where the parser stopped. */
function openedBefore(document: Document, { code, message, pos }: YAMLError): SyntaxFault | undefined {
  if (!(code === 'MISSING_CHAR' && /closing|end with/.test(message)) && !/end with/.test(message)) return undefined;
  let fault: SyntaxFault | undefined;
  visit(document, {
    Node(_, node) {
      const [start = 0, end = 0] = rangeOf(node) ?? [];
      const what = isCollection(node) && node.flow === true ? 'bracket' : quoteOf(node);
      if (what !== undefined && start < pos[0] && end >= pos[0] - 1) {
        fault = { offset: start, message: `this ${what} is not closed` };
      }
    },
  });
  return fault;
}

function quoteOf(node: unknown): string | undefined {
  return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? 'quote' : undefined;
}

function missingSpace(source: Source, at: number): SyntaxFault | undefined {
  const { line } = source.lines.linePos(at);
  const found = /^(\s*)-(?=[\w"'])|^(\s*(?:- +)*[\w-]+):(?=[^\s/])/.exec(lineOf(source, line));
  if (found === null) return undefined;
  const [match] = found;
  const after = match.endsWith(':') ? 'colon' : 'dash';
  return { offset: startOf(source, line) + match.length - 1, message: `a space is missing after this ${after}` };
}

/** Compares the line of the error, and the one below it, with the lines above. */
function wrongIndentation(source: Source, at: number): SyntaxFault | undefined {
  const { line } = source.lines.linePos(at);
  const next = nextLine(source, line);
  for (const candidate of next === undefined ? [line] : [line, next]) {
    const message = compareIndentation(source, candidate);
    if (message !== undefined)
      return { offset: startOf(source, candidate) + indentOf(lineOf(source, candidate)), message };
  }
  return undefined;
}

const indentOf = (line: string) => /^ */.exec(line)?.[0].length ?? 0;

function nextLine(source: Source, line: number): number | undefined {
  for (let next = line + 1; next <= source.lines.lineStarts.length; next++) {
    if (lineOf(source, next).trim() !== '') return next;
  }
  return undefined;
}

function compareIndentation(source: Source, line: number): string | undefined {
  const own = indentOf(lineOf(source, line));
  let above = '';
  let smallest = Number.POSITIVE_INFINITY;
  for (let at = line - 1; at >= 1 && smallest > own; at--) {
    const text = lineOf(source, at);
    if (text.trim() === '') continue;
    if (above === '') above = text;
    const columns = columnsOf(text);
    if (columns.includes(own)) return undefined;
    smallest = Math.min(smallest, ...columns);
  }
  const [deepest = 0] = columnsOf(above).toReversed();
  // Below a line that opens a block, any deeper indentation is right.
  if (above === '' || (own > deepest && !/:\s+\S/.test(above))) return undefined;
  return `wrong indentation: this line begins in column ${own + 1}, the line above in column ${deepest + 1}; settings of one mapping begin in the same column`;
}

/** Where the parts of a line begin: each dash of a list, and what follows. */
function columnsOf(line: string): number[] {
  const columns = [indentOf(line)];
  for (const dash of (/^ *((?:- +)*)/.exec(line)?.[1] ?? '').matchAll(/- +/g)) {
    columns.push(indentOf(line) + dash.index + dash[0].length);
  }
  return columns;
}

/** Characters on each side of the fault. */
const shownCharacters = 60;

/**
 * The line of the fault, and below it a caret. All but punctuation and the given words is masked: any other text may be
 * a secret, or a part of one.
 */
export function maskedExcerpt({ text, lines }: Source, offset: number, words: ReadonlySet<string>): string {
  const { line } = lines.linePos(offset);
  const start = Math.max(startOf({ text, lines }, line), offset - shownCharacters);
  const lineEnd = text.slice(offset, offset + shownCharacters).search(/[\r\n]/);
  const end = lineEnd === -1 ? offset + shownCharacters : offset + lineEnd;
  const shown = text
    .slice(start, end)
    .replace(/[^\s[\]{},"'#|>&!?:`\u2010-\u201E\uFF00-\uFF5D]+/g, (token) =>
      words.has(token) || /^-+$/.test(token) ? token : '*'.repeat(token.length),
    )
    .replace(/[^\x20-\x7e]/g, '·');
  return `${shown}\n${' '.repeat(offset - start)}^`;
}
