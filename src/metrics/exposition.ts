// One exposition: facts of instances, state of the exporter and its own metrics, family by family, in slices.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import type { Knowledge } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import { instanceFamilies, stateFamilies } from './catalogue.ts';
import { closingLines, contentTypes, type Format, familyHeader, labelPairs, sampleLine } from './encode.ts';
import { createViews, type ViewInput, type Views } from './instance-view.ts';
import { registryText } from './registry-text.ts';
import { type AddSample, type InstanceFamilyKey, instanceSamples } from './samples.ts';
import { type ExporterState, stateSamples } from './state-samples.ts';

/** The input of an exposition: what is known at one moment. No two instances have the same identity labels. */
export interface ExpositionInput extends ViewInput {
  format: Format;
  /** Unix milliseconds of the scrape. */
  nowMs: number;
  /** Default: nothing is kept from an earlier exposition. */
  views?: Views;
  /** Absent: only the series of the instances. */
  exporter?: { state: ExporterState; registry: Registry } | undefined;
}

/** An exposition as it is sent. */
export interface Exposition {
  contentType: string;
  /** The text in order, as UTF-8. Can be read once; a chunk is valid until the next one is requested. */
  chunks: AsyncIterable<Buffer>;
}

/** An exposition of one instance. */
export interface ShortExposition {
  contentType: string;
  chunks: readonly [string];
}

/** Characters that are encoded in one go: longer texts no longer fit the caches of a processor. */
const pieceLength = 64 * 1024;
/** Bytes of a chunk. A compressor spends less on a few large chunks than on many small ones. */
const chunkBytes = 512 * 1024;
/** The most bytes of a UTF-16 unit in UTF-8. */
const maxBytesPerUnit = 3;

/**
 * An exposition of this moment: what changes while its chunks are read is not in it. Families without a sample are left
 * out.
 */
export async function renderExposition(input: ExpositionInput): Promise<Exposition> {
  const { format, exporter } = input;
  let ownText = '';
  if (exporter !== undefined) {
    ownText = stateText(exporter.state, format) + (await registryText(exporter.registry, format));
  }
  return { contentType: contentTypes[format], chunks: expositionChunks(input, ownText + closingLines[format]) };
}

/** The same for one instance only, without buffers: thousands of them a minute would cause collections of garbage. */
export async function renderShortExposition(
  knowledge: Knowledge,
  input: Omit<ExpositionInput, 'instances' | 'exporter' | 'views'>,
): Promise<ShortExposition> {
  const { format } = input;
  let text = '';
  for await (const piece of expositionPieces({ ...input, instances: [knowledge] }, closingLines[format])) text += piece;
  return { contentType: contentTypes[format], chunks: [text] };
}

/** The complete text of an exposition, as UTF-8. */
export async function expositionBytes({ chunks }: Exposition): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

async function* expositionChunks(input: ExpositionInput, ownText: string): AsyncGenerator<Buffer> {
  // One for all chunks: V8 counts buffers as memory in use, and would collect garbage several times in each scrape.
  let buffer = Buffer.allocUnsafeSlow(chunkBytes + pieceLength * maxBytesPerUnit);
  let used = 0;
  for await (const piece of expositionPieces(input, ownText)) {
    if (buffer.length - used < piece.length * maxBytesPerUnit) {
      buffer = Buffer.concat([buffer.subarray(0, used)], used + piece.length * maxBytesPerUnit);
    }
    used += buffer.write(piece, used);
    if (used < chunkBytes) continue;
    yield buffer.subarray(0, used);
    used = 0;
    // The reader may take chunk after chunk without waiting for anything.
    await nextTurn();
  }
  yield buffer.subarray(0, used);
}

/** The samples of all instances, then `ownText`. */
async function* expositionPieces(input: ExpositionInput, ownText: string): AsyncGenerator<string> {
  const { format, nowMs } = input;
  const views = await (input.views ?? createViews()).of(input);
  let text = '';
  const pace = createPace();
  for (const [key, family] of Object.entries(instanceFamilies)) {
    const header = familyHeader(family, format);
    let common = '';
    let isFirst = true;
    const add: AddSample = (value, pairs = '') => {
      if (value === undefined) return;
      if (isFirst) text += header;
      isFirst = false;
      text += sampleLine(family.name, pairs === '' ? common : `${common},${pairs}`, Number(value));
    };
    const addSamples = instanceSamples[key as InstanceFamilyKey];
    for (const view of views) {
      common = view.pairs;
      addSamples(view, add, nowMs);
      if (text.length < pieceLength) continue;
      yield text;
      text = '';
    }
    // Families that hardly any instance has are no text to send, one after the other.
    if (pace.isDue()) await pace.rest();
  }
  yield text;
  yield ownText;
}

function stateText(state: ExporterState, format: Format): string {
  const samples = stateSamples(state);
  const texts = Object.values(stateFamilies).map((family) => {
    const lines = samples
      .filter((sample) => sample.family === family)
      .map(({ labels, value }) => {
        const values = family.labels.map((name) => labels[name] ?? '');
        return sampleLine(family.name, labelPairs(family.labels, values), value);
      });
    return lines.length === 0 ? '' : familyHeader(family, format) + lines.join('');
  });
  return texts.join('');
}
