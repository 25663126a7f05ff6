// Puts panels together to a dashboard whose JSON is the same on each run.
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

/** What a panel has to bring. */
interface PanelBuilder extends Builder<Panel> {
  id: (id: number) => PanelBuilder;
}

/** One dashboard. */
export interface DashboardText {
  uid: string;
  title: string;
  description: string;
  /** How far back it begins, as in `now-24h`. */
  from: string;
  variables: readonly Builder<VariableModel>[];
  rows: readonly { title: string; panels: readonly PanelBuilder[] }[];
}

/** Links the dashboards with each other. */
const tag = 'clouddb-encryption';

/** The version of the dashboard's format: of Grafana 10; later ones bring it up to date when they load it. */
const schemaVersion = 39;

/** Builds a dashboard. Panels are numbered in their order. */
export function assemble({ uid, title, description, from, variables, rows }: DashboardText): object {
  // oxlint-disable-next-line typescript/no-deprecated -- the format that Grafana 10 knows as well as the newest
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
