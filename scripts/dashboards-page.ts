// Writes the reference page of the dashboards from their code: rows, panels and variables.
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import type { Provider } from '../src/model/provider.ts';
import { code, table } from './markdown.ts';

/** The parts of a dashboard's JSON that the page reads. */
interface Dashboard {
  title: string;
  uid: string;
  templating: { list: { name: string; label?: string; description?: string }[] };
  panels: { type: string; title?: string; description?: string }[];
}

/** What each dashboard is for, by its uid. */
const purposes: Readonly<Record<string, { heading: string; text: string; picture: string; alt: string }>> = {
  'clouddb-encryption-fleet': {
    heading: 'Fleet',
    text: 'For owners of databases and auditors: what is wrong, where, since when, what was accepted, and what is not known.',
    picture: 'dashboard-fleet.png',
    alt: 'Fleet dashboard: counts of problems, a list by severity, a table with one row for each instance, certificates by expiry',
  },
  'clouddb-encryption-exporter': {
    heading: 'Exporter',
    text: 'For operators of the exporter: does it run, can it log in, what fails and why, how much of the rate limits is used, how old the data is.',
    picture: 'dashboard-exporter.png',
    alt: 'Exporter dashboard: exporters, accounts with credentials, failures by reason, API calls and rate limits',
  },
};

function sectionOf(file: string, json: string): string[] {
  const { uid, title, panels, templating } = JSON.parse(json) as Dashboard;
  const purpose = purposes[uid];
  if (purpose === undefined) throw new Error(`say in purposes what the dashboard ${uid} is for`);
  let row = '';
  const rows = panels.flatMap((panel) => {
    if (panel.type === 'row') row = panel.title ?? '';
    return panel.type === 'row' ? [] : [[row, panel.title ?? '', panel.description ?? '']];
  });
  return [
    `## ${purpose.heading}`,
    `*${title}*, [${file}](../${file}). ${purpose.text}`,
    `![${purpose.alt}](images/${purpose.picture})`,
    table(['row', 'panel', 'shows'], rows),
    'Variables; those without a list are changed in the settings of the dashboard, or by `var-NAME=VALUE` in its URL:',
    table(
      ['variable', 'label', 'meaning'],
      templating.list.map(({ name, label = '', description = '' }) => [code(name), label, description]),
    ),
  ];
}

/** The content of docs/dashboards.md. */
export function dashboardsPage(providers: readonly Provider[]): string {
  return `${[
    '# Dashboards',
    '<!-- Generated from grafana/src by `npm run generate`: edits here are lost. -->',
    'Two dashboards for Grafana 10 or later. They name no data source: choose the Prometheus that scrapes the exporter. They work without the recording rules of [prometheus/rules](../prometheus/rules); with them a problem also stays visible while an API or the exporter does not respond, marked as last known. Install rules and dashboards of the same version as the exporter.',
    '- [Import](#import)\n- [Fleet](#fleet)\n- [Exporter](#exporter)\n- [Change and preview](#change-and-preview)',
    '## Import',
    [
      '- **By hand**: in Grafana, Dashboards, New, Import: upload the JSON file and choose the data source.',
      '- **Provisioned**: copy [grafana/dashboards](../grafana/dashboards) to `/etc/grafana/dashboards` and [grafana/provisioning](../grafana/provisioning) to the provisioning folder of Grafana. Its data source is an example: leave it out where there is one already.',
      '- **Helm chart**: `dashboards: { enabled: true }` makes a ConfigMap for the sidecar of the Grafana chart ([README of the chart](../deploy/helm/clouddb-encryption-exporter/README.md#first-example)).',
      '- **Docker Compose**: `deploy/compose.yaml` has Grafana with both dashboards.',
    ].join('\n'),
    'Set the variable `status_page` to the address of the status page as browsers reach it: links of instances lead there. The thresholds are variables of the fleet dashboard; set them to those of the [rules](alerting.md#other-thresholds-and-links).',
    ...Object.entries(dashboardFiles(providers))
      .filter(([file]) => file.startsWith('grafana/'))
      .toSorted(([a], [b]) => b.localeCompare(a))
      .flatMap(([file, json]) => sectionOf(file, json)),
    '## Change and preview',
    'The JSON is generated from `grafana/src` with the Grafana Foundation SDK. Change it there, run `npm run generate`, and look at the result in the Grafana of `deploy/compose.yaml`, whose exporter is the demo. `test/grafana` checks queries and variables, `test/peers/dashboards.test.ts` runs every query against Prometheus. The pictures are of a fleet like that of the demo after a day, drawn with the libraries of Grafana and cropped.',
    'To keep your own changes, save a copy under another title and uid: an update replaces the provisioned ones.',
  ].join('\n\n')}\n`;
}
