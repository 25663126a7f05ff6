// The variables of the dashboards.
import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The data source of every panel. */
export const dataSource = { type: 'prometheus', uid: '$datasource' };

const all = { selected: true, text: 'All', value: '$__all' };

/** The variable with the Prometheus data source. */
export function dataSourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the exporter.')
    .type('prometheus');
}

/** Several values of a label, or all, including series without the label. */
export function labelVariable(name: string, title: string, values: string, description: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(title)
    .description(description)
    .datasource(dataSource)
    .query(values)
    .definition(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(all);
}

/** A number from a list; another one can be entered. */
export function numberVariable(
  name: string,
  title: string,
  value: number,
  choices: readonly number[],
  description: string,
): CustomVariableBuilder {
  const numbers = [...new Set([value, ...choices])].toSorted((a, b) => a - b).map(String);
  const options = numbers.map((text) => ({ text, value: text, selected: text === String(value) }));
  return new CustomVariableBuilder(name)
    .label(title)
    .description(description)
    .values(numbers.join(','))
    .options(options)
    .current({ text: String(value), value: String(value), selected: true })
    .allowCustomValue(true);
}

/** A text box. */
export function textVariable(name: string, title: string, value: string, description: string): TextBoxVariableBuilder {
  const option = { selected: true, text: value, value };
  return new TextBoxVariableBuilder(name)
    .label(title)
    .description(description)
    .defaultValue(value)
    .current(option)
    .options([option]);
}

/** A text that is part of the set-up: shown in the settings of the dashboard only. */
export function setting(name: string, title: string, value: string, description: string): TextBoxVariableBuilder {
  return textVariable(name, title, value, description).hide(VariableHide.HideVariable);
}
