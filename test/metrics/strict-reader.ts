// Reads an exposition as strictly as its format is defined: what it does not understand, it refuses.
import type { Format } from '../../src/metrics/encode.ts';

/** One family as it was read. */
export interface ReadFamily {
  name: string;
  type: string;
  help: string;
  /** Each as name, labels in order, value. */
  samples: [name: string, labels: [string, string][], value: number][];
}

const sampleLine = /^([a-z_]+)(?:\{((?:[a-z_0-9]+="(?:[^"\\]|\\[\\"n])*"(?:,(?!\}))?)+)\})? (\S+)$/u;
const suffixes: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  gauge: [''],
};

/** @throws when a line is not of the format, or a sample is under another family than its own */
export function readStrictly(text: string, format: Format): ReadFamily[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line is not complete');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('OpenMetrics without # EOF');
  const families: ReadFamily[] = [];
  for (const line of lines) {
    // Only the text format allows blank lines; prom-client writes them between families.
    if (line === '' && format === 'text') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) ([a-z_]+) ?([^]*)$/.exec(line) ?? [];
    const family = families.at(-1);
    if (keyword === 'HELP') {
      families.push({ name, type: '', help: unescaped(rest), samples: [] });
    } else if (keyword === 'TYPE' && family?.name === name && family.type === '') {
      family.type = rest;
    } else {
      if (family === undefined) throw new Error(`a sample before the first family: ${line}`);
      family.samples.push(readSample(line, family, format));
    }
  }
  return families;
}

function readSample(line: string, family: ReadFamily, format: Format): ReadFamily['samples'][number] {
  const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? [];
  const counter = format === 'openmetrics' ? ['_total'] : [''];
  const allowed = (family.type === 'counter' ? counter : suffixes[family.type])?.map((suffix) => family.name + suffix);
  if (allowed?.includes(name) !== true) throw new Error(`not a sample of ${family.type} ${family.name}: ${line}`);
  const pairs = [...labels.matchAll(/([a-z_0-9]+)="((?:[^"\\]|\\.)*)"/gu)];
  return [name, pairs.map(([, label = '', text = '']) => [label, unescaped(text)]), readNumber(value)];
}

function unescaped(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function readNumber(text: string): number {
  if (/^[+-]Inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // prom-client writes Nan, which Go reads as well.
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}
