// Chooses the exposition format and the encoding that a scraper requests.
import type { Format } from '../metrics/encode.ts';

interface Preference {
  name: string;
  parameters: Readonly<Record<string, string>>;
  quality: number;
}

const offers: readonly { format: Format; type: string; version: string }[] = [
  { format: 'text', type: 'text/plain', version: '0.0.4' },
  { format: 'openmetrics', type: 'application/openmetrics-text', version: '1.0.0' },
];

/**
 * The format preferred by an Accept header; of equal preferences the first; text if neither format is accepted, as in
 * all exporters. Another version of a format counts as not accepted; parameters such as `escaping` are ignored (prometheus.io/docs/instrumenting/content_negotiation).
 */
export function chooseFormat(accept: string | undefined): Format {
  const preferences = parsePreferences(accept ?? '*/*');
  const scored = offers.map(({ format, type, version }) => {
    const matches = preferences
      .map((preference, position) => ({ ...preference, position, rank: specificity(preference.name, type) }))
      .filter(({ rank, parameters }) => rank > 0 && (parameters['version'] ?? version) === version)
      .toSorted((a, b) => b.rank - a.rank || b.quality - a.quality);
    const [best] = matches;
    return { format, quality: best?.quality ?? 0, position: best?.position ?? Number.POSITIVE_INFINITY };
  });
  const [first] = scored
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.position - b.position);
  return first?.format ?? 'text';
}

/** Whether an Accept-Encoding header allows gzip (RFC 9110 section 12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const preferences = parsePreferences(acceptEncoding ?? '');
  const match =
    preferences.find(({ name }) => name === 'gzip' || name === 'x-gzip') ??
    preferences.find(({ name }) => name === '*');
  return (match?.quality ?? 0) > 0;
}

function specificity(range: string, type: string): number {
  if (range === type) return 3;
  if (range === `${type.split('/')[0]}/*`) return 2;
  return range === '*/*' ? 1 : 0;
}

function parsePreferences(header: string): Preference[] {
  return header.split(',').map((part) => {
    const [name = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const parameters = Object.fromEntries(
      rest.map((piece) => {
        const [key = '', value = ''] = piece.split('=', 2);
        return [key.trim(), value.trim().replace(/^"(.*)"$/, '$1')];
      }),
    );
    const quality = Number(parameters['q'] ?? 1);
    return { name, parameters, quality: Number.isNaN(quality) ? 0 : Math.min(1, Math.max(0, quality)) };
  });
}
