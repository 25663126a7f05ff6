// Reads the committed dashboards into something that a test can look things up in.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../grafana/dashboards');

/** File names of the dashboards. */
export const dashboardNames = ['clouddb-fleet.json', 'clouddb-exporter.json'] as const;

/** What tests look at in a query of a panel. */
export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  instant: boolean;
  range: boolean;
  format: string;
  datasource: unknown;
}

/** What tests look at in a panel. */
export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: unknown;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  options?: { sortBy?: { displayName: string; desc: boolean }[] };
  transformations?: { id: string; options: Record<string, unknown> }[];
  fieldConfig?: {
    defaults: { unit?: string; noValue?: string; thresholds?: { steps: { value: number | null; color: string }[] } };
    overrides: {
      matcher: { id: 'byName' | 'byRegexp' | 'byType'; options: string };
      properties: { id: string; value: unknown }[];
    }[];
  };
}

/** What tests look at in a variable. */
export interface Variable {
  name: string;
  type: string;
  query: string;
  label: string;
  description: string;
  datasource?: unknown;
  allValue?: string;
  current?: { value: string };
}

/** What tests look at in a dashboard. */
export interface Dashboard {
  uid: string;
  id?: unknown;
  version?: unknown;
  title: string;
  description: string;
  panels: Panel[];
  links: unknown[];
  annotations: { list: { expr: string }[] };
  templating: { list: Variable[] };
}

/** The text of a committed dashboard. */
export function dashboardText(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** A committed dashboard. */
export function dashboard(name: string): Dashboard {
  return JSON.parse(dashboardText(name)) as Dashboard;
}

/** All queries of its panels. */
export function queriesOf(board: Dashboard): { panel: Panel; target: Target }[] {
  return board.panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));
}

const variable = /\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g;

/** Variables that a text uses; `$1` of label_replace and `${__data…}` of a link are none. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(variable)].map((match) => match[1] ?? match[2] ?? '').filter((name) => !/^\d+$/.test(name));
}

/** Puts values in place of variables, as Grafana does; `$1` stays. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(variable, (whole, braced?: string, plain?: string) => values[braced ?? plain ?? ''] ?? whole);
}

/** The values that variables have at first: All, or what is in the text box. */
export function firstValues(board: Dashboard): Record<string, string> {
  const entries = board.templating.list.map(({ name, allValue, current, query }) => [
    name,
    allValue ?? current?.value ?? query,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
