// The JSON Schema of the Helm chart's values for Prometheus, Alertmanager and Grafana.
import * as z from 'zod';
import { defaultParameters } from '../prometheus/src/rule.ts';
import { dnsName, duration, objects, part, secretSelector, text, texts } from './chart-types.ts';

const baseUrl = text.regex(/^(https?:\/\/[^\s"'?#]+)?$/).describe('Base URL of links; empty: none.');
const days = z.number().positive().describe('Days.');

/** Labels of alerts; `severity` is a separate setting, because it is that of one rule. */
const alertLabels = texts.meta({ propertyNames: { not: { const: 'severity' } } });

/** Settings of an alert, or of one of its severities. */
const alertSettings = {
  enabled: z.boolean(),
  for: duration,
  keepFiringFor: duration,
  labels: alertLabels,
  annotations: texts,
};
const severity = text.regex(/^\w+$/).describe('Value of the label severity, instead of the shipped one.');

/** With several severities, each has its own settings, which win over those of the alert. */
const alertValues = (severities: readonly string[]) =>
  severities.length === 1
    ? part({ ...alertSettings, severity })
    : part({
        ...alertSettings,
        ...Object.fromEntries(severities.map((name) => [name, part({ ...alertSettings, severity })])),
      });

/** The shipped alerts by name, with their severities. */
export type Alerts = Readonly<Record<string, readonly string[]>>;

/** The objects of the Prometheus operator, and the dashboards. */
export const monitoringValues = (alerts: Alerts) => ({
  serviceMonitor: part({
    enabled: z.boolean(),
    namespace: dnsName,
    labels: texts,
    honorLabels: z.boolean(),
    interval: duration,
    scrapeTimeout: duration,
    tlsConfig: part({
      ca: z.looseObject({}),
      cert: z.looseObject({}),
      keySecret: secretSelector,
      serverName: text,
      insecureSkipVerify: z.boolean(),
      minVersion: text,
      maxVersion: text,
    }),
    basicAuth: z.strictObject({ username: secretSelector, password: secretSelector }).partial(),
    relabelings: objects,
    metricRelabelings: objects,
  }),
  prometheusRule: part({
    enabled: z.boolean(),
    namespace: dnsName,
    labels: texts,
    thresholds: part(Object.fromEntries(Object.keys(defaultParameters.days).map((name) => [name, days]))),
    alerts: part(Object.fromEntries(Object.entries(alerts).map(([name, all]) => [name, alertValues(all)]))),
    alertLabels,
    alertAnnotations: texts,
    runbookUrl: baseUrl,
    grafanaUrl: baseUrl,
    exporterUrl: baseUrl,
  }),
  alertmanagerConfig: part({ enabled: z.boolean(), namespace: dnsName, labels: texts }),
  dashboards: part({ enabled: z.boolean(), labels: texts, annotations: texts }),
});
