// What a scalar means by the rules of Go's yaml.v2: YAML 1.1 in most places, and a few of its own.
import type { ScalarNode, YamlNode } from './yaml-nodes.ts';

/** Something that a scalar can be. */
export type ScalarValue =
  | { type: 'null' }
  | { type: 'bool'; bool: boolean }
  | { type: 'int'; int: bigint }
  | { type: 'float'; float: number }
  | { type: 'text'; text: string };

const standard = 'tag:yaml.org,2002:';

const words = new Map<string, ScalarValue>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, { type: 'bool', bool: true }] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, { type: 'bool', bool: false }] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, { type: 'null' }] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, { type: 'float', float: Number.NaN }] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (word) => [word, { type: 'float', float: Number.POSITIVE_INFINITY }] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, { type: 'float', float: Number.NEGATIVE_INFINITY }] as const),
]);

/** By the tag that asks for it, which look a value must have. */
const typeOfTag: Readonly<Record<string, ScalarValue['type']>> = {
  null: 'null',
  bool: 'bool',
  int: 'int',
  float: 'float',
};

/** The value; undefined when the text does not fit the tag that stands before it. */
export function scalarValue({ text, tag, implicit }: ScalarNode): ScalarValue | undefined {
  if (tag === '') return implicit ? plainValue(text) : { type: 'text', text };
  const name = tag.startsWith(standard) ? tag.slice(standard.length) : '';
  if (name === 'binary') return binaryText(text);
  // Only a text can have the look of a time, and nothing here asks for a time.
  if (name === 'timestamp') return undefined;
  const wanted = typeOfTag[name];
  if (wanted === undefined) return { type: 'text', text };
  const value = plainValue(text);
  if (wanted === 'float' && value.type === 'int') return { type: 'float', float: Number(value.int) };
  return value.type === wanted ? value : undefined;
}

/** Whether it is nothing at all, so that not even an enumeration is asked what it thinks of it. */
export function isBareNull({ text, tag, implicit }: ScalarNode): boolean {
  if (tag === `${standard}null`) return true;
  return tag === '' && (text === 'null' || text === '~' || (text === '' && implicit));
}

/** Whether a key is `<<`, which merges its value into the mapping. */
export function isMergeKey(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.text === '<<' && (key.implicit || key.tag === `${standard}merge`);
}

function plainValue(text: string): ScalarValue {
  return words.get(text) ?? numberValue(text) ?? { type: 'text', text };
}

function numberValue(text: string): ScalarValue | undefined {
  if (/^\.\d/.test(text)) return floatValue(text, /^\.\d+(?:_\d+)*(?:e[-+]?\d+(?:_\d+)*)?$/i);
  // A date is neither text nor number, and is refused as both.
  if (!/^[-+\d]/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const int = intValue(plain);
  if (int !== undefined && int >= -(2n ** 63n) && int < (plain.startsWith('+') ? 2n ** 63n : 2n ** 64n))
    return { type: 'int', int };
  return floatValue(plain, /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i);
}

/** A number that begins with 0 is octal. */
function intValue(plain: string): bigint | undefined {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(plain) ?? [];
  let magnitude: bigint;
  if (/^(?:0|[1-9]\d*|0x[\da-f]+|0b[01]+|0o[0-7]+)$/i.test(digits)) magnitude = BigInt(digits.toLowerCase());
  else if (/^0[0-7]+$/.test(digits)) magnitude = BigInt(`0o${digits.slice(1)}`);
  else return undefined;
  return sign === '-' ? -magnitude : magnitude;
}

function floatValue(text: string, look: RegExp): ScalarValue | undefined {
  const float = look.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  return Number.isFinite(float) ? { type: 'float', float } : undefined;
}

function binaryText(text: string): ScalarValue | undefined {
  const base64 = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(base64)) return undefined;
  return { type: 'text', text: Buffer.from(base64, 'base64').toString('utf8') };
}
