// Writes the lines of both exposition formats: text 0.0.4 and OpenMetrics 1.0.0.

/** Format of an exposition: text format 0.0.4 or OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

/** The media type of each format. */
export const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The text after the last family. */
export const closingLines: Readonly<Record<Format, string>> = { text: '', openmetrics: '# EOF\n' };

/** The part of a family that HELP, TYPE and sample lines need. */
export interface FamilyHead {
  name: string;
  /** A type that both formats have, e.g. `gauge`. */
  type: string;
  help: string;
}

/**
 * The HELP and TYPE lines of a family. In OpenMetrics those of a counter have its name without `_total`, and quotes
 * in HELP are escaped (OpenMetrics 1.0.0, sections "MetricFamily" and "ABNF").
 */
export function familyHeader({ name, type, help }: FamilyHead, format: Format): string {
  const isOpenMetrics = format === 'openmetrics';
  const familyName = isOpenMetrics && type === 'counter' ? withoutTotal(name) : name;
  const helpText = escape(help, isOpenMetrics ? special : specialOutsideQuotes);
  return `# HELP ${familyName} ${helpText}\n# TYPE ${familyName} ${type}\n`;
}

/** The name on the sample lines of a family without its own suffixes: in OpenMetrics that of a counter has `_total`. */
export function sampleName({ name, type }: Pick<FamilyHead, 'name' | 'type'>, format: Format): string {
  return format === 'openmetrics' && type === 'counter' ? `${withoutTotal(name)}_total` : name;
}

/** One label as it is written in both formats, e.g. `account="a"`. */
export function labelPair(name: string, value: string): string {
  return `${name}="${escape(value, special)}"`;
}

/** Labels as they are written in both formats, separated by commas. */
export function labelPairs(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => labelPair(name, values[index] ?? '')).join(',');
}

/** One sample as it is written in both formats. @param pairs the labels, joined by commas; may be empty */
export function sampleLine(name: string, pairs: string, value: number): string {
  return pairs === '' ? `${name} ${numberText(value)}\n` : `${name}{${pairs}} ${numberText(value)}\n`;
}

const special = /[\\\n"]/g;
const specialOutsideQuotes = /[\\\n]/g;

function escape(text: string, characters: RegExp): string {
  // Most texts need no escape, and searching is cheaper than replacing.
  if (text.search(characters) === -1) return text;
  return text.replace(characters, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

function withoutTotal(name: string): string {
  return name.replace(/_total$/, '');
}

/** A number in the notation of Go's strconv, which Prometheus parses values with. */
function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
