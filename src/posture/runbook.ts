// Where the runbooks are published.

/** Base URL of the runbooks; the name of an alert and `.md` follow after a slash. */
export const runbookBase =
  'https://github.com/clouddb-encryption-exporter/clouddb-encryption-exporter/blob/main/docs/runbooks';

/** The runbook of an alert or of a finding with that alert. */
export function runbookUrl({ alert }: { alert: string }): string {
  return `${runbookBase}/${alert}.md`;
}
