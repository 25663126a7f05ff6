// Builder of tables, and the parts of their columns.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { instant, type PanelText, type Steps, thresholds } from './panels.ts';
import { dataSource } from './variables.ts';

/** A column: label or value, title, and style. */
export interface Column {
  /** Name of a label, or `Value`, or with several queries `Value #A`. */
  field: string;
  title: string;
  look: readonly DynamicConfigValue[];
}

/** A table of current values; rows of several queries with the same labels are joined. */
export function table(
  text: PanelText & {
    queries: Readonly<Record<string, string>>;
    columns: readonly Column[];
    /** Titles of columns, the first one first; `-` before it for falling order. */
    sortBy: readonly string[];
    /** Shown when there is no row. */
    noValue: string;
    /** Labels that are only there to join rows. */
    without?: readonly string[];
    /** Labels with a number, which is sorted as one. */
    numbers?: readonly string[];
  },
): TableBuilder {
  const { columns, without = [], numbers = [], queries } = text;
  const indexByName = Object.fromEntries(columns.map(({ field }, index) => [field, index]));
  const renameByName = Object.fromEntries(columns.map(({ field, title }) => [field, title]));
  const excludeByName = Object.fromEntries(['Time', ...without].map((name) => [name, true]));
  const targets = Object.entries(queries).map(
    ([refId, expr]): Builder<Dataquery> => instant(expr, refId, PromQueryFormat.Table),
  );
  const conversions = numbers.map((targetField) => ({ targetField, destinationType: 'number' }));
  const panel = new TableBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(dataSource)
    .unit(text.unit)
    .span(text.width)
    .height(text.height)
    .noValue(text.noValue)
    .sortBy(
      text.sortBy.map((title) =>
        new TableSortByFieldStateBuilder().displayName(title.replace(/^-/, '')).desc(title.startsWith('-')),
      ),
    )
    .targets(targets)
    .transformations([
      ...(targets.length > 1 ? [{ id: 'merge', options: {} }] : []),
      ...(conversions.length > 0 ? [{ id: 'convertFieldType', options: { conversions } }] : []),
      { id: 'organize', options: { excludeByName, indexByName, renameByName } },
    ]);
  // The text of an empty table is not that of an empty cell.
  panel.overrideByFieldType('string', [{ id: 'noValue', value: '' }]);
  for (const { title, look } of columns) panel.overrideByName(title, [...look]);
  return panel;
}

/** A column with texts, which can be filtered; it takes its share of the width that is left. */
export function texts(field: string, title: string, ...look: DynamicConfigValue[]): Column {
  return {
    field,
    title,
    look: [{ id: 'custom.minWidth', value: 50 }, { id: 'custom.filterable', value: true }, ...look],
  };
}

/** A column of a fixed width in pixels, with numbers or states. */
export function values(field: string, title: string, pixels: number, ...look: DynamicConfigValue[]): Column {
  return { field, title, look: [width(pixels), { id: 'noValue', value: '' }, ...look] };
}

/** Width in pixels. */
export function width(pixels: number): DynamicConfigValue {
  return { id: 'custom.width', value: pixels };
}

/** Cells coloured by their texts; empty ones have no colour. */
export function stateOf(texts: ValueMap): DynamicConfigValue[] {
  return [
    { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    { id: 'mappings', value: [texts] },
    { id: 'thresholds', value: thresholds(['transparent']).build() },
    { id: 'custom.align', value: 'center' },
  ];
}

/** Cells coloured by their number; empty ones have no colour. */
export function colouredBy([lowest, ...rest]: Steps): DynamicConfigValue[] {
  return [
    { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    { id: 'thresholds', value: thresholds(['transparent', [Number.MIN_SAFE_INTEGER, lowest], ...rest]).build() },
  ];
}

/** Texts in place of values. */
export function mapped(texts: ValueMap): DynamicConfigValue {
  return { id: 'mappings', value: [texts] };
}

/** Unit and decimals of numbers. */
export function inUnit(unit: string, decimals = 0): DynamicConfigValue[] {
  return [
    { id: 'unit', value: unit },
    { id: 'decimals', value: decimals },
  ];
}

/** Links of a cell. */
export function links(...of: readonly { title: string; url: string; targetBlank?: boolean }[]): DynamicConfigValue {
  return { id: 'links', value: of };
}
