// A YAML document as a tree of what is written there, before anything is made of it.
import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar } from 'yaml';
import { syntaxMessage } from '../files/yaml-document.ts';

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

/** Takes what is not valid YAML. */
export type Report = (offset: number, message: string) => void;

/** The tree of what the parser made; reports aliases of nothing, keys that are not there, and what Go cannot read. */
export function treeOf(contents: unknown, source: string, report: Report): YamlNode {
  const anchors = new Map<string, ValueNode>();

  function named<T extends ValueNode>(anchor: string | undefined, made: T): T {
    if (anchor === undefined) return made;
    if (!/^[\w-]+$/.test(anchor)) {
      report(made.offset, 'not valid YAML: the name of an anchor (&name) is made of letters, digits, _ and -');
    }
    anchors.set(anchor, made);
    return made;
  }

  /** @param flow inside of { } or [ ] */
  function convert(node: unknown, around: number, flow: boolean): YamlNode {
    if (isScalar(node)) return scalar(node, node.range?.[0] ?? around, flow);
    if (isMap(node)) {
      const map = named<MapNode>(node.anchor, { kind: 'map', entries: [], offset: node.range?.[0] ?? around });
      for (const pair of node.items) map.entries.push(entry(pair, map.offset, flow || node.flow === true));
      return map;
    }
    if (isSeq(node)) {
      const list = named<ListNode>(node.anchor, { kind: 'list', items: [], offset: node.range?.[0] ?? around });
      for (const item of node.items) list.items.push(convert(item, list.offset, flow || node.flow === true));
      return list;
    }
    if (isAlias(node)) {
      const offset = node.range?.[0] ?? around;
      const target = anchors.get(node.source);
      if (target !== undefined) return { kind: 'alias', target, offset };
      report(offset, syntaxMessage('BAD_ALIAS'));
    }
    return { kind: 'scalar', text: '', tag: '', implicit: true, offset: around };
  }

  function entry({ key, value }: Pair, around: number, flow: boolean): [YamlNode, YamlNode] {
    const made = convert(key, around, flow);
    const isEmpty = isScalar(key) && key.source === '' && key.type === 'PLAIN' && key.tag === undefined;
    // Only after `?` a key may be left out.
    const before = source.slice(Math.max(0, made.offset - 10), made.offset);
    if (isEmpty && !before.trimEnd().endsWith('?')) {
      report(made.offset, 'not valid YAML: there is no key before the colon; put a value that begins with : in quotes');
    }
    return [made, convert(value, made.offset, flow)];
  }

  function scalar(
    { value, type, tag = '', anchor, source: written }: Scalar,
    offset: number,
    flow: boolean,
  ): ScalarNode {
    if (flow && type === 'PLAIN' && written?.includes('?')) {
      report(offset, 'not valid YAML: a value that holds a ? must stand in quotes inside of { } or [ ]');
    }
    const text = typeof value === 'string' ? value : '';
    return named<ScalarNode>(anchor, { kind: 'scalar', text, tag, implicit: tag === '' && type === 'PLAIN', offset });
  }

  return convert(contents, 0, false);
}
