// Assembles panels into a dashboard with reproducible JSON.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The part of a panel builder that a dashboard uses. */
interface PanelBuilder extends Builder<Panel> {
  id: (id: number) => PanelBuilder;
}

/** One dashboard. */
export interface DashboardText {
  uid: string;
  title: string;
  description: string;
  /** Start of the time range, such as `now-24h`. */
  from: string;
  variables: readonly Builder<VariableModel>[];
  rows: readonly { title: string; panels: readonly PanelBuilder[] }[];
}

/** The tag that links the dashboards. */
const tag = 'clouddb-encryption';

/** The schema version of Grafana 10; later versions migrate it when they load the dashboard. */
const schemaVersion = 39;

/** Builds a dashboard. Panels are numbered in their order. */
export function assemble({ uid, title, description, from, variables, rows }: DashboardText): object {
  // oxlint-disable-next-line typescript/no-deprecated -- the format that both Grafana 10 and the latest version support
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .time({ from, to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .annotations([])
    .links([
      new DashboardLinkBuilder('Dashboards of the exporter')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    ])
    .variables([...variables]);
  let id = 0;
  for (const { title: rowTitle, panels } of rows) {
    dashboard.withRow(new RowBuilder(rowTitle).id(++id));
    for (const panel of panels) dashboard.withPanel(panel.id(++id));
  }
  return { ...dashboard.build(), schemaVersion };
}
