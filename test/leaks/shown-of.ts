// What a run has shown, as text.
import { gunzipSync } from 'node:zlib';
import { connectionsOf, type RecordedRun } from './records.ts';

const gzipMagic = '\u001f\u008b\u0008';

/** All output of a run: streams, files and HTTP answers, headers and decompressed bodies. @throws when a body is broken */
export function shownOf({ records }: RecordedRun): string {
  const readable = records
    .filter(({ kind }) => kind === 'shown')
    // A compressed body is written in one piece.
    .map((record) => (record.text.startsWith(gzipMagic) ? { ...record, text: decompressed(record.text) } : record));
  return connectionsOf(readable, 'shown')
    .map(({ text }) => text)
    .join('\n');
}

function decompressed(text: string): string {
  return gunzipSync(Buffer.from(text, 'latin1')).toString('latin1');
}
