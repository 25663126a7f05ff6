// The rule file: all groups, as YAML.
import { Document, type Scalar, type YAMLMap } from 'yaml';
import { atRestAlerts } from './at-rest-alerts.ts';
import { certificateAlerts } from './certificate-alerts.ts';
import { checkAlerts } from './check-alerts.ts';
import { exporterAlerts } from './exporter-alerts.ts';
import { lastKnownGroup } from './last-known.ts';
import type { Alert, Group, Parameters, Recording } from './rule.ts';
import { shares } from './shares.ts';
import { sslAlerts } from './ssl-alerts.ts';

const header = ` Generated from prometheus/src by \`npm run generate\`: edits here are lost.

 Recording rules and alerts for clouddb-encryption-exporter; for Prometheus 2.42 or later, and 3.

 Unknown is absent: no rule treats a missing series as "no". Alerts on facts have \`team\` and every other label of the
 instance, for routing. Only the rules on \`up\` name the scrape job: clouddb-encryption.
 Unit tests: prometheus/tests. Runbooks: docs/runbooks.`;

/** The pages on what an alert is about: of Grafana, and of the exporter. */
const links: Readonly<Record<Alert['about'], { dashboard: string; status: string }>> = {
  instance: {
    dashboard:
      '/d/clouddb-encryption-fleet?var-account={{ urlquery $labels.account }}&var-instance={{ urlquery $labels.instance_name }}',
    status:
      '/instance?account={{ urlquery $labels.account }}&region={{ urlquery $labels.cloud_region }}&id={{ urlquery $labels.instance_id }}',
  },
  account: {
    dashboard: '/d/clouddb-encryption-fleet?var-account={{ urlquery $labels.account }}',
    status: '/?account={{ urlquery $labels.account }}',
  },
  exporter: { dashboard: '/d/clouddb-encryption-exporter', status: '/' },
};

/** All groups of the rule file. */
export function ruleGroups(parameters: Parameters): Group[] {
  return [lastKnownGroup, shares, sslAlerts, certificateAlerts, atRestAlerts, checkAlerts, exporterAlerts].map(
    (group) => group(parameters),
  );
}

/** The rule file as YAML. */
export function ruleFile(parameters: Parameters): string {
  const groups = ruleGroups(parameters);
  const document = new Document({
    groups: groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => plainRule(rule, parameters)) })),
  });
  document.commentBefore = header;
  for (const [index, { comment, rules }] of groups.entries()) {
    addComment(document.getIn(['groups', index]) as YAMLMap, comment, index > 0);
    for (const [place, rule] of rules.entries()) {
      addComment(document.getIn(['groups', index, 'rules', place]) as YAMLMap, rule.comment, place > 0);
      const expr = document.getIn(['groups', index, 'rules', place, 'expr'], true) as Scalar<string>;
      if (expr.value.includes('\n')) expr.type = 'BLOCK_LITERAL';
    }
  }
  return document.toString({ lineWidth: 120 });
}

function addComment(node: YAMLMap, comment: string | undefined, spaced: boolean): void {
  if (spaced) node.spaceBefore = true;
  if (comment !== undefined) node.commentBefore = comment.replaceAll(/(.{1,100})(?: |$)/g, ' $1\n').trimEnd();
}

/** A rule as Prometheus reads it. */
function plainRule(rule: Recording | Alert, { runbooks, grafana, exporter }: Parameters): object {
  if ('record' in rule) return { record: rule.record, expr: rule.expr, ...(rule.labels && { labels: rule.labels }) };
  const { alert, expr, severity, summary, description } = rule;
  const { dashboard, status } = links[rule.about];
  return {
    alert,
    expr,
    ...(rule.for && { for: rule.for }),
    ...(rule.keepFiringFor && { keep_firing_for: rule.keepFiringFor }),
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: `${runbooks}/${alert}.md`,
      dashboard_url: grafana + dashboard,
      status_url: exporter + status,
    },
  };
}
