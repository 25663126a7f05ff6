import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { dashboardFiles } from '../../grafana/src/dashboards.ts';
import { generatedFiles } from '../../scripts/generated-files.ts';
import { type Family, instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { providers } from '../../src/providers/index.ts';
import {
  type Dashboard,
  dashboard,
  dashboardNames,
  dashboardText,
  firstValues,
  queriesOf,
  substitute,
  variablesIn,
} from '../support/dashboards.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(resolve(root, path), 'utf8');

const families = [instanceFamilies, stateFamilies, lastingFamilies].flatMap((group) => Object.values<Family>(group));
const names = new Set(
  families.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

const rulesFile = 'prometheus/rules/clouddb-encryption.yaml';

/** What Prometheus and prom-client report of exporters as processes. */
const ofProcesses =
  /^(up|process_(start_time_seconds|resident_memory_bytes|cpu_seconds_total)|nodejs_eventloop_active_seconds_total)$/;

/** Variables that Grafana has of itself. */
const builtIn = ['__rate_interval', '__interval', '__range', '__all', '__url_time_range'];
const dataSource = { type: 'prometheus', uid: '$datasource' };

/** Every value of a key, at any depth. */
function valuesOfKey(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === key ? [inner] : valuesOfKey(inner, key)));
}

function shownPanels(board: Dashboard) {
  return board.panels.filter(({ type }) => type !== 'row');
}

describe('generated files', () => {
  it('are the same on each run', () => {
    expect(generatedFiles()).toEqual(generatedFiles());
    expect(Object.keys(dashboardFiles(providers))).toEqual(dashboardNames.map((name) => `grafana/dashboards/${name}`));
  });

  it.each(Object.entries(generatedFiles()))('match the code: %s', (path, content) => {
    expect(read(path) === content, `${path} is out of date: npm run generate`).toBe(true);
  });
});

