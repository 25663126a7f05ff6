// PEM blocks by the rules of Go's encoding/pem, which decides what a certificate file of an exporter may look like.

/** One block, its content decoded. */
export interface PemBlock {
  type: string;
  /** Whether headers such as `Proc-Type: 4,ENCRYPTED` stand before the content. */
  headers: boolean;
  der: Buffer;
}

const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;
const begin = '-----BEGIN ';
const end = '-----END ';
const dashes = '-----';

/** All blocks of a text, in order; what stands around them, and blocks that are damaged, are passed over. */
export function pemBlocks(text: string): PemBlock[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, '').replace(/[ \t]+$/, ''));
  const blocks: PemBlock[] = [];
  // The last BEGIN before an END counts; those before it never ended.
  let start: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(begin)) start = index;
    if (!line.startsWith(end) || start === undefined) continue;
    const block = blockOf(lines.slice(start, index + 1));
    if (block !== undefined) blocks.push(block);
    start = undefined;
  }
  return blocks;
}

function blockOf(lines: string[]): PemBlock | undefined {
  const first = lines[0] ?? '';
  const type = first.slice(begin.length, -dashes.length);
  if (!first.endsWith(dashes) || first.length < begin.length + dashes.length) return undefined;
  if (lines.at(-1) !== `${end}${type}${dashes}`) return undefined;
  const body = lines.slice(1, -1);
  const content = body.findIndex((line) => !line.includes(':'));
  if (content === -1 && body.length > 0) return undefined;
  const encoded = body
    .slice(Math.max(content, 0))
    .join('')
    .replace(/[ \t\r]/g, '');
  if (!base64.test(encoded)) return undefined;
  return { type, headers: content > 0, der: Buffer.from(encoded, 'base64') };
}
