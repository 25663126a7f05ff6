// The generated files of the Helm chart: schema, rules and dashboards.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import { defaultParameters, placeholders } from '../prometheus/src/rule.ts';
import { ruleFile, ruleGroups } from '../prometheus/src/rules.ts';
import { providers } from '../src/providers/index.ts';
import { chartValuesSchema } from './chart-schema.ts';
import { operatorInhibitRules } from './inhibit-rules.ts';

const root = resolve(import.meta.dirname, '..');
const chart = 'deploy/helm/clouddb-encryption-exporter';

/** YAML 1.1 has a separate type for the text `=`. */
const quoted = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' } as const;

/**
 * Their contents by path. A chart can read only files in its folder, so dashboards are copied there, and the defaults
 * too: templates see the values without those that a null has removed. The rules have placeholders for its values.
 */
export function chartFiles(): Record<string, string> {
  const alertmanager = readFileSync(`${root}/prometheus/alertmanager.yml`, 'utf8');
  return {
    [`${chart}/values.schema.json`]: `${JSON.stringify(chartValuesSchema(severitiesByAlert()), null, 2)}\n`,
    [`${chart}/files/defaults.yaml`]: readFileSync(`${root}/${chart}/values.yaml`, 'utf8'),
    [`${chart}/files/rules/clouddb-encryption.yaml`]: ruleFile(placeholders),
    [`${chart}/files/inhibit-rules.yaml`]: stringify(operatorInhibitRules(alertmanager), quoted),
    ...Object.fromEntries(
      Object.entries(dashboardFiles(providers)).map(([path, text]) => [
        path.replace('grafana', `${chart}/files`),
        // On one line: kubectl apply keeps an object twice, within 256 KiB.
        `${JSON.stringify(JSON.parse(text))}\n`,
      ]),
    ),
  };
}

function severitiesByAlert(): Record<string, string[]> {
  const severities: Record<string, string[]> = {};
  for (const rule of ruleGroups(defaultParameters).flatMap(({ rules }) => rules)) {
    if ('alert' in rule) severities[rule.alert] = [...(severities[rule.alert] ?? []), rule.severity];
  }
  return severities;
}
