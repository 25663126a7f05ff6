// A minimal HTTP client for the tests of the simulations: sends the given bytes and adds nothing.
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';

export interface RawResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** The received header lines: repeated ones are not joined. */
  lines: [name: string, value: string][];
  body: string;
}

/** One request; `path` is the request target, byte for byte. */
export async function send(
  url: string,
  options: { method?: string; path?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const outgoing = request({
    hostname,
    port,
    method: options.method ?? 'GET',
    path: options.path ?? '/',
    headers: options.headers ?? {},
  });
  const responded = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  outgoing.end(options.body);
  const response = await responded;
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const lines: RawResponse['lines'] = [];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    lines.push([response.rawHeaders[index]!.toLowerCase(), response.rawHeaders[index + 1]!]);
  }
  return { status: response.statusCode!, headers: response.headers, lines, body: Buffer.concat(chunks).toString() };
}

/** The JSON object in the body of a response. */
export function parse(response: RawResponse): Record<string, unknown> {
  return record(JSON.parse(response.body));
}

/** Narrows to an object; throws for anything else. */
export function record(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new TypeError(`not an object: ${String(value)}`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
