// Assembles panels into a dashboard with reproducible JSON.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { dataSource, dataSourceVariable, setting } from './variables.ts';

/** The part of a panel builder that a dashboard uses. */
interface PanelBuilder extends Builder<Panel> {
  id: (id: number) => PanelBuilder;
}

/** Events that are marked in the graphs. */
export interface Annotation {
  name: string;
  expr: string;
  color: string;
  /** Title of an event; `{{label}}` is replaced. */
  title: string;
  /** The value is the unix time of the event, in milliseconds. */
  useValueForTime?: boolean;
}

/** One dashboard. */
export interface DashboardText {
  uid: string;
  title: string;
  description: string;
  /** Start of the time range, such as `now-24h`. */
  from: string;
  /** Further variables: all have the data source and the address of the status page. */
  variables: readonly Builder<VariableModel>[];
  annotation: Annotation;
  rows: readonly { title: string; panels: readonly PanelBuilder[] }[];
}

/** The tag that links the dashboards. */
const tag = 'clouddb-encryption';

/** The schema version of Grafana 10; later versions migrate it when they load the dashboard. */
const schemaVersion = 39;

/** Links to the other dashboards and to the status page. */
const links = [
  new DashboardLinkBuilder('Dashboards')
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true),
  new DashboardLinkBuilder('Status page')
    .type(DashboardLinkType.Link)
    .icon('external link')
    .tooltip('The status page of the exporter')
    // oxlint-disable-next-line no-template-curly-in-string -- Grafana's
    .url('${status_page}')
    .targetBlank(true),
];

const statusPage = setting(
  'status_page',
  'Status page',
  'http://127.0.0.1:10043',
  'Address of the status page of the exporter, as browsers reach it.',
);

/** Builds a dashboard. Panels are numbered in their order. */
export function assemble({ uid, title, description, from, variables, annotation, rows }: DashboardText): object {
  // oxlint-disable-next-line typescript/no-deprecated -- the format that both Grafana 10 and the latest version support
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .time({ from, to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .links(links)
    .annotations([marks(annotation)])
    .variables([dataSourceVariable(), statusPage, ...variables]);
  let id = 0;
  for (const { title: rowTitle, panels } of rows) {
    dashboard.withRow(new RowBuilder(rowTitle).id(++id));
    for (const panel of panels) dashboard.withPanel(panel.id(++id));
  }
  const built = dashboard.build();
  return {
    ...built,
    schemaVersion,
    links: (built.links ?? []).map(inTheBar),
    annotations: { list: (built.annotations.list ?? []).map(inTheBar) },
  };
}

function marks({ name, expr, color, title, useValueForTime = false }: Annotation): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .expr(expr)
    .iconColor(color)
    .titleFormat(title)
    .useValueForTime(useValueForTime);
}

/** The library places links and annotations in a menu, out of sight. */
function inTheBar<T extends { placement?: unknown }>(item: T): T {
  const shown = { ...item };
  delete shown.placement;
  return shown;
}
