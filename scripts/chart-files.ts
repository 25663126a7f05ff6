// The generated files of the Helm chart: schema, rules and dashboards.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import { providers } from '../src/providers/index.ts';
import { chartValuesSchema } from './chart-schema.ts';

const root = resolve(import.meta.dirname, '..');
const chart = 'deploy/helm/clouddb-encryption-exporter';

/**
 * Their contents by path. A chart can read only files in its folder, so rules and dashboards are copied there, and the
 * defaults too: templates see the values without those that a null has removed.
 */
export function chartFiles(): Record<string, string> {
  const rules = readdirSync(`${root}/prometheus/rules`).map(
    (name) => [name, readFileSync(`${root}/prometheus/rules/${name}`, 'utf8')] as const,
  );
  const alerts = rules.flatMap(([, text]) => alertNames(text));
  return {
    [`${chart}/values.schema.json`]: `${JSON.stringify(chartValuesSchema(alerts), null, 2)}\n`,
    [`${chart}/files/defaults.yaml`]: readFileSync(`${root}/${chart}/values.yaml`, 'utf8'),
    ...Object.fromEntries(rules.map(([name, text]) => [`${chart}/files/rules/${name}`, text])),
    ...Object.fromEntries(
      Object.entries(dashboardFiles(providers)).map(([path, text]) => [
        path.replace('grafana', `${chart}/files`),
        // On one line: kubectl apply keeps an object twice, within 256 KiB.
        `${JSON.stringify(JSON.parse(text))}\n`,
      ]),
    ),
  };
}

function alertNames(rules: string): string[] {
  const { groups } = parse(rules) as { groups: { rules: { alert?: string }[] }[] };
  return groups.flatMap((group) => group.rules.flatMap(({ alert }) => alert ?? []));
}
