// Renders samples and the exporter's own metrics as one exposition.
import { Gauge, Registry } from 'prom-client';
import { type Family, identityLabels, instanceFamilies, stateFamilies } from './catalogue.ts';
import { createRegistry, type Format } from './exporter-metrics.ts';
import type { Sample } from './samples.ts';

/** What is shown. */
export interface ExpositionInput {
  format: Format;
  /** Samples of instances: each gets all of `instanceLabels`, empty where it has none. */
  instanceSamples: readonly Sample[];
  /** Names of the instances' own labels, of all instances together. */
  instanceLabels: readonly string[];
  stateSamples: readonly Sample[];
  /** The lasting metrics, rendered after the others. */
  exporter: Registry;
}

/** An exposition with its content type. Families without a sample are left out. */
export async function renderExposition(input: ExpositionInput): Promise<{ body: string; contentType: string }> {
  const { format, instanceSamples, instanceLabels, stateSamples, exporter } = input;
  const registry = createRegistry(format);
  addGauges(registry, Object.values(instanceFamilies), instanceSamples, [...identityLabels, ...instanceLabels]);
  addGauges(registry, Object.values(stateFamilies), stateSamples, []);
  const whole = Registry.merge([registry, exporter]);
  return { body: await whole.metrics(), contentType: whole.contentType };
}

function addGauges(
  registry: Registry,
  families: readonly Family[],
  samples: readonly Sample[],
  commonLabels: readonly string[],
): void {
  const empty = Object.fromEntries(commonLabels.map((name) => [name, '']));
  const seriesOf = new Map(families.map((family) => [family, new Map<string, Sample>()]));
  for (const sample of samples) {
    const labels = { ...empty, ...sample.labels };
    const series = seriesOf.get(sample.family);
    // Two things that an API tells apart can look the same as labels; of the two the worse, lower value is shown.
    const key = JSON.stringify(labels);
    const known = series?.get(key);
    if (known === undefined || sample.value < known.value) series?.set(key, { ...sample, labels });
  }
  for (const [{ name, help, labels: own }, series] of seriesOf) {
    if (series.size === 0) continue;
    const gauge = new Gauge({ name, help, labelNames: [...commonLabels, ...own], registers: [registry] });
    for (const { labels, value } of series.values()) gauge.set({ ...labels }, value);
  }
}
