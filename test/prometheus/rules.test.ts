import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lastKnownGroup } from '../../prometheus/src/last-known.ts';
import {
  type Family,
  identityLabels,
  instanceFamilies,
  lastingFamilies,
  stateFamilies,
} from '../../src/metrics/catalogue.ts';
import { reasonNames } from '../../src/model/failure.ts';

const root = resolve(import.meta.dirname, '../..');
const runbookBase =
  'https://github.com/clouddb-encryption-exporter/clouddb-encryption-exporter/blob/main/docs/runbooks/';
const runbookHeadings = ['## What it means', '## How to confirm', '## What to do', '## When to silence'];

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** The part of a `promtool test rules` file that these tests use. */
interface UnitTest {
  name: string;
  alert_rule_test?: { alertname: string; exp_alerts: { exp_labels: Record<string, string> }[] }[];
  promql_expr_test?: { expr: string; exp_samples: { labels: string; value: number }[] }[];
}

const rules = yamlFiles('prometheus/rules').flatMap((path) =>
  (read(path) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const unitTests = yamlFiles('prometheus/tests').flatMap((path) => (read(path) as { tests: UnitTest[] }).tests);
const alertTests = unitTests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
const expressionTests = unitTests.flatMap(({ promql_expr_test = [] }) => promql_expr_test);

/** An alert can have several severities, each with its own rule. */
const alerts = rules.flatMap((rule) =>
  rule.alert === undefined ? [] : [{ ...rule, name: rule.alert, severity: rule.labels?.['severity'] ?? 'none' }],
);
const alertNames = [...new Set(alerts.map(({ name }) => name))];
const records = rules.flatMap((rule) => (rule.record === undefined ? [] : [{ ...rule, name: rule.record }]));
const recordNames = [...new Set(records.map(({ name }) => name))];

const families = [instanceFamilies, stateFamilies, lastingFamilies].flatMap((group) => Object.values<Family>(group));
const metricNames: ReadonlySet<string> = new Set([
  'up',
  'process_start_time_seconds',
  ...recordNames,
  ...families.flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
  ),
]);
const labelNames: ReadonlySet<string> = new Set([
  'job',
  'instance',
  'team',
  ...identityLabels,
  ...families.flatMap(({ labels }) => labels),
]);

function yamlFiles(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(root, folder, name));
}

function read(path: string): unknown {
  return parse(readFileSync(path, 'utf8'));
}

/** The metric names in an expression: what remains without strings, labels, functions, numbers and operators. */
function metricsOf(expression: string): string[] {
  const bare = expression
    .replaceAll(/^#.*$/gm, '')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)]
    .map(([name]) => name)
    .filter((name) => !/^(?:and|or|unless|bool|offset)$/.test(name));
}

/** The metrics that templates of annotations query. */
function queriedBy({ annotations = {} }: Rule): string[] {
  return Object.values(annotations).flatMap((text) =>
    [...text.matchAll(/query \(printf "((?:[^"\\]|\\.)*)"/g)].flatMap(([, query = '']) =>
      metricsOf(query.replaceAll('%q', '"x"')),
    ),
  );
}

describe('alerts', () => {
  it('exist, each with each of its severities once', () => {
    expect(alertNames.length).toBeGreaterThan(15);
    const ids = alerts.map(({ name, severity }) => `${name} ${severity}`);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it.each(alerts)(
    '$name ($severity) has a valid name, severity and annotations',
    ({ name, severity, annotations = {} }) => {
      expect(name).toMatch(/^CloudDB[A-Z]\w+$/);
      expect(['info', 'warning', 'critical']).toContain(severity);
      expect(Object.keys(annotations)).toEqual([
        'summary',
        'description',
        'runbook_url',
        'dashboard_url',
        'status_url',
      ]);
      expect(annotations['summary']).toMatch(/\S/);
      expect(annotations['description']).toMatch(/\S/);
      const words = Object.values(annotations).map((text) => text.replaceAll(/\{\{.*?\}\}/g, ''));
      expect(words.slice(0, 2).filter((text) => /clouddb_|[{}]/.test(text))).toEqual([]);
      expect(annotations['runbook_url']).toBe(`${runbookBase}${name}.md`);
      const used = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)]);
      for (const [, label] of used) expect(labelNames).toContain(label);
    },
  );

  it.each(alerts)('$name ($severity) has a unit test that fires and one that does not', ({ name, severity }) => {
    const tests = alertTests.filter(({ alertname }) => alertname === name);
    const firing = tests.map((test) => test.exp_alerts.some(({ exp_labels }) => exp_labels['severity'] === severity));
    expect(new Set(firing)).toEqual(new Set([true, false]));
    // One test without any alert: an alert of another severity would hide wrong test data.
    expect(tests.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
  });

  it('that unit tests name are there', () => {
    for (const { alertname } of alertTests) expect(alertNames).toContain(alertname);
  });
});

