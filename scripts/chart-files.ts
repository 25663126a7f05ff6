// The generated files of the Helm chart: schema, rules and dashboards.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import { defaultParameters, placeholders } from '../prometheus/src/rule.ts';
import { ruleFile, ruleGroups } from '../prometheus/src/rules.ts';
import { providers } from '../src/providers/index.ts';
import { chartValuesSchema } from './chart-schema.ts';

const root = resolve(import.meta.dirname, '..');
const chart = 'deploy/helm/clouddb-encryption-exporter';

/**
 * Their contents by path. A chart can read only files in its folder, so dashboards are copied there, and the defaults
 * too: templates see the values without those that a null has removed. The rules have placeholders for its values.
 */
export function chartFiles(): Record<string, string> {
  const alerts = ruleGroups(defaultParameters).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('alert' in rule ? rule.alert : [])),
  );
  return {
    [`${chart}/values.schema.json`]: `${JSON.stringify(chartValuesSchema(alerts), null, 2)}\n`,
    [`${chart}/files/defaults.yaml`]: readFileSync(`${root}/${chart}/values.yaml`, 'utf8'),
    [`${chart}/files/rules/clouddb-encryption.yaml`]: ruleFile(placeholders),
    ...Object.fromEntries(
      Object.entries(dashboardFiles(providers)).map(([path, text]) => [
        path.replace('grafana', `${chart}/files`),
        text,
      ]),
    ),
  };
}
