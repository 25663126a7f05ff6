// A registry of prom-client with the series of an exposition.
import { readFileSync } from 'node:fs';
import { Gauge, Registry } from 'prom-client';
import { type ParsedSample, parseExposition } from '../../test/support/exposition.ts';

/** @returns a function that creates the registry and renders it */
export function renderLike(file: string): () => Promise<string> {
  const families = new Map<string, ParsedSample[]>();
  for (const sample of parseExposition(readFileSync(file, 'utf8'))) {
    const family = families.get(sample.name);
    if (family === undefined) families.set(sample.name, [sample]);
    else family.push(sample);
  }
  return async () => {
    const registry = new Registry();
    for (const [name, samples] of families) {
      const labelNames = Object.keys(samples[0]?.labels ?? {});
      const gauge = new Gauge({ name, help: name, labelNames, registers: [registry] });
      for (const { labels, value } of samples) gauge.set(labels, value);
    }
    return await registry.metrics();
  };
}
