// The first document of a YAML text as a tree of what is written there, before anything is made of it.
import { Composer, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, Parser } from 'yaml';
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

const anchorName = /^[\w-]+$/;

// Tags are judged where a value is asked for; a comment right after a quote is common, and clear enough.
const harmless = /^(?:Unresolved tag: |Comments must be separated)/;

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
    const [document] = composer.compose(new Parser(lines.addNewLine).parse(source));
    if (document === undefined) {
      for (const error of composer.streamInfo().errors)
        problems.push(problemAt(error.pos[0], [], syntaxMessage(error.code)));
      return { root: undefined, problems, problemAt };
    }
    for (const error of document.errors) {
      if (!harmless.test(error.message)) problems.push(problemAt(error.pos[0], [], syntaxMessage(error.code)));
    }
    const report = (offset: number, message: string) => problems.push(problemAt(offset, [], message));
    const root = problems.length === 0 ? treeOf(document.contents, 0, new Map(), report) : undefined;
    return { root: problems.length === 0 ? root : undefined, problems, problemAt };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(problemAt(0, [], 'not valid YAML: it is nested too deeply'));
    return { root: undefined, problems, problemAt };
  }
}

function treeOf(
  node: unknown,
  around: number,
  anchors: Map<string, ValueNode>,
  report: (offset: number, message: string) => void,
): YamlNode {
  const offset = (isNode(node) ? node.range?.[0] : undefined) ?? around;
  const named = <T extends ValueNode>(made: T): T => {
    const anchor = isNode(node) && !isAlias(node) ? node.anchor : undefined;
    if (anchor === undefined) return made;
    if (!anchorName.test(anchor))
      report(offset, 'not valid YAML: the name of an anchor (&name) is made of letters, digits, _ and -');
    anchors.set(anchor, made);
    return made;
  };

  if (isAlias(node)) {
    const target = anchors.get(node.source);
    if (target !== undefined) return { kind: 'alias', target, offset };
    report(offset, syntaxMessage('BAD_ALIAS'));
  }
  if (isMap(node)) {
    const map = named<MapNode>({ kind: 'map', entries: [], offset });
    for (const { key, value } of node.items) {
      const keyNode = treeOf(key, offset, anchors, report);
      map.entries.push([keyNode, treeOf(value, keyNode.offset, anchors, report)]);
    }
    return map;
  }
  if (isSeq(node)) {
    const list = named<ListNode>({ kind: 'list', items: [], offset });
    for (const item of node.items) list.items.push(treeOf(item, offset, anchors, report));
    return list;
  }
  if (!isScalar(node)) return { kind: 'scalar', text: '', tag: '', implicit: true, offset };
  // The tag `!` alone says that there is none, and takes away the quotes.
  const tag = node.tag === undefined || node.tag === '!' ? '' : node.tag;
  const implicit = node.tag === '!' || (tag === '' && (node.type === 'PLAIN' || node.type === undefined));
  return named<ScalarNode>({ kind: 'scalar', text: String(node.value ?? ''), tag, implicit, offset });
}
