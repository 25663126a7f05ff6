// The dashboards, by the file that each is committed as.
import { exporterDashboard } from './exporter.ts';
import { fleetDashboard } from './fleet.ts';

/** The JSON of all dashboards by path. */
export function dashboardFiles(): Record<string, string> {
  const json = (dashboard: object) => `${JSON.stringify(dashboard, null, 2)}\n`;
  return {
    'grafana/dashboards/clouddb-fleet.json': json(fleetDashboard()),
    'grafana/dashboards/clouddb-exporter.json': json(exporterDashboard()),
  };
}