const lastKnown = new Set(lastKnownGroup().rules.flatMap((rule) => ('record' in rule ? rule.record : [])));

describe('recording rules', () => {
  it.each(recordNames)('%s is level:metric:operation', (name) => {
    const [level, metric = '', operation, ...rest] = name.split(':');
    expect([level, operation]).toEqual([expect.stringMatching(/^[a-z_]+$/), expect.stringMatching(/^[a-z0-9]+$/)]);
    expect(rest).toEqual([]);
    expect(families.map((family) => family.name)).toContain(metric);
  });

  // Those of what was last known are tested through the alerts: test/peers/alert-matrix.test.ts.
  it.each(recordNames.filter((name) => !lastKnown.has(name)))('%s is tested present and absent', (name) => {
    const tests = expressionTests.filter(({ expr }) => metricsOf(expr).includes(name));
    expect(new Set(tests.map(({ exp_samples }) => exp_samples.length > 0))).toEqual(new Set([true, false]));
  });

  it.each(records.filter(({ labels }) => labels !== undefined))(
    '$name with $labels has a unit test',
    ({ name, labels = {} }) => {
      const tested = expressionTests.flatMap(({ exp_samples }) => exp_samples.map((sample) => sample.labels));
      const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const matching = tested.filter(
        (sample) => sample.startsWith(name) && text.every((part) => sample.includes(part)),
      );
      expect(matching).not.toEqual([]);
    },
  );
});

describe('expressions', () => {
  it.each(rules.map((rule) => ({ name: rule.alert ?? rule.record, rule })))(
    '$name queries only metrics that are exposed or recorded',
    ({ rule }) => {
      const used = [...metricsOf(rule.expr), ...queriedBy(rule)];
      expect(used).not.toEqual([]);
      for (const metric of used) expect(metricNames).toContain(metric);
    },
  );

  it('name the job only in rules on up', () => {
    const withJob = rules.filter(({ expr }) => /job\s*=/.test(expr)).map(({ alert }) => alert);
    expect(withJob).toEqual(['CloudDBExporterDown', 'CloudDBTargetsDown', 'CloudDBExporterAbsent']);
  });

  it('are parsed into their metrics', () => {
    expect(metricsOf('sum by (a, b) (rate(x_total{c=~"d|e"}[5m])) > bool 2e3 and on (f) (g:h:i == 1)')).toEqual([
      'x_total',
      'g:h:i',
    ]);
  });
});

describe('runbooks', () => {
  const pages = readdirSync(join(root, 'docs/runbooks'));

  it('exist for each alert and for nothing else', () => {
    expect(pages.toSorted()).toEqual(alertNames.map((name) => `${name}.md`).toSorted());
  });

  it.each(pages)('%s has the four sections: meaning, confirmation, action, silence', (page) => {
    const text = readFileSync(join(root, 'docs/runbooks', page), 'utf8');
    const lines = text.split('\n');
    expect(lines[0]).toBe(`# ${basename(page, '.md')}`);
    expect(lines.filter((line) => line.startsWith('##'))).toEqual(runbookHeadings);
    const written = lines.filter((line) => line !== '');
    const empty = written.filter(
      (line, index) => line.startsWith('##') && (written[index + 1] ?? '##').startsWith('##'),
    );
    expect(empty).toEqual([]);
  });

  it.each(pages)('%s links the steps for each provider, or states that there are none', (page) => {
    const name = basename(page, '.md');
    const text = readFileSync(join(root, 'docs/runbooks', page), 'utf8');
    const withSteps = `[provider pages](../providers/README.md), section ${name}.`;
    expect([withSteps, 'nothing to do in the cloud'].filter((part) => text.includes(part))).toHaveLength(1);
  });

  it('have a row for each reason of a failing check', () => {
    const text = readFileSync(join(root, 'docs/runbooks/CloudDBCheckFailing.md'), 'utf8');
    const rows = [...text.matchAll(/^\| (`.*?`) \|/gm)].map(([, cell = '']) => cell);
    const named = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason));
    expect(named.toSorted()).toEqual(reasonNames.toSorted());
  });

  it.each(pages)('%s has queries that use only exposed or recorded metrics', (page) => {
    const text = readFileSync(join(root, 'docs/runbooks', page), 'utf8');
    const queries = [...text.matchAll(/^```promql\n([\s\S]*?)^```$/gm)].map(([, query = '']) => query);
    expect(queries).not.toEqual([]);
    for (const metric of queries.flatMap((query) => metricsOf(query))) expect(metricNames).toContain(metric);
    for (const [metric] of text.matchAll(/\bclouddb_\w+/g)) {
      expect([...metricNames].some((name) => name.split(':').includes(metric))).toBe(true);
    }
  });
});
