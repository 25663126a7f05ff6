// Where the runbooks are published.

/** The runbook of an alert or of a finding with that alert. */
export function runbookUrl({ alert }: { alert: string }): string {
  return `https://github.com/clouddb-encryption-exporter/clouddb-encryption-exporter/blob/main/docs/runbooks/${alert}.md`;
}
