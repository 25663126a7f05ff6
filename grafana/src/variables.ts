// The variables of the dashboards.
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
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
