// The state of one instance: its findings, and the level that they amount to.
import { type Aspect, type Finding, type Severity, severities } from '../model/finding.ts';
import type { Knowledge } from '../model/knowledge.ts';
import type { Provider } from '../model/provider.ts';
import { findingsOf } from '../posture/findings.ts';
import { type Subject, subjectOf } from '../posture/subject.ts';
import type { StatusModel } from './status-model.ts';

/** `accepted`: everything that is found is accepted. `ok`: nothing is found. */
export type Level = Severity | 'accepted' | 'ok';

/** From worst to best. */
export const levels: readonly Level[] = [...severities, 'accepted', 'ok'];

/** A level in the words of the pages. */
export const levelText = (level: Level): string => (level === 'ok' ? 'OK' : level);

/** One instance as the pages show it. */
export interface InstanceState {
  knowledge: Knowledge;
  provider: Pick<Provider, 'checks'>;
  subject: Subject;
  findings: readonly Finding[];
  /** Of the worst finding that is not accepted. */
  level: Level;
  hasAccepted: boolean;
}

/** Derives the state. */
export function stateOf(
  knowledge: Knowledge,
  { providerOf, nowMs, thresholds }: Pick<StatusModel, 'providerOf' | 'nowMs' | 'thresholds'>,
): InstanceState {
  const provider = providerOf(knowledge.instance.account);
  const subject = subjectOf(knowledge, provider, nowMs, thresholds);
  const findings = findingsOf(subject);
  const hasAccepted = findings.some(({ accepted }) => accepted !== undefined);
  const found: Level = worstOf(findings) ?? (hasAccepted ? 'accepted' : 'ok');
  const waiting = knowledge.checks.some(({ last }) => last === undefined);
  const level = waiting && levels.indexOf(found) > levels.indexOf('unknown') ? 'unknown' : found;
  return { knowledge, provider, subject, findings, level, hasAccepted };
}

/** The worst severity of the findings that are not accepted, of one aspect or of all. */
export function worstOf(findings: readonly Finding[], aspect?: Aspect): Severity | undefined {
  return findings.find((one) => one.accepted === undefined && (aspect === undefined || one.aspect === aspect))
    ?.severity;
}
