// One row of the table of findings.
import type { Aspect, InstanceFinding, Severity } from '../model/finding.ts';
import type { Subject } from './subject.ts';

/** One case of a finding that holds. */
export interface Case {
  severity: Severity;
  detail?: string;
  /** Where they differ from those of the row. */
  title?: string;
  advice?: string;
  /** The check that it is about. */
  check?: string;
  /** Unix milliseconds at which the certificate expires that it is about. */
  expiresMs?: number;
}

/** One row of the table. */
export interface Row {
  kind: InstanceFinding;
  aspect: Aspect;
  /** In general; a case can have its own. */
  title: string;
  /** When it holds, in words for the documentation; `cases` is the same as code. */
  holds: string;
  /** Those of its cases, the worst first. */
  severities: readonly Severity[];
  advice: string;
  /** Name of the alert, and of the runbook in docs/runbooks. */
  alert: string;
  /** The cases that hold for an instance; empty when there is nothing to report. */
  cases: (subject: Subject) => readonly Case[];
}

/** A case, or none. */
export const when = (holds: boolean, severity: Severity, detail = ''): Case[] => (holds ? [{ severity, detail }] : []);
