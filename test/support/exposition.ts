// Reads an exposition in the text format into something that a test can look things up in.

/** One sample. */
export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Parses text format 0.0.4 or OpenMetrics, label escapes included. */
export function parseExposition(text: string): ParsedSample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null) return [];
    const labels: Record<string, string> = {};
    for (const [, name = '', value = ''] of (match[2] ?? '').matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
      labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
    }
    return [{ name: match[1] ?? '', labels, value: Number(match[3]) }];
  });
}

/** The values of all samples of a family whose labels include the given ones. */
export function valuesOf(
  samples: readonly ParsedSample[],
  name: string,
  labels: Record<string, string> = {},
): number[] {
  return samples
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .map(({ value }) => value);
}

/** Scrapes a running exporter. */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<ParsedSample[]> {
  const response = await fetch(`${url}/metrics`, { headers });
  if (response.status !== 200) throw new Error(`scrape answered ${response.status}`);
  return parseExposition(await response.text());
}
