// The files that are generated from the code.
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import { defaultParameters } from '../prometheus/src/rule.ts';
import { ruleFile } from '../prometheus/src/rules.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { providers } from '../src/providers/index.ts';
import { reportJsonSchema } from '../src/report/schema.ts';
import { chartFiles } from './chart-files.ts';
import { configurationPage } from './configuration-page.ts';
import { dashboardsPage } from './dashboards-page.ts';
import { findingsPage } from './findings-page.ts';
import { metricsPage } from './metrics-page.ts';
import { providersPage } from './providers-page.ts';

/** Their contents by path; the same on each run. */
export function generatedFiles(): Record<string, string> {
  return {
    'config.schema.json': `${JSON.stringify(configJsonSchema(providers), null, 2)}\n`,
    'docs/configuration.md': configurationPage(providers),
    'docs/dashboards.md': dashboardsPage(providers),
    'docs/report.schema.json': `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
    'docs/findings.md': findingsPage(),
    'docs/metrics.md': metricsPage(providers),
    'docs/providers/README.md': providersPage(providers),
    'prometheus/rules/clouddb-encryption.yaml': ruleFile(defaultParameters),
    ...dashboardFiles(providers),
    ...chartFiles(),
  };
}
