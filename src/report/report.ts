// Builds a report: findings, facts and checks of every instance at one moment, with the exit status of the command.
import { visibleText } from '../model/clean-text.ts';
import { reasons } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import { type CheckKnowledge, isFailing, type Knowledge } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import type { Provider } from '../model/provider.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { acceptanceNotes, findingsOf, fleetFindings, rankOf } from '../posture/findings.ts';
import { runbookUrl } from '../posture/runbook.ts';
import { subjectOf } from '../posture/subject.ts';
import { isoTime, reportFacts } from './facts.ts';
import { levels, type Report, type ReportedFinding, type ReportedInstance } from './schema.ts';
import { type WeighedFinding, weighFindings } from './violations.ts';

/** What a report is built from. */
export interface ReportInput {
  fleet: readonly Knowledge[];
  /** The provider of an account. */
  providerOf: (account: string) => Pick<Provider, 'checks'>;
  thresholds: Thresholds;
  /** Unix milliseconds. */
  nowMs: number;
  version: string;
  configFile: string;
  /** See weighFindings. */
  minDays: number;
}

/** Builds the report in slices between which the event loop runs. */
export async function buildReport(input: ReportInput): Promise<Report> {
  const { nowMs, version, configFile, minDays } = input;
  const fleet = input.fleet.map(withFailuresOfNow);
  const instances: ReportedInstance[] = [];
  const pace = createPace();
  for (const knowledge of fleet) {
    instances.push(reportInstance(knowledge, input));
    if (pace.isDue()) await pace.rest();
  }
  const findings = fleetFindings(fleet, nowMs).map((finding) => reportedFinding({ ...finding, violation: false }));
  return {
    generated_at: new Date(nowMs).toISOString(),
    version,
    config_file: visibleText(configFile),
    min_days: minDays,
    summary: summarize(findings, instances),
    findings,
    instances: instances.toSorted((a, b) => levels.indexOf(a.severity) - levels.indexOf(b.severity)),
  };
}

/** A report is made once: a check that fails now is a finding, not only when it has failed for some time. */
function withFailuresOfNow(knowledge: Knowledge): Knowledge {
  const checks = knowledge.checks.map((check) =>
    check.failingSinceMs === undefined ? check : { ...check, failingSinceMs: 0 },
  );
  return { ...knowledge, checks };
}

function reportInstance(knowledge: Knowledge, input: ReportInput): ReportedInstance {
  const { providerOf, nowMs, thresholds, minDays } = input;
  const { instance } = knowledge;
  const provider = providerOf(instance.account);
  const subject = subjectOf(knowledge, provider, nowMs, thresholds);
  const findings = weighFindings(findingsOf(subject), subject, minDays).toSorted((a, b) => rankOf(a) - rankOf(b));
  return {
    provider: instance.provider,
    account: visibleText(instance.account),
    cloud_region: visibleText(instance.region),
    instance_id: visibleText(instance.id),
    instance_name: visibleText(instance.name),
    labels: Object.fromEntries(Object.entries(instance.labels).map(([name, value]) => [name, visibleText(value)])),
    severity: levelOf(findings),
    findings: findings.map(reportedFinding),
    notes: acceptanceNotes(subject.accept, findings, nowMs),
    checks: knowledge.checks.map(reportedCheck),
    facts: reportFacts(knowledge, provider, nowMs),
  };
}

/** @param findings the worst first, then those that are accepted */
function levelOf([worst]: readonly Finding[]): ReportedInstance['severity'] {
  if (worst === undefined) return 'ok';
  return worst.accepted === undefined ? worst.severity : 'accepted';
}

function reportedFinding(finding: WeighedFinding): ReportedFinding {
  const { kind, severity, title, detail, advice, alert, violation, accepted, lastKnownMs } = finding;
  return {
    finding: kind,
    severity,
    title: visibleText(title),
    detail: visibleText(detail),
    advice,
    alert,
    runbook: runbookUrl(finding),
    violation,
    accepted: accepted
      ? { until: new Date(accepted.untilMs).toISOString(), reason: visibleText(accepted.reason) }
      : null,
    last_known_at: isoTime(lastKnownMs),
  };
}

function reportedCheck({ check, last, lastSuccessMs }: CheckKnowledge): ReportedInstance['checks'][number] {
  const failure = last?.failure;
  return {
    check,
    success: last !== undefined && !isFailing(last),
    reason: failure?.reason ?? null,
    message: failure === undefined ? null : visibleText(failure.message),
    hint: failure === undefined ? null : reasons[failure.reason],
    attempted_at: isoTime(last?.endedAtMs),
    last_success_at: isoTime(lastSuccessMs),
  };
}

function summarize(fleetWide: readonly ReportedFinding[], instances: readonly ReportedInstance[]): Report['summary'] {
  const bySeverity = { critical: 0, unknown: 0, warning: 0, info: 0 };
  const summary = {
    instances: instances.length,
    instances_by_severity: { ...bySeverity, accepted: 0, ok: 0 },
    findings_by_severity: bySeverity,
    accepted_findings: 0,
    violations: 0,
    checks: 0,
    failed_checks: 0,
  };
  const count = ({ severity, accepted, violation }: ReportedFinding) => {
    if (accepted === null) summary.findings_by_severity[severity]++;
    else summary.accepted_findings++;
    if (violation) summary.violations++;
  };
  let incomplete = instances.length === 0;
  for (const finding of fleetWide) count(finding);
  for (const { severity, findings, checks } of instances) {
    const failed = checks.filter(({ success }) => !success).length;
    summary.instances_by_severity[severity]++;
    for (const finding of findings) count(finding);
    summary.checks += checks.length;
    summary.failed_checks += failed;
    const isAccepted = findings.some(({ finding, accepted }) => finding === 'check_failing' && accepted !== null);
    incomplete ||= failed > 0 && !isAccepted;
  }
  return { exit_status: summary.violations > 0 ? 4 : incomplete ? 3 : 0, ...summary };
}
