// The response headers of a web configuration: a closed set, some with a closed set of values.
import { headerValues } from './names.ts';
import type { Decoder, Located } from './yaml-decoder.ts';

/** The headers as they go over the wire; whatever cannot is reported. */
export function judgeHeaders(headers: ReadonlyMap<string, Located<string>>, decoder: Decoder): Record<string, string> {
  const judged: Record<string, string> = {};
  for (const [name, { value, offset, path }] of headers) {
    const allowed = headerValues.get(name);
    if (!headerValues.has(name)) {
      decoder.report(
        offset,
        [...path, name],
        `this header cannot be set; those that can: ${[...headerValues.keys()].join(', ')}`,
      );
    } else if (allowed !== undefined && !allowed.includes(value)) {
      decoder.report(
        offset,
        [...path, name],
        `must be ${allowed.join(' or ')}; to leave the header out, remove this line`,
      );
    } else {
      const sent = wireValue(value);
      if (/[^\t\x20-\x7e\x80-\xff]/.test(sent))
        decoder.report(offset, [...path, name], 'must not hold control characters');
      judged[name] = sent;
    }
  }
  return judged;
}

/** As Go sends it: line ends as blanks, none at the ends, and UTF-8, of which each byte is a character for Node. */
function wireValue(value: string): string {
  const line = value.replace(/[\r\n]/g, ' ').replace(/^[ \t]+|[ \t]+$/g, '');
  return Buffer.from(line, 'utf8').toString('latin1');
}
