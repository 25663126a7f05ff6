// The first document of a YAML text as a tree of what is written there, before anything is made of it.
import { Composer, isAlias, isCollection, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml';
import type { Problem } from '../config/yaml-document.ts';
import { problemsIn, syntaxMessage } from '../config/yaml-document.ts';

/** A value without keys or items; what it means depends on what is asked for. */
export interface ScalarNode {
  kind: 'scalar';
  text: string;
  /** In its long form; '' when there is none. */
  tag: string;
  /** Plain and without a tag, so that its look decides whether it is a number, a switch, nothing or a text. */
  implicit: boolean;
  offset: number;
}

/** A mapping, its entries in the order of the text; keys may repeat. */
export interface MapNode {
  kind: 'map';
  entries: [YamlNode, YamlNode][];
  offset: number;
}

/** A list. */
export interface ListNode {
  kind: 'list';
  items: YamlNode[];
  offset: number;
}

/** `*name`: stands for what was last called `&name` before it, maybe something around it. */
export interface AliasNode {
  kind: 'alias';
  target: ValueNode;
  offset: number;
}

export type ValueNode = ScalarNode | MapNode | ListNode;
export type YamlNode = ValueNode | AliasNode;

/** A tree, or why there is none. */
export interface YamlTree {
  /** undefined: there is no document, or none that can be read. */
  root: YamlNode | undefined;
  problems: Problem[];
  problemAt: ReturnType<typeof problemsIn>;
}

// A comment right after a quote or a bracket is clear enough, and Go takes it.
const harmless = /^Comments must be separated/;

/** Reads the first document alone, as Go's yaml.v2 does. Never throws. */
export function readYamlTree(file: string, text: string): YamlTree {
  const lines = new LineCounter();
  const problemAt = problemsIn(file, lines);
  const problems: Problem[] = [];
  // All line ends of YAML 1.1; each is one character, so that positions stay.
  const source = text.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, '\n');
  try {
    const composer = new Composer({
      lineCounter: lines,
      uniqueKeys: false,
      logLevel: 'silent',
      schema: 'failsafe',
      resolveKnownTags: false,
    });
    const [document, next] = composer.compose(new Parser(lines.addNewLine).parse(source), true, source.length);
    if (document === undefined) return { root: undefined, problems, problemAt };
    const report: Report = (offset, message) => problems.push(problemAt(offset, [], message));
    // Of what the parser only warns, Go refuses the directives alone.
    const directives = document.warnings.filter(({ code }) => code === 'BAD_DIRECTIVE');
    for (const { code, message, pos } of [...document.errors, ...directives]) {
      if (!harmless.test(message)) report(pos[0], syntaxMessage(code));
    }
    const { yaml, docStart, docEnd } = document.directives ?? {};
    if (yaml?.explicit && yaml.version !== '1.1') report(0, 'only YAML 1.1 can be read here; remove the line %YAML');
    const isEmpty = document.contents?.range?.[1] === document.range[0];
    if (docEnd && !docStart && isEmpty) report(0, 'not valid YAML: it begins with the end of a document (...)');
    const end = docEnd || next !== undefined ? document.range[2] : source.length;
    for (const offset of leadingTabs(source)) {
      if (offset < end) report(offset, syntaxMessage('TAB_AS_INDENT'));
    }
    const root = problems.length === 0 ? treeOf(document.contents, source, report) : undefined;
    return { root: problems.length === 0 ? root : undefined, problems, problemAt };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(problemAt(0, [], 'not valid YAML: it is nested too deeply'));
    return { root: undefined, problems, problemAt };
  }
}

/** Tabs where a line or the content after `- ` begins, which YAML 1.1 takes for indentation even on an empty line. */
function leadingTabs(source: string): number[] {
  const offsets: number[] = [];
  let offset = 0;
  let depth = 0;
  let leading = true;
  for (const token of new Lexer().lex(source)) {
    // Marks of the lexer's own, which are not in the text.
    if (/^[\u0002\u0018\u001f]$/.test(token)) continue;
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

type Report = (offset: number, message: string) => void;

/** The tree below what the parser made; reports aliases of nothing, and keys that are not there. */
function treeOf(contents: unknown, source: string, report: Report): YamlNode {
  const anchors = new Map<string, ValueNode>();

  function named<T extends ValueNode>(anchor: string | undefined, made: T): T {
    if (anchor === undefined) return made;
    if (!/^[\w-]+$/.test(anchor)) {
      report(made.offset, 'not valid YAML: the name of an anchor (&name) is made of letters, digits, _ and -');
    }
    anchors.set(anchor, made);
    return made;
  }

  function convert(node: unknown, around: number, flow: boolean): YamlNode {
    const offset = (isNode(node) ? node.range?.[0] : undefined) ?? around;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) return { kind: 'alias', target, offset };
      report(offset, syntaxMessage('BAD_ALIAS'));
    }
    // Inside of { } or [ ], all that is in them, too.
    const inner = flow || (isCollection(node) && node.flow === true);
    if (isMap(node)) {
      const map = named<MapNode>(node.anchor, { kind: 'map', entries: [], offset });
      for (const { key, value } of node.items) {
        const keyNode = convert(key, offset, inner);
        // Only `?` can stand for a key that is empty.
        const asked = source
          .slice(Math.max(0, keyNode.offset - 10), keyNode.offset)
          .trimEnd()
          .endsWith('?');
        if (isScalar(key) && key.source === '' && key.type === 'PLAIN' && key.tag === undefined && !asked) {
          report(
            keyNode.offset,
            'not valid YAML: there is no key before the colon; put a value that begins with : in quotes',
          );
        }
        map.entries.push([keyNode, convert(value, keyNode.offset, inner)]);
      }
      return map;
    }
    if (isSeq(node)) {
      const list = named<ListNode>(node.anchor, { kind: 'list', items: [], offset });
      for (const item of node.items) list.items.push(convert(item, offset, inner));
      return list;
    }
    if (!isScalar(node)) return { kind: 'scalar', text: '', tag: '', implicit: true, offset };
    if (flow && node.type === 'PLAIN' && node.source?.includes('?')) {
      report(offset, 'not valid YAML: a value that holds a ? must stand in quotes inside of { } or [ ]');
    }
    const tag = node.tag ?? '';
    const implicit = tag === '' && node.type === 'PLAIN';
    return named<ScalarNode>(node.anchor, { kind: 'scalar', text: String(node.value ?? ''), tag, implicit, offset });
  }

  return convert(contents, 0, false);
}
