// Writes the reference page of the findings from the table of src/posture.
import { fleetRows } from '../src/posture/fleet-rows.ts';
import { instanceRows } from '../src/posture/instance-rows.ts';
import { code, table } from './markdown.ts';

const runbook = (alert: string) => `[${alert}](runbooks/${alert}.md)`;

/** The content of docs/findings.md. */
export function findingsPage(): string {
  return `${[
    '# Findings',
    '<!-- Generated from src/posture by `npm run generate`: edits here are lost. -->',
    'One table decides what is wrong. The status page, the report, the alert rules and the dashboards agree with it; tests compare them.',
    '`unknown` ranks above a warning: a fact that the provider can report and that is not known is a problem. Facts that are older than `max_stale` no longer have series, but a finding that follows from them stays, with their age, until they are known again: an outage of an API fixes nothing.',
    '## Of an instance',
    'Each can be accepted until a day with `accept:` of the instance: it then raises no alert, does not count as a problem, and is shown as accepted with its reason. It counts again from the next day (UTC). Each finding is accepted separately: accepting `unknown` does not accept `check_failing`.',
    table(
      ['finding', 'severity', 'when', 'what to do', 'alert'],
      instanceRows.map(({ kind, severities, holds, advice, alert }) => [
        code(kind),
        severities.join(', '),
        holds,
        advice,
        kind === 'unknown'
          ? `that of the failing check, ${runbook(alert)}; none while the check succeeds`
          : runbook(alert),
      ]),
    ),
    '## Of an account and of the exporter',
    table(
      ['finding', 'severity', 'when', 'alert'],
      Object.entries(fleetRows).map(([kind, { severity, holds, alerts }]) => [
        code(kind),
        severity,
        holds,
        alerts.map(runbook).join(', '),
      ]),
    ),
    '## Thresholds',
    '`thresholds:` of the configuration sets the days for the status page and the report. The alert rules have the same defaults; change both together (`prometheusRule` of the [Helm chart](../deploy/helm/clouddb-encryption-exporter/README.md) does).',
  ].join('\n\n')}\n`;
}
