// Builds a report: findings, facts and checks of every instance at one moment, with the exit status of the command.
import { cleanText, visibleText } from '../model/clean-text.ts';
import { reasons } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import { type CheckKnowledge, isFailing, type Knowledge, type ListState, type Outcome } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import type { Provider } from '../model/provider.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { acceptanceNotes, findingsOf } from '../posture/findings.ts';
import { fleetFindings } from '../posture/fleet-findings.ts';
import { listFindings } from '../posture/list-findings.ts';
import { runbookUrl } from '../posture/runbook.ts';
import { subjectOf } from '../posture/subject.ts';
import { daysLeft, isoTime, reportFacts } from './facts.ts';
import {
  levels,
  type Report,
  type ReportedFinding,
  type ReportedInstance,
  type ReportedList,
  type ReportedViolation,
} from './schema.ts';
import { type ShortCertificate, type WeighedFinding, weighFindings } from './violations.ts';

/** What a report is built from. */
export interface ReportInput {
  fleet: readonly Knowledge[];
  /** What is known about the lists of instances. */
  lists: readonly ListState[];
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
  const lists = input.lists.map(withFailureOfNow);
  const instances: ReportedInstance[] = [];
  const pace = createPace();
  for (const knowledge of fleet) {
    instances.push(reportInstance(knowledge, input));
    if (pace.isDue()) await pace.rest();
  }
  const providers = new Map(
    [...fleet.map(({ instance }) => instance), ...lists].map(({ account, provider }) => [account, provider]),
  );
  const found = [...fleetFindings(fleet, nowMs, lists), ...listFindings(lists, nowMs)];
  const findings = found.map((finding) => wideFinding(finding, providers));
  const reportedLists = lists.map(reportedList);
  return {
    generated_at: new Date(nowMs).toISOString(),
    version,
    config_file: visibleText(configFile),
    min_days: minDays,
    summary: summarize(findings, instances, reportedLists),
    findings,
    lists: reportedLists,
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

function withFailureOfNow(list: ListState): ListState {
  return list.failingSinceMs === undefined ? list : { ...list, failingSinceMs: 0 };
}

function reportInstance(knowledge: Knowledge, input: ReportInput): ReportedInstance {
  const { providerOf, nowMs, thresholds, minDays } = input;
  const { instance } = knowledge;
  const provider = providerOf(instance.account);
  const subject = subjectOf(knowledge, provider, nowMs, thresholds);
  const { findings, short } = weighFindings(findingsOf(subject), subject, minDays);
  return {
    provider: instance.provider,
    account: visibleText(instance.account),
    cloud_region: visibleText(instance.region),
    instance_id: visibleText(instance.id),
    instance_name: visibleText(instance.name),
    labels: Object.fromEntries(Object.entries(instance.labels).map(([name, value]) => [name, visibleText(value)])),
    severity: levelOf(findings),
    findings: findings.map(reportedFinding),
    violations: short.map((one) => reportedViolation(one, nowMs)),
    notes: acceptanceNotes(subject, [...findings, ...short]),
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
  const { kind, severity, lastKnownMs } = finding;
  return { finding: kind, severity, ...shownOf(finding), last_known_at: isoTime(lastKnownMs) };
}

function wideFinding(finding: Finding, providers: ReadonlyMap<string, string>): Report['findings'][number] {
  const { account } = finding;
  return {
    ...reportedFinding({ ...finding, violation: false }),
    provider: account === undefined ? null : (providers.get(account) ?? null),
    account: account === undefined ? null : visibleText(account),
  };
}

function reportedViolation(short: ShortCertificate, nowMs: number): ReportedViolation {
  const { certificate: seen } = short;
  return {
    certificate: seen.certificate,
    subject_cn: cleanText(seen.subjectCn),
    days_remaining: daysLeft(seen, nowMs),
    ...shownOf({ ...short, expiresMs: seen.notAfterSeconds * 1000 }),
  };
}

function shownOf(finding: WeighedFinding) {
  const { title, detail, advice, alert, expiresMs, violation, accepted } = finding;
  return {
    title: visibleText(title),
    detail: visibleText(detail),
    advice,
    alert,
    runbook: runbookUrl(finding),
    expires_at: isoTime(expiresMs),
    violation,
    accepted: accepted
      ? { until: new Date(accepted.untilMs).toISOString(), reason: visibleText(accepted.reason) }
      : null,
  };
}

function reportedCheck({ check, last, lastSuccessMs }: CheckKnowledge): ReportedInstance['checks'][number] {
  return {
    check,
    success: last !== undefined && !isFailing(last),
    ...reportedAttempt(last),
    last_success_at: isoTime(lastSuccessMs),
  };
}

function reportedAttempt(last: Outcome | undefined) {
  const failure = last?.failure;
  return {
    reason: failure?.reason ?? null,
    message: failure === undefined ? null : visibleText(failure.message),
    hint: failure === undefined ? null : reasons[failure.reason],
    attempted_at: isoTime(last?.endedAtMs),
  };
}

function reportedList({ provider, account, region, found, last, lastSuccessMs }: ListState): ReportedList {
  return {
    provider,
    account: visibleText(account),
    cloud_region: visibleText(region),
    instances: found ?? null,
    success: last !== undefined && last.failure === undefined,
    ...reportedAttempt(last),
    last_success_at: isoTime(lastSuccessMs),
  };
}

function summarize(
  fleetWide: readonly ReportedFinding[],
  instances: readonly ReportedInstance[],
  lists: readonly ReportedList[],
): Report['summary'] {
  const bySeverity = { critical: 0, unknown: 0, warning: 0, info: 0 };
  const summary = {
    instances: instances.length,
    instances_by_severity: { ...bySeverity, accepted: 0, ok: 0 },
    findings_by_severity: bySeverity,
    accepted_findings: 0,
    violations: 0,
    checks: 0,
    failed_checks: 0,
    lists: lists.length,
    failed_lists: lists.filter(({ success }) => !success).length,
  };
  const count = ({ severity, accepted, violation }: ReportedFinding) => {
    if (accepted === null) summary.findings_by_severity[severity]++;
    else summary.accepted_findings++;
    if (violation) summary.violations++;
  };
  let incomplete = instances.length === 0 || summary.failed_lists > 0;
  for (const finding of fleetWide) count(finding);
  for (const { severity, findings, violations, checks } of instances) {
    const failed = checks.filter(({ success }) => !success).length;
    summary.instances_by_severity[severity]++;
    for (const finding of findings) count(finding);
    summary.violations += violations.filter(({ violation }) => violation).length;
    summary.checks += checks.length;
    summary.failed_checks += failed;
    const isAccepted = findings.some(({ finding, accepted }) => finding === 'check_failing' && accepted !== null);
    incomplete ||= failed > 0 && !isAccepted;
  }
  return { exit_status: summary.violations > 0 ? 4 : incomplete ? 3 : 0, ...summary };
}
