// The fleet dashboard against the table of findings, in both directions: kinds, severities, thresholds, alerts, runbooks.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runbooks } from '../../grafana/src/links.ts';
import type { Severity } from '../../src/model/finding.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { fleetRows } from '../../src/posture/fleet-rows.ts';
import { instanceRows } from '../../src/posture/instance-rows.ts';
import { dashboard } from '../support/dashboards.ts';

const root = resolve(import.meta.dirname, '../..');
const board = dashboard('clouddb-fleet.json');
const list = board.panels.find(({ title }) => title === 'What to do')!;

interface Rule {
  alert?: string;
  annotations?: { runbook_url: string; dashboard_url?: string };
}
const { groups } = parse(readFileSync(resolve(root, 'prometheus/rules/clouddb-encryption.yaml'), 'utf8')) as {
  groups: { rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

const severities: Record<string, Severity> = { 3: 'critical', 2: 'warning', 1: 'info' };
const row = /"severity", "(\d)", "", ""\), "finding", "(\w+)", "", ""\), "alert", "(\w+)", "", ""\)/g;

/** The rows of the list: `kind severity alert`, each once. */
const listed = [
  ...new Set(
    [...(list.targets?.[0]?.expr ?? '').matchAll(row)].map(
      ([, severity = '', kind, alert]) => `${kind} ${severities[severity]} ${alert}`,
    ),
  ),
];

/** Problems of exporters have an alert, but are no findings. */
const ofExporters = ['exporter_absent', 'exporter_down', 'configuration_invalid', 'credentials_not_renewed'];

/** The findings about an account and an exporter. */
const ofFleet = Object.entries(fleetRows).flatMap(([kind, { severity, alerts }]) =>
  alerts.map((alert) => `${kind} ${severity} ${alert}`),
);

/** The first of the links or mappings of a column. */
function firstOf(column: string, property: 'links' | 'mappings'): unknown {
  const { properties = [] } = list.fieldConfig?.overrides.find(({ matcher }) => matcher.options === column) ?? {};
  const values = properties.find(({ id }) => id === property)?.value as readonly unknown[] | undefined;
  return values?.[0];
}

describe('the list of what to do', () => {
  it('has each kind of finding in each of its severities, with its alert, and nothing else', () => {
    const ofInstances = instanceRows.flatMap(({ kind, alert, severities: all }) =>
      all.filter((severity) => severity !== 'unknown').map((severity) => `${kind} ${severity} ${alert}`),
    );
    const findings = listed.filter((text) => !ofExporters.some((kind) => text.startsWith(kind)));
    expect(findings.toSorted()).toEqual([...ofInstances, ...ofFleet].toSorted());
    expect(listed).toHaveLength(findings.length + ofExporters.length);
  });

  it('has the words of the table', () => {
    const mapping = firstOf('Problem', 'mappings') as { options: Record<string, { text: string }> };
    for (const { kind, alert, title } of instanceRows) {
      if (kind !== 'unknown') expect(mapping.options[alert]?.text, alert).toBe(title);
    }
    const alerts = listed.map((text) => text.split(' ')[2] ?? '');
    expect([...new Set(alerts)].toSorted()).toEqual(Object.keys(mapping.options).toSorted());
  });

  it('is sorted by severity as a number, then by days left', () => {
    expect(list.options?.sortBy).toEqual([
      { displayName: 'Severity', desc: true },
      { displayName: 'Days left', desc: false },
    ]);
    expect(list.transformations?.map(({ id, options }) => [id, options['conversions']])).toContainEqual([
      'convertFieldType',
      [{ targetField: 'severity', destinationType: 'number' }],
    ]);
  });

  it('links each problem to the runbook of its alert', () => {
    const link = firstOf('Problem', 'links') as { url: string };
    // oxlint-disable-next-line no-template-curly-in-string -- Grafana's
    expect(link.url).toBe(`${runbooks}\${__value.raw}.md`);
    expect(list.transformations?.at(-1)?.options).toMatchObject({ renameByName: { alert: 'Problem' } });
  });

  it.each([...new Set(listed.map((text) => text.split(' ')[2] ?? ''))])('%s is an alert with a runbook', (alert) => {
    const urls = rules.filter((rule) => rule.alert === alert).map(({ annotations }) => annotations?.runbook_url);
    expect(new Set(urls)).toEqual(new Set([`${runbooks}${alert}.md`]));
    expect(existsSync(resolve(root, `docs/runbooks/${alert}.md`))).toBe(true);
  });
});

describe('the link of an alert', () => {
  it('selects by variables of the dashboard that filter by the same label', () => {
    const links = [...new Set(rules.map(({ annotations }) => annotations?.dashboard_url ?? ''))];
    const chosen = links.flatMap((link) => [...link.matchAll(/var-(\w+)=\{\{ urlquery \$labels\.(\w+) \}\}/g)]);
    expect(chosen.length).toBeGreaterThan(1);
    for (const [, variable = '', label = ''] of chosen) {
      const { query } = board.templating.list.find(({ name }) => name === variable) ?? {};
      expect(query, variable).toMatch(new RegExp(`^label_values\\(.+, ${label}\\)$`));
    }
  });
});

describe('the thresholds', () => {
  it.each([
    ['warn_days', defaultThresholds.certificateWarning],
    ['crit_days', defaultThresholds.certificateCritical],
    ['ca_warn_days', defaultThresholds.caWarning],
    ['ca_crit_days', defaultThresholds.caCritical],
    ['key_age_days', defaultThresholds.keyAge],
  ])('%s has the default of the table, and a list of numbers', (name, milliseconds) => {
    const variable = board.templating.list.find((candidate) => candidate.name === name);
    expect(variable).toMatchObject({ type: 'custom', current: { value: String(milliseconds / 86_400_000) } });
    expect(variable?.query.split(',')).toContain(variable?.current?.value);
    expect(variable?.query).toMatch(/^\d+(,\d+){5,}$/);
  });
});
