// Writes the metrics of a prom-client registry: prom-client's own writer renames counters permanently in OpenMetrics.
import type { MetricObjectWithValues, MetricValue, MetricValueWithName, Registry } from 'prom-client';
import { type Format, familyHeader, labelPair, sampleLine, sampleName } from './encode.ts';

/** The families of a registry. Families without a sample are left out. */
export async function registryText(registry: Registry, format: Format): Promise<string> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map((metric) => (metric.values.length > 0 ? metricText(metric, format) : '')).join('');
}

function metricText(metric: MetricObjectWithValues<MetricValue<string>>, format: Format): string {
  // The declared type is a numeric enum; prom-client 15.1.3 returns the word.
  const head = { name: metric.name, help: metric.help, type: String(metric.type) };
  const name = sampleName(head, format);
  const samples: readonly MetricValueWithName<string>[] = metric.values;
  const lines = samples.map(({ metricName, labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => labelPair(label, String(text)));
    // Samples of a histogram have their own names, with _bucket, _sum and _count.
    return sampleLine(metricName ?? name, pairs.join(','), value);
  });
  return familyHeader(head, format) + lines.join('');
}
