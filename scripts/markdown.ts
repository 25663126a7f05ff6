// Markdown helpers of the generated pages.

/** Text as code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** A table, one array for each row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
