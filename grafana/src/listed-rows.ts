// What the dashboards list: the kinds of findings, and problems of exporters, with their titles and alerts.
import { fleetRows } from '../../src/posture/fleet-rows.ts';
import { instanceRows } from '../../src/posture/instance-rows.ts';

/** Problems of exporters that are no findings. */
const ofExporters = {
  exporter_absent: { title: 'No exporter is scraped', alerts: ['CloudDBExporterAbsent'] },
  exporter_down: { title: 'Exporter is down', alerts: ['CloudDBExporterDown'] },
  configuration_invalid: { title: 'Configuration is invalid', alerts: ['CloudDBConfigReloadFailed'] },
  credentials_not_renewed: { title: 'Credentials cannot be renewed', alerts: ['CloudDBCredentialsNotRenewed'] },
} as const;

/** A problem that has an alert only. */
export type OtherProblem = keyof typeof ofExporters;

/** What is not about one instance. */
export const ofOthers = { ...ofExporters, ...fleetRows };

/** Kind, title and alert of everything that is listed. */
export const listedRows: readonly { kind: string; title: string; alert: string }[] = [
  ...instanceRows.filter(({ kind }) => kind !== 'unknown'),
  ...Object.entries(ofOthers).flatMap(([kind, { title, alerts }]) => alerts.map((alert) => ({ kind, title, alert }))),
];
