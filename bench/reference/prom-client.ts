// The reference for the CPU of a scrape: prom-client fills and renders the series of an exposition, without compression.
import { readFileSync } from 'node:fs';
import { Gauge, Registry } from 'prom-client';
import { type ParsedSample, parseExposition } from '../../test/support/exposition.ts';
import { serveRounds } from './serve-rounds.ts';

const [file = ''] = process.argv.slice(2);

const families = new Map<string, ParsedSample[]>();
for (const sample of parseExposition(readFileSync(file, 'utf8'))) {
  const family = families.get(sample.name);
  if (family === undefined) families.set(sample.name, [sample]);
  else family.push(sample);
}

async function fillAndRender(): Promise<void> {
  const registry = new Registry();
  for (const [name, samples] of families) {
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const gauge = new Gauge({ name, help: name, labelNames, registers: [registry] });
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
  await registry.metrics();
}

serveRounds(fillAndRender);
