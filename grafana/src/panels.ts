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
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
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

/** Shows values as texts, with a colour where one is given. */
export function textsOf(texts: Readonly<Record<string, readonly [text: string, color?: string]>>): ValueMap {
  const options = Object.entries(texts).map(([value, [text, color]], index) => [
    value,
    color === undefined ? { text, index } : { text, color, index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) as ValueMap['options'] };
}

/** Texts for 1 and 0. */
export const onOff = textsOf({ 1: ['on', 'green'], 0: ['off', 'red'] });

function refIdOf(index: number): string {
  return String.fromCodePoint(65 + index);
}

/** A query of current values. */
export function instant(expr: string, refId: string, format: PromQueryFormat): Builder<Dataquery> {
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

/** The colour of what is not known or does not apply. */
export const grey = '#6e7687';

/**
 * One number, with its colour as background; -1 is what does not apply. Without the grey, Grafana shows what is not known
 * in the lowest colour.
 */
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
    .thresholds(thresholds([grey, [0, lowest], ...rest]))
    .mappings([textsOf({ '-1': ['n/a', grey] })])
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']))
    .withTarget(instant(text.expr, 'A', PromQueryFormat.TimeSeries));
}

/** Where the legend of a graph is; at the right it is a table of the last values. */
export type Legend = 'bottom' | 'right';

function legendAt(placement: Legend, sortBy?: string): VizLegendOptionsBuilder {
  const legend = new VizLegendOptionsBuilder().showLegend(true);
  if (placement === 'bottom') {
    return legend.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).calcs([]);
  }
  legend.displayMode(LegendDisplayMode.Table).placement(LegendPlacement.Right).calcs(['lastNotNull']);
  return sortBy === undefined ? legend : legend.sortBy('Last *').sortDesc(sortBy === 'falling');
}

/** Values over time. */
export function graph(
  text: PanelText & {
    lines: readonly Line[];
    stacked?: boolean;
    legend?: Legend;
    /** Order of a legend at the right, by the last value. */
    order?: 'rising' | 'falling';
  },
): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(text.stacked === true ? 60 : 0)
    .showPoints(VisibilityMode.Never)
    .legend(legendAt(text.legend ?? 'bottom', text.order))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(ranges(text.lines));
  return text.stacked === true ? panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)) : panel;
}

/** States over time, one bar for each series. */
export function states(
  text: PanelText & { lines: readonly Line[]; texts: ValueMap; noValue: string },
): StateTimelineBuilder {
  return new StateTimelineBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .mappings([text.texts])
    .noValue(text.noValue)
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.8)
    .fillOpacity(70)
    .legend(legendAt('bottom'))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None))
    .targets(ranges(text.lines));
}
