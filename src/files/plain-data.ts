// Converts a YAML tree to plain data, and reports what the parser accepts but a configuration must not contain.
import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Range, type YAMLMap } from 'yaml';
import { isObject } from '../model/wire.ts';

/** Where a value is: map keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** Receives each problem: duplicate keys, keys that are no plain words, aliases that cannot be used. */
type Report = (path: Path, offset: number, message: string) => void;

export const badAlias = 'not valid YAML: unknown or misplaced alias (*name); quote a value that begins with *';

/**
 * Values that aliases may add to a document. Aliases of aliases grow exponentially, and each merge copies its source:
 * a file of a few hundred bytes could occupy the process for hours.
 */
const maxExpandedValues = 100_000;

interface Anchor {
  data: unknown;
  /** Values in it, aliases expanded; undefined while it is being converted. */
  values: number | undefined;
}

/** The state of one conversion. */
interface Conversion {
  report: Report;
  anchors: Map<string, Anchor>;
  /** Values converted so far, aliases expanded. */
  values: number;
  /** Values that aliases have added. */
  expanded: number;
  /** Whether all aliases can be used. */
  usable: boolean;
}

/**
 * Plain data in linear time, where `toJS` of the parser is quadratic in the number of aliases. Aliases share one
 * object, and merge keys (`<<`, in YAML 1.1) are applied; explicit keys and earlier sources take precedence.
 * @returns undefined when an alias cannot be used
 */
export function toPlainData(contents: unknown, report: Report): unknown {
  const conversion: Conversion = { report, anchors: new Map(), values: 0, expanded: 0, usable: true };
  const data = convert(conversion, contents, []);
  return conversion.usable ? data : undefined;
}

function convert(conversion: Conversion, node: unknown, path: Path): unknown {
  if (!conversion.usable) return undefined;
  const before = conversion.values++;
  if (isAlias(node)) return convertAlias(conversion, node, path);
  const anchor: Anchor = { data: null, values: undefined };
  if (isNode(node) && node.anchor !== undefined) conversion.anchors.set(node.anchor, anchor);
  if (isScalar(node)) anchor.data = node.value;
  if (isSeq(node)) anchor.data = node.items.map((item, index) => convert(conversion, item, [...path, index]));
  if (isMap(node)) anchor.data = convertMap(conversion, node, path);
  anchor.values = conversion.values - before;
  return anchor.data;
}

function convertAlias(conversion: Conversion, alias: Alias, path: Path): unknown {
  const offset = offsetOf(alias);
  const anchor = conversion.anchors.get(alias.source);
  if (anchor === undefined) return unusable(conversion, [], offset, badAlias);
  if (anchor.values === undefined)
    return unusable(conversion, path, offset, 'not valid YAML: this alias (*name) refers to a value that contains it');
  conversion.values += anchor.values;
  conversion.expanded += anchor.values;
  if (conversion.expanded > maxExpandedValues)
    return unusable(conversion, [], offset, 'not valid YAML: aliases (*name) expand to too many values');
  return anchor.data;
}

function convertMap(conversion: Conversion, map: YAMLMap, path: Path): Record<string, unknown> {
  const { report, anchors } = conversion;
  const entries = new Map<string, unknown>();
  const merged: Record<string, unknown>[] = [];
  const seen = new Set<string>();
  for (const { key, value } of map.items) {
    const offset = offsetOf(key);
    if (!isScalar(key)) {
      // At the mapping: where a text is expected, another problem is about the same place.
      report(path, offsetOf(map), 'a key must be a plain word; {{ }} is not expanded');
      continue;
    }
    const name = keyName(key.value);
    if (key.anchor !== undefined) anchors.set(key.anchor, { data: key.value, values: 1 });
    if (seen.has(name))
      report([...path, name], offset, 'duplicate key: it occurs in this mapping more than once; keep one');
    seen.add(name);
    const data = convert(conversion, value, [...path, name]);
    // The parser marks `<<` as a merge key with a symbol.
    if (typeof key.value !== 'symbol') entries.set(name, data);
    else merged.push(...mergeSources(conversion, data, [...path, name], offset));
  }
  for (const [name, data] of merged.flatMap(Object.entries<unknown>)) {
    // A key without a value is no key: it must not hide what is merged, e.g. the users of a web configuration.
    if ((entries.get(name) ?? null) === null) entries.set(name, data);
  }
  return Object.fromEntries(entries);
}

function mergeSources(conversion: Conversion, data: unknown, path: Path, offset: number): Record<string, unknown>[] {
  const sources: unknown[] = Array.isArray(data) ? data : [data];
  const mappings = sources.filter(isObject);
  if (mappings.length < sources.length)
    unusable(conversion, path, offset, 'must be a mapping, an alias (*name) of one, or a list of them');
  return mappings;
}

/** Reports the first such problem only: the others may be its consequences. */
function unusable(conversion: Conversion, path: Path, offset: number, message: string): undefined {
  if (conversion.usable) conversion.report(path, offset, message);
  conversion.usable = false;
}

/** The name of a key in plain data. */
export function keyName(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'symbol' ? (value.description ?? '') : `${value as string | number | boolean}`;
}

/** Offset of a node in the text, 0 when it has none. */
function offsetOf(node: unknown): number {
  return rangeOf(node)?.[0] ?? 0;
}

export function rangeOf(node: unknown): Range | null | undefined {
  return isNode(node) ? node.range : undefined;
}