describe.each(dashboardNames)('%s', (name) => {
  const board = dashboard(name);

  it('has a unique identity, and nothing that changes from run to run', () => {
    expect(board.uid).toMatch(/^[a-z-]{8,40}$/);
    expect(new Set(dashboardNames.map((other) => dashboard(other).uid)).size).toBe(dashboardNames.length);
    expect(board.id ?? null).toBeNull();
    expect(board.version).toBeUndefined();
    const ids = board.panels.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  it('names only metrics of the catalogue', () => {
    const used = [...dashboardText(name).matchAll(/\bclouddb_\w+/g)].map(([metric]) => metric);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((metric) => !names.has(metric))).toEqual([]);
  });

  it('names no metric that is not ours', () => {
    // In a selector, or alone before an operator or a bracket: everything else is a function or a label.
    const selectors = queriesOf(board).flatMap(({ target }) => [...target.expr.matchAll(/([a-z_][\w:]*)\s*\{/gi)]);
    const metrics = selectors.map((match) => match[1]?.replace(/^[a-z]+:(.+):last$/, '$1') ?? '');
    expect(metrics.filter((metric) => !names.has(metric) && !ofProcesses.test(metric))).toEqual([]);
  });

  it('reads the recording rules that there are', () => {
    const recorded = new Set([...read(rulesFile).matchAll(/- record: (\S+)/g)].map(([, record]) => record));
    const used = [...dashboardText(name).matchAll(/\b[a-z]+:clouddb_\w+:[a-z]+\b/g)].map(([record]) => record);
    expect([...new Set(used)].filter((record) => !recorded.has(record))).toEqual([]);
  });

  it('describes itself, each panel and each variable', () => {
    expect(board.description).not.toBe('');
    for (const { title, description } of shownPanels(board)) {
      expect(title).toMatch(/\S/);
      expect(description, title).toMatch(/^[A-Z].{10,}\.$/s);
    }
    for (const { name: variable, label, description } of board.templating.list) {
      expect([label, description], variable).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\.$/)]);
    }
    const titles = shownPanels(board).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('has a unit wherever there is a number', () => {
    for (const { title, fieldConfig } of shownPanels(board)) {
      expect(fieldConfig?.defaults.unit, title).toMatch(/^(short|s|bytes|reqps|percentunit|suffix:d|suffix:min)$/);
    }
  });

  it('has the unit that fits the metric', () => {
    const expectations: [RegExp, string][] = [
      [/^avg\(|\/ \$limit_/, 'percentunit'],
      [/histogram_quantile|duration_seconds/, 's'],
      [/^sum by \(account, action\) \(rate\(.*requests_total[^/]*$/, 'reqps'],
    ];
    const checked = queriesOf(board).flatMap(({ panel, target }) => {
      const expected = expectations.find(([pattern]) => pattern.test(target.expr))?.[1];
      return expected === undefined ? [] : [{ is: panel.fieldConfig?.defaults.unit, expected }];
    });
    expect(checked.map(({ is }) => is)).toEqual(checked.map(({ expected }) => expected));
  });

  it('shows an unknown number in a neutral colour', () => {
    for (const { title, type, fieldConfig } of shownPanels(board)) {
      if (type !== 'stat') continue;
      const steps = fieldConfig?.defaults.thresholds?.steps ?? [];
      expect(steps[0], title).toEqual({ value: null, color: '#6e7687' });
      expect(steps[1]?.value, title).toBe(0);
    }
  });

  it('queries only the data source of the variable', () => {
    const [first] = board.templating.list;
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    for (const panel of shownPanels(board)) {
      expect(panel.datasource, panel.title).toEqual(dataSource);
      for (const target of panel.targets ?? []) expect(target.datasource, panel.title).toEqual(dataSource);
    }
    for (const found of valuesOfKey(board, 'datasource')) expect(found).toEqual(dataSource);
  });

  it('defines each variable that it uses, and uses each that it defines', () => {
    const { templating, ...rest } = board;
    const defined = templating.list.map(({ name: variable }) => variable);
    const used = new Set([
      ...variablesIn(JSON.stringify(rest)),
      ...templating.list.flatMap(({ query, datasource }) => variablesIn(JSON.stringify([query, datasource]))),
    ]);
    const links = ['__data', '__value'];
    expect([...used].filter((variable) => ![...defined, ...builtIn, ...links].includes(variable))).toEqual([]);
    expect(defined.filter((variable) => !used.has(variable))).toEqual([]);
  });

  it('includes series without the label in All', () => {
    const queries = board.templating.list.filter(({ type }) => type === 'query');
    expect(queries.map(({ allValue }) => allValue)).toEqual(queries.map(() => '.*'));
  });

  it('lays panels out without overlap, within 24 columns', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of board.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x},${y}`), title).toBe(false);
          cells.add(`${x},${y}`);
        }
      }
    }
  });

  it('shows in tables only columns that the queries have, each with a name', () => {
    for (const { title, targets = [], transformations = [], fieldConfig } of shownPanels(board)) {
      const organize = transformations.find(({ id }) => id === 'organize');
      if (organize === undefined) continue;
      const { renameByName } = organize.options as { renameByName: Record<string, string> };
      for (const field of Object.keys(renameByName)) {
        if (field.startsWith('Value')) continue;
        expect(
          targets.some(({ expr }) => new RegExp(`\\b${field}\\b`).test(substitute(expr, firstValues(board)))),
          `${title}: ${field}`,
        ).toBe(true);
      }
      const shown = Object.values(renameByName);
      const named = (fieldConfig?.overrides ?? []).filter(({ matcher }) => matcher.id === 'byName');
      for (const { matcher } of named) expect(shown, title).toContain(matcher.options);
    }
  });

  it('says in words that a table has no row, which is not the text of an empty cell', () => {
    for (const { title, type, fieldConfig } of shownPanels(board)) {
      if (type !== 'table') continue;
      expect(fieldConfig?.defaults.noValue, title).toMatch(/^(No|Nothing) .+[a-z]$/);
      const strings = fieldConfig?.overrides.find(({ matcher }) => matcher.id === 'byType');
      expect(strings, title).toMatchObject({
        matcher: { options: 'string' },
        properties: [{ id: 'noValue', value: '' }],
      });
    }
  });

  it('shows its links in the bar, not in a menu', () => {
    expect(board.links).toHaveLength(2);
    expect(valuesOfKey([board.links, board.annotations], 'placement')).toEqual([]);
  });
});

describe('provisioning', () => {
  it.each(['datasources/prometheus.yaml', 'dashboards/clouddb-encryption.yaml'])('%s is one YAML document', (name) => {
    const [document, ...others] = parseAllDocuments(read(`grafana/provisioning/${name}`));
    expect([document?.errors, others]).toEqual([[], []]);
    expect(document?.toJS()).toMatchObject({ apiVersion: 1 });
  });

  it('provisions the Prometheus of the compose file', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yaml')) as {
      datasources: unknown[];
    };
    expect(datasources).toEqual([
      expect.objectContaining({ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true }),
    ]);
  });
});
