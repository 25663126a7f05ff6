// Builders of the panel types, with the options that all panels of a type share.
import { type Builder, type Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DataTransformerConfig,
  type DynamicConfigValue,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { dataSource } from './variables.ts';

/** Options of every panel. */
export interface PanelText {
  title: string;
  description: string;
  /** A unit of Grafana. */
  unit: string;
  /** Columns of 24. */
  width: number;
  height: number;
}

/** One line, or a group of lines, of a graph. */
export interface Line {
  expr: string;
  legend: string;
}

/** Colours by their lower bound; the first has none. */
export type Steps = readonly [lowest: string, ...rest: (readonly [from: number, color: string])[]];

/** Green at 0. */
export const goodAtZero = (bad: string): Steps => ['green', [1, bad]];

/** Builds thresholds. */
export function thresholds([lowest, ...rest]: Steps): ThresholdsConfigBuilder {
  const steps: Threshold[] = [{ value: null, color: lowest }, ...rest.map(([value, color]) => ({ value, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

/** Shows values as texts with a colour. */
export function textsOf(texts: Readonly<Record<string, readonly [text: string, color: string]>>): ValueMap {
  const options = Object.entries(texts).map(([value, [text, color]], index) => [value, { text, color, index }]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) as ValueMap['options'] };
}

/** Texts for 1 and 0. */
export const onOff = textsOf({ 1: ['on', 'green'], 0: ['off', 'red'] });

function refIdOf(index: number): string {
  return String.fromCodePoint(65 + index);
}

function instant(expr: string, refId: string, format: PromQueryFormat): Builder<Dataquery> {
  return new DataqueryBuilder().datasource(dataSource).refId(refId).expr(expr).instant().format(format);
}

function ranges(lines: readonly Line[]): Builder<Dataquery>[] {
  return lines.map(({ expr, legend }, index) =>
    new DataqueryBuilder()
      .datasource(dataSource)
      .refId(refIdOf(index))
      .expr(expr)
      .range()
      .format(PromQueryFormat.TimeSeries)
      .legendFormat(legend),
  );
}

/** The colour of unknown values, to which Grafana otherwise gives the lowest threshold. */
const unknown = '#6e7687';

/** One number that is never negative, with its colour as background. */
export function stat(text: PanelText & { expr: string; steps: Steps; noValue?: string }): StatBuilder {
  const [lowest, ...rest] = text.steps;
  return new StatBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .noValue(text.noValue ?? 'not known')
    .thresholds(thresholds([unknown, [0, lowest], ...rest]))
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']))
    .withTarget(instant(text.expr, 'A', PromQueryFormat.TimeSeries));
}

/** Values over time. */
export function graph(text: PanelText & { lines: readonly Line[]; stacked?: boolean }): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(text.stacked === true ? 60 : 5)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(ranges(text.lines));
  return text.stacked === true ? panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)) : panel;
}

/** States over time, one bar for each series. */
export function states(text: PanelText & { lines: readonly Line[]; texts: ValueMap }): StateTimelineBuilder {
  return new StateTimelineBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .mappings([text.texts])
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.8)
    .fillOpacity(70)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None))
    .targets(ranges(text.lines));
}

/** A column: label or value, title, and style. */
export interface Column {
  field: string;
  title: string;
  look?: DynamicConfigValue[];
}

/** A table of current values; rows of several queries with the same labels are joined. */
export function table(
  text: PanelText & {
    queries: Readonly<Record<string, string>>;
    columns: readonly Column[];
    /** Title of a column; `-` before it for falling order. */
    sortBy: string;
    /** Applied before the columns are ordered. */
    transformations?: readonly DataTransformerConfig[];
  },
): TableBuilder {
  const indexByName: Record<string, number> = Object.fromEntries(
    text.columns.map(({ field }, index) => [field, index]),
  );
  const renameByName: Record<string, string> = Object.fromEntries(
    text.columns.map(({ field, title }) => [field, title]),
  );
  const panel = new TableBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .filterable(true)
    .sortBy([
      new TableSortByFieldStateBuilder().displayName(text.sortBy.replace(/^-/, '')).desc(text.sortBy.startsWith('-')),
    ])
    .targets(Object.entries(text.queries).map(([refId, expr]) => instant(expr, refId, PromQueryFormat.Table)))
    .transformations([
      ...(text.transformations ?? []),
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName,
          renameByName,
        },
      },
    ]);
  for (const { title, look } of text.columns) if (look !== undefined) panel.overrideByName(title, look);
  return panel;
}

/** Joins the rows of several queries that have the same labels. */
export const merged: DataTransformerConfig = { id: 'merge', options: {} };

/** A coloured cell. */
export const coloured: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: 'color-background', mode: 'basic' },
};

/** Width of a column in pixels. */
export function wide(pixels: number): DynamicConfigValue {
  return { id: 'custom.width', value: pixels };
}
