// Fills settings from a YAML tree by the strict rules of Go's yaml.v2, and notes everything that is wrong on the way.
import type { Path } from '../files/yaml-document.ts';
import { parseGoDuration } from './go-duration.ts';
import type { ListNode, MapNode, ValueNode, YamlNode } from './yaml-nodes.ts';
import { isBareNull, isMergeKey, scalarValue } from './yaml-scalar.ts';
import type { YamlTree } from './yaml-tree.ts';

/** A value, and where it stands. */
export interface Located<T> {
  value: T;
  offset: number;
  path: Path;
}

/** Takes a value into the settings; may be called more than once, when mappings are merged. */
export type Take = (node: YamlNode, path: Path) => void;

/** What a mapping with fixed keys takes; `clear` is called when it is empty (`~`). */
export interface Struct {
  keys: Readonly<Record<string, Take>>;
  clear: () => void;
}

export type Decoder = ReturnType<typeof createDecoder>;

/** Mappings merged into mappings merged into mappings: nobody writes so many, and the stack has an end. */
const deepestAliases = 100;

const tooManyAliases = 'not valid YAML: aliases (*name) expand to too much';
const mustBeText = 'must be a text, not a list or a mapping';

/**
 * Reads values out of a tree. Every `undefined` that a function returns has been reported; null is nothing at all
 * (`~`, or no value), which leaves a setting at its default.
 */
