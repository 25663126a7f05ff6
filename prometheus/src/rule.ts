// Groups of rules as data, with the parameters that the users of a rule file choose.

import { dayMs, defaultThresholds, type Thresholds } from '../../src/model/thresholds.ts';
import { runbookBase } from '../../src/posture/runbook.ts';

/** A recording rule. */
export interface Recording {
  comment?: string;
  record: string;
  expr: string;
  labels?: Readonly<Record<string, string>>;
}

/** An alert with one of its severities. */
export interface Alert {
  comment?: string;
  alert: string;
  expr: string;
  for?: string;
  keepFiringFor?: string;
  severity: 'critical' | 'warning' | 'info';
  /** What it is about: where its links lead. */
  about: 'instance' | 'account' | 'exporter';
  summary: string;
  description: string;
}

/** A group of rules, evaluated one after the other. */
export interface Group {
  comment?: string;
  name: string;
  rules: readonly (Recording | Alert)[];
}

/** What a rule file leaves to its users, as it is written in the file. */
export interface Parameters {
  /** Days by name of the threshold. */
  days: Readonly<Record<keyof Thresholds, string>>;
  /** Base URL of the pages on the alerts, without a slash at its end. */
  runbooks: string;
  /** Base URL of Grafana, without a slash at its end; empty: the links are paths. */
  grafana: string;
  /** Base URL of the exporter, without a slash at its end; empty: the links are paths. */
  exporter: string;
}

const thresholdNames = Object.keys(defaultThresholds) as (keyof Thresholds)[];

const daysBy = (text: (name: keyof Thresholds) => string) =>
  Object.fromEntries(thresholdNames.map((name) => [name, text(name)])) as Parameters['days'];

/** Those of the plain file: the thresholds that the exporter has without a configuration. */
export const defaultParameters: Parameters = {
  days: daysBy((name) => String(defaultThresholds[name] / dayMs)),
  runbooks: runbookBase,
  grafana: '',
  exporter: '',
};

/** Those of the chart's file, which its template replaces, e.g. `__CERTIFICATE_WARNING_DAYS__`. */
export const placeholders: Parameters = {
  days: daysBy((name) => `__${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}_DAYS__`),
  runbooks: '__RUNBOOK_BASE_URL__',
  grafana: '__GRAFANA_URL__',
  exporter: '__EXPORTER_URL__',
};
