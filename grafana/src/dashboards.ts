// The dashboards by the path of their file.
import type { Provider } from '../../src/model/provider.ts';
import { exporterDashboard } from './exporter.ts';
import { fleetDashboard } from './fleet.ts';

/** The JSON of all dashboards by path. @param providers the providers whose rate limits are shown */
export function dashboardFiles(providers: readonly Provider[]): Record<string, string> {
  const json = (dashboard: object) => `${JSON.stringify(dashboard, null, 2)}\n`;
  return {
    'grafana/dashboards/clouddb-fleet.json': json(fleetDashboard()),
    'grafana/dashboards/clouddb-exporter.json': json(exporterDashboard(providers)),
  };
}
