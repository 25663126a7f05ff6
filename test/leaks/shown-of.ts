// What a run has shown, as text.
import { constants, gunzipSync } from 'node:zlib';
import { connectionsOf, type RecordedRun } from './records.ts';

/** All output of a run: streams, files and HTTP answers, headers and decompressed bodies. @throws when a body is broken */
export function shownOf({ records }: RecordedRun): string {
  return connectionsOf(records, 'shown', decompressed)
    .map(({ text }) => text)
    .join('\n');
}

/** The answers of a connection with readable bodies. */
function decompressed(text: string): string {
  const head = /\r\ncontent-encoding: gzip\r\n[^]*?\r\n\r\n/i.exec(text);
  if (head === null) return text;
  const start = head.index + head[0].length;
  const { body, end } = bodyAt(text, start, text.slice(text.lastIndexOf('HTTP/1.', start), start));
  return text.slice(0, start) + unzipped(body) + decompressed(text.slice(end));
}

/** The body of an answer, of which the client may have read a part only, and where it ends. */
function bodyAt(text: string, start: number, head: string): { body: string; end: number } {
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  if (length !== undefined) return { body: text.slice(start, start + Number(length)), end: start + Number(length) };
  let body = '';
  let at = start;
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20));
    const bytes = Number.parseInt(size?.[1] ?? '0', 16);
    if (size === null || bytes === 0) return { body, end: at + (size?.[0].length ?? 0) };
    const from = at + size[0].length;
    body += text.slice(from, from + bytes);
    at = from + bytes + '\r\n'.length;
  }
}

function unzipped(body: string): string {
  if (body === '') return '';
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  return gunzipSync(Buffer.from(body, 'latin1'), options).toString('latin1');
}
