// A table; with the class `cards`, a narrow screen shows one card for each row.
import { type Html, html } from './html.ts';

/** Content of a table. */
export interface Table {
  /** For the style sheet. */
  className: string;
  caption: string;
  columns: readonly string[];
  /** The column that names the row. */
  headerColumn: number;
  rows: readonly (readonly Html[])[];
}

/** The table; the roles keep it one for screen readers where its cells are not laid out as such. */
export function table({ className, caption, columns, headerColumn, rows }: Table): Html {
  const cell = (content: Html, at: number) =>
    at === headerColumn
      ? html`<th scope="row" role="rowheader" data-name="${columns[at] ?? ''}"><div>${content}</div></th>`
      : html`<td role="cell" data-name="${columns[at] ?? ''}"><div>${content}</div></td>`;
  return html`<table class="${className}" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  (row) => html`<tr role="row">${row.map(cell)}</tr>
`,
)}</tbody>
</table>`;
}
