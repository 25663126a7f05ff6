// One exposition: facts of instances, state of the exporter and its own metrics, family by family.
import type { Registry } from 'prom-client';
import type { Knowledge } from '../model/knowledge.ts';
import { type Family, instanceFamilies, stateFamilies } from './catalogue.ts';
import { closingLines, contentTypes, type Format, familyHeader } from './encode.ts';
import { registryText } from './registry-text.ts';
import { commonPairs, type FamilyText, familyText } from './sample-text.ts';
import { instanceSamples } from './samples.ts';
import { type ExporterState, stateSamples } from './state-samples.ts';

/** One instance in the exposition. No two instances have the same identity labels. */
export interface ShownInstance {
  knowledge: Knowledge;
  /** Value of the label `engine`. */
  engine: string;
}

/** The input of an exposition. */
export interface ExpositionInput {
  format: Format;
  /** Unix milliseconds of the scrape. */
  nowMs: number;
  instances: readonly ShownInstance[];
  /** Names of the own labels of all instances. */
  ownLabels: readonly string[];
  /** Absent: only the series of the instances. */
  exporter?: { state: ExporterState; registry: Registry } | undefined;
}

/** An exposition as it is sent. */
export interface Exposition {
  contentType: string;
  /** The text in order; each chunk consists of complete lines. Can be read once. */
  chunks: AsyncIterable<string>;
}

/** An exposition. Families without a sample are left out. */
export function renderExposition(input: ExpositionInput): Exposition {
  return { contentType: contentTypes[input.format], chunks: expositionChunks(input) };
}

/** The whole text of an exposition. */
export async function expositionText({ chunks }: Exposition): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

async function* expositionChunks(input: ExpositionInput): AsyncGenerator<string> {
  const { format, nowMs, instances, ownLabels, exporter } = input;
  const instanceTexts = instances.map(({ knowledge, engine }) =>
    familyText(instanceSamples(knowledge, engine, nowMs), commonPairs(knowledge.instance, ownLabels)),
  );
  yield* familyChunks(Object.values(instanceFamilies), instanceTexts, format);
  if (exporter !== undefined) {
    yield* familyChunks(Object.values(stateFamilies), [familyText(stateSamples(exporter.state), '')], format);
    yield* registryText(exporter.registry, format);
  }
  yield closingLines[format];
}

/** One chunk for each family: the lines of a family must not be interleaved with others. */
function* familyChunks(
  families: readonly Family[],
  texts: readonly FamilyText[],
  format: Format,
): Generator<string, void> {
  for (const family of families) {
    const lines = texts.map((text) => text.get(family) ?? '').join('');
    if (lines !== '') yield familyHeader(family, format) + lines;
  }
}