export function createDecoder({ report }: YamlTree) {
  const open = new Set<YamlNode>();
  let visits = 0;
  let aliased = 0;
  let given = false;

  /** Follows aliases; undefined where one leads back to itself, or all of them to too much. */
  function valueOf<T>(node: YamlNode, path: Path, read: (value: ValueNode) => T): T | undefined {
    visits++;
    if (open.size > 0) aliased++;
    if (given) return undefined;
    // yaml.v2 bounds what aliases can cost by the share that they have in all the work, less for larger files.
    const share = 0.99 - 0.89 * Math.min(1, Math.max(0, (visits - 400_000) / 3_600_000));
    if (aliased > 100 && visits > 1000 && aliased / visits > share) {
      given = true;
      return report(node.offset, [], tooManyAliases);
    }
    if (node.kind !== 'alias') return read(node);
    if (open.has(node))
      return report(node.offset, path, 'not valid YAML: an alias (*name) stands for what it is part of');
    if (open.size === deepestAliases) return report(node.offset, path, 'not valid YAML: it is nested too deeply');
    open.add(node);
    const result = valueOf(node.target, path, read);
    open.delete(node);
    return result;
  }

  function scalarOf(node: ValueNode, path: Path, otherwise: string) {
    if (node.kind !== 'scalar') return report(node.offset, path, otherwise);
    const value = scalarValue(node);
    return value ?? report(node.offset, path, 'this value does not fit the tag (!!name) before it; remove the tag');
  }

  /** Numbers and switches are texts, as they are written. */
  function text(node: YamlNode, path: Path): string | null | undefined {
    return valueOf(node, path, (value) => {
      const found = scalarOf(value, path, mustBeText);
      if (found === undefined || value.kind !== 'scalar') return undefined;
      if (found.type === 'null') return null;
      return found.type === 'text' ? found.text : value.text;
    });
  }

  function bool(node: YamlNode, path: Path): boolean | null | undefined {
    return valueOf(node, path, (value) => {
      const found = scalarOf(value, path, 'must be true or false');
      if (found === undefined || found.type === 'bool') return found?.bool;
      return found.type === 'null' ? null : report(value.offset, path, 'must be true or false, without quotes');
    });
  }

  /** A whole number of 64 bits; fractions are cut off, as far as a text is not asked for what it says. */
  function integer(
    node: YamlNode,
    path: Path,
    otherwise: string,
    ofText: (text: string) => number | undefined,
  ): number | null | undefined {
    return valueOf(node, path, (value) => {
      const found = scalarOf(value, path, otherwise);
      if (found === undefined) return undefined;
      if (found.type === 'null') return null;
      if (found.type === 'int' && found.int < 2n ** 63n) return Number(found.int);
      if (found.type === 'float' && found.float <= 2 ** 63) return Math.max(Math.trunc(found.float), -(2 ** 63));
      const number = found.type === 'text' ? ofText(found.text) : undefined;
      return number ?? report(value.offset, path, otherwise);
    });
  }

  const int = (node: YamlNode, path: Path) => integer(node, path, 'must be a number, without quotes', () => undefined);

  /** Nanoseconds. */
  const duration = (node: YamlNode, path: Path) =>
    integer(
      node,
      path,
      'must be a duration such as 500ms, 1s or 1m30s (units: ns, us, ms, s, m, h); a number alone is nanoseconds',
      parseGoDuration,
    );

  /** One of some names; the message lists them, and does not repeat what was written. */
  function name<T>(node: YamlNode, path: Path, names: ReadonlyMap<string, T>): T | null | undefined {
    return valueOf(node, path, (value) => {
      if (value.kind === 'scalar' && isBareNull(value))
        return scalarOf(value, path, '') === undefined ? undefined : null;
      const found = text(value, path);
      if (found === undefined) return undefined;
      const known = names.get(found ?? '');
      return known !== undefined
        ? known
        : report(value.offset, path, `is none of the names that are known here: ${[...names.keys()].join(', ')}`);
    });
  }

  /** The items that `read` makes something of. */
  function list<T>(
    node: YamlNode,
    path: Path,
    read: (node: YamlNode, path: Path) => T | undefined,
  ): T[] | null | undefined {
    return collection(node, path, 'list', (value) =>
      value.items.flatMap((item, index) => {
        const found = read(item, [...path, index]);
        return found === undefined ? [] : [found];
      }),
    );
  }

  /** A mapping whose keys are fixed. */
  function struct(node: YamlNode, path: Path, fields: Struct): void {
    const found = collection(node, path, 'map', (value) => {
      const seen = new Set<string>();
      for (const [key, inner] of value.entries) {
        if (isMergeKey(key)) {
          merge(inner, path, (other) => struct(other, path, fields));
          continue;
        }
        const read = text(key, path);
        if (read === undefined) continue;
        const known = read ?? '';
        const take = Object.hasOwn(fields.keys, known) ? fields.keys[known] : undefined;
        if (take === undefined) {
          report(key.offset, [...path, known], `unknown key; known here: ${Object.keys(fields.keys).join(', ')}`);
        } else if (seen.has(known)) {
          report(key.offset, [...path, known], 'duplicate key: it stands in this mapping more than once');
        } else {
          seen.add(known);
          take(inner, [...path, known]);
        }
      }
      return true;
    });
    if (found === null) fields.clear();
  }

  /** Adds the entries of a mapping with free keys to what merged mappings brought; the keys are not shown. */
  function entries(node: YamlNode, path: Path, into: Map<string, Located<string>>): void {
    const found = collection(node, path, 'map', (value) => {
      for (const [key, inner] of value.entries) {
        if (isMergeKey(key)) {
          merge(inner, path, (other) => entries(other, path, into));
          continue;
        }
        const read = text(key, path);
        const held = read === undefined ? undefined : text(inner, path);
        if (read === undefined || held === undefined) continue;
        if (into.has(read ?? '')) report(key.offset, path, 'duplicate key: it stands in this mapping more than once');
        else into.set(read ?? '', { value: held ?? '', offset: key.offset, path });
      }
      return true;
    });
    if (found === null) into.clear();
  }

  function collection<Kind extends 'list' | 'map', T>(
    node: YamlNode,
    path: Path,
    kind: Kind,
    read: (value: Kind extends 'list' ? ListNode : MapNode) => T,
  ): T | null | undefined {
    const otherwise = kind === 'list' ? 'must be a list' : 'must be a mapping of keys and values';
    return valueOf(node, path, (value) => {
      if (value.kind === kind) return read(value as Kind extends 'list' ? ListNode : MapNode);
      if (value.kind !== 'scalar') return report(value.offset, path, otherwise);
      const found = scalarOf(value, path, otherwise);
      if (found === undefined) return undefined;
      return found.type === 'null' ? null : report(value.offset, path, otherwise);
    });
  }

  /** `<<`: a mapping, or several of which the first counts most. */
  function merge(node: YamlNode, path: Path, take: (map: YamlNode) => void): void {
    const maps = node.kind === 'list' ? node.items.toReversed() : [node];
    for (const map of maps) {
      const kind = map.kind === 'alias' ? map.target.kind : map.kind;
      if (kind === 'map') take(map);
      else report(map.offset, [...path, '<<'], 'must be a mapping, an alias (*name) of one, or a list of them');
    }
  }

  return { report, text, bool, int, duration, name, list, struct, entries };
}
