// What the reader of a body gets, and what is produced for one that is slow, leaves, or does not read at all.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createGunzip, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { sendChunks } from '../../src/web/send-chunks.ts';
import { closeAll, serveHttp } from '../http/loopback.ts';

/** Chunks that gzip cannot make smaller. Each is larger than what a stream holds back. */
const chunk = randomBytes(64 * 1024);
/** More than connections, streams and a compressor hold together. */
const many = 400;

/** A body that is being sent. */
interface Body {
  /** Chunks that were asked for. */
  produced: number;
  /** Whether the source was told that no more are needed, or had no more. */
  ended: boolean;
  /** What sendChunks returns. */
  sent: Promise<void>;
}

/** How a body is produced and sent. */
interface Settings {
  compressed: boolean;
  timeoutMs?: number;
  /** Throws this after a number of chunks. */
  failure?: { after: number; error: Error };
}

async function* produce(body: Body, { failure }: Settings): AsyncGenerator<Buffer> {
  try {
    while (body.produced < many) {
      if (failure?.after === body.produced) throw failure.error;
      body.produced++;
      yield chunk;
    }
  } finally {
    body.ended = true;
  }
}

/** Serves a body of many chunks to each request. @returns how to ask for one, and those that were asked for */
async function start(settings: Settings) {
  const bodies: Body[] = [];
  const { url } = await serveHttp((request, response) => {
    const body = bodies[Number(request.url?.slice(1))]!;
    body.sent = sendChunks(response, produce(body, settings), settings.compressed, settings.timeoutMs);
    // A test may look at it later.
    body.sent.catch(() => undefined);
  });
  async function ask(method = 'GET'): Promise<{ response: IncomingMessage; body: Body }> {
    const body: Body = { produced: 0, ended: false, sent: Promise.resolve() };
    const request = http.request(`${url}/${bodies.push(body) - 1}`, { method, agent: false }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { response, body };
  }
  return { ask, bodies };
}

/** The number of bytes that arrive, unpacked. */
async function lengthOf(response: IncomingMessage, compressed: boolean): Promise<number> {
  let length = 0;
  const stream = compressed ? response.pipe(createGunzip()) : response;
  for await (const part of stream) length += (part as Buffer).length;
  return length;
}

afterEach(closeAll);

describe.each([
  ['plain', false, 20],
  // Compressing what their connections hold takes long.
  ['compressed', true, 3],
] as const)('a %s body', (_, compressed, idleReaders) => {
  it('arrives whole', async () => {
    const { url } = await serveHttp((_request, response) => {
      async function* texts() {
        yield 'one ';
        yield Buffer.from('two ');
        yield await Promise.resolve('é漢🔑');
      }
      void sendChunks(response, texts(), compressed);
    });
    const [response] = (await once(http.get(url), 'response')) as [IncomingMessage];
    const bytes = await buffer(response);
    expect(response.headers['content-encoding']).toBe(compressed ? 'gzip' : undefined);
    expect((compressed ? gunzipSync(bytes) : bytes).toString()).toBe('one two é漢🔑');
  });

  it('arrives as it was produced when the source has one buffer for all chunks, as an exposition has', async () => {
    const sizes = [...Array.from({ length: 60 }, () => 256 * 1024), 10];
    const { url } = await serveHttp((_request, response) => {
      async function* numbered() {
        const one = Buffer.alloc(256 * 1024);
        for (const [number, size] of sizes.entries()) yield await Promise.resolve(one.fill(number).subarray(0, size));
      }
      void sendChunks(response, numbered(), compressed);
    });
    const ask = async () => (await once(http.get(url, { agent: false }), 'response')) as [IncomingMessage];
    const [late] = await ask();
    const [prompt] = await ask();
    const expected = Buffer.concat(sizes.map((size, number) => Buffer.alloc(size, number)));
    for (const response of [prompt, late]) {
      const bytes = await buffer(response);
      expect((compressed ? gunzipSync(bytes) : bytes).equals(expected)).toBe(true);
    }
  });

  it('is not produced for HEAD', async () => {
    const { ask } = await start({ compressed });
    const { response, body } = await ask('HEAD');
    expect(await buffer(response)).toHaveLength(0);
    await body.sent;
    expect(response.headers['content-encoding']).toBe(compressed ? 'gzip' : undefined);
    expect(body.produced).toBe(0);
  });

  it('is not produced further for a reader that leaves', async () => {
    const { ask } = await start({ compressed });
    const { response, body } = await ask();
    await once(response, 'data');
    response.destroy();
    await body.sent;
    expect(body.ended).toBe(true);
    expect(body.produced).toBeLessThan(many / 2);
  });

  it('is produced as far as readers read, however many do not, and others get theirs whole', async () => {
    const { ask } = await start({ compressed });
    const idle = await Promise.all(Array.from({ length: idleReaders }, () => ask()));
    const { response } = await ask();
    expect(await lengthOf(response, compressed)).toBe(many * chunk.length);
    for (const { body } of idle) expect([body.produced < many / 2, body.ended]).toEqual([true, false]);

    const [first, ...others] = idle;
    for (const { response } of others) response.destroy();
    expect(await lengthOf(first!.response, compressed)).toBe(many * chunk.length);
    await first!.body.sent;
    expect(first!.body).toMatchObject({ produced: many, ended: true });
  });

  it.each([0, 5])('whose source fails after %d chunks is cut, and the error is thrown', async (after) => {
    const error = new TypeError('x is not a function');
    const { ask, bodies } = await start({ compressed, failure: { after, error } });
    const reading = ask().then(({ response }) => lengthOf(response, false));
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(bodies[0]?.sent).rejects.toBe(error);
  });

  it('is cut for a reader that takes too long, without an error', async () => {
    const { ask, bodies } = await start({ compressed, timeoutMs: 20 });
    const reading = ask().then(async ({ response, body }) => {
      await body.sent;
      return lengthOf(response, false);
    });
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    await bodies[0]?.sent;
    expect([bodies[0]!.produced < many / 2, bodies[0]!.ended]).toEqual([true, true]);
  });
});

describe('a text', () => {
  const texts = ['', 'ü', ''.padEnd(16 * 1024, 'a'), ''.padEnd(16 * 1024, 'ü'), ''.padEnd(16 * 1024 + 1, 'ü')];

  it.each(texts.flatMap((text) => [true, false].map((compressed) => ({ text, compressed, length: text.length }))))(
    'of $length characters arrives whole, compressed: $compressed',
    async ({ text, compressed }) => {
      const { url } = await serveHttp((_request, response) => void sendChunks(response, [text], compressed));
      const [response] = (await once(http.get(url, { agent: false }), 'response')) as [IncomingMessage];
      const body = await buffer(response);
      expect(response.headers['content-encoding']).toBe(compressed ? 'gzip' : undefined);
      expect((compressed ? gunzipSync(body) : body).toString()).toBe(text);
    },
  );
});
