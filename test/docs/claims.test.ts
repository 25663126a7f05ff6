// What documents name exists: metrics, recording rules, alerts, files of the project, panels of the dashboards.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { identityLabels, instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import type { Family } from '../../src/metrics/family.ts';
import { probeUser } from '../../src/probe/protocol.ts';
import { dashboard, dashboardNames } from '../support/dashboards.ts';
import { markdownFiles, root } from '../support/markdown.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The changelog names what was removed, too. */
const pages = markdownFiles().filter((page) => page !== 'CHANGELOG.md');

const { groups } = parse(read('prometheus/rules/clouddb-encryption.yaml')) as {
  groups: { rules: { record?: string; alert?: string }[] }[];
};
const rules = groups.flatMap(({ rules }) => rules);
const alerts = new Set(rules.flatMap(({ alert }) => alert ?? []));
const records = new Set(rules.flatMap(({ record }) => record ?? []));

const families = [instanceFamilies, stateFamilies, lastingFamilies].flatMap((all) => Object.values<Family>(all));
const series = new Set(
  families.flatMap(({ name, type }) =>
    type === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
  ),
);

/** Whether a name with `clouddb_` is one of a series, of a recording rule, or the start of some, such as `clouddb_tls_*`. */
function isSeries(name: string): boolean {
  const label = /^__meta_clouddb_(\w*)$/.exec(name)?.[1];
  if (label !== undefined)
    return label === '' || label.startsWith('label_') || identityLabels.some((own) => own === label);
  if (name.endsWith('_')) return [...series].some((one) => one.startsWith(name));
  return series.has(name) || records.has(name) || name === probeUser;
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n');
const folders = [...new Set(tracked.flatMap((path) => /^[^/]+\//.exec(path) ?? []))];
/** What is built or written locally, and not tracked. */
const untracked = read('.gitignore')
  .split('\n')
  .map((name) => name.replace(/^\//, ''));

/** Names in backticks that look like a file or a folder of the project; the guide for contributors has no others. */
function pathsIn(page: string): string[] {
  const quoted = [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
  const paths = quoted.filter((name) => /^[.\w][.\w-]*(?:\/[.\w{},-]+)*\/?$/.test(name) && /[./]/.test(name));
  const isOwn = (path: string) =>
    folders.some((folder) => path.startsWith(folder)) ||
    (page === 'CONTRIBUTING.md' ? /^\.|\/|\.(?:ts|mjs|md|json|yaml)$/ : /\w\.(?:ts|mjs|md)$/).test(path);
  return paths.filter(isOwn);
}

/** `a/{b,c}.ts` is two files. */
function expand(path: string): string[] {
  const [, start = '', names = '', end = ''] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return names === '' ? [path] : names.split(',').map((name) => start + name + end);
}

/** At the root of the project, or below some folder of it. */
function isFile(path: string): boolean {
  const name = path.replace(/\/$/, '');
  return (
    existsSync(join(root, name)) ||
    untracked.some((one) => one === path || (one !== '' && name.startsWith(`${one.replace(/\/$/, '')}/`))) ||
    tracked.some((one) => one.endsWith(`/${name}`) || one.includes(`/${name}/`))
  );
}

const boards = dashboardNames.map(dashboard);
const titles = new Set(boards.flatMap(({ title, panels }) => [title, ...panels.map((panel) => panel.title)]));

describe.each(pages)('%s names only what exists:', (page) => {
  it('metrics and recording rules', () => {
    const named = read(page).match(/\b(?:\w+:)?\w*clouddb_\w*(?::\w+)?/g) ?? [];
    expect(named.filter((name) => !isSeries(name))).toEqual([]);
  });

  it('alerts', () => {
    const text = read(page);
    const own = [...text.matchAll(/^ *- alert: (\w+)/gm)].map(([, name]) => name);
    const named = text.match(/\bCloudDB\w+/g) ?? [];
    expect(named.filter((name) => !alerts.has(name) && !own.includes(name))).toEqual([]);
  });

  it('files and folders of the project', () => {
    expect(pathsIn(page).filter((path) => !expand(path).every(isFile))).toEqual([]);
  });

  it('panels and dashboards', () => {
    const named = [...read(page).matchAll(/\b(?:dashboard|panel|row|table|graph)\s+\*([^*]+)\*/g)];
    expect(named.map(([, title = '']) => title).filter((title) => !titles.has(title))).toEqual([]);
  });
});

it('every metric and every alert is in some document', () => {
  const all = pages.map(read).join('\n');
  expect(records.size).toBeGreaterThan(20);
  expect([...alerts].filter((name) => !all.includes(name))).toEqual([]);
  expect(families.filter(({ name }) => !all.includes(name)).map(({ name }) => name)).toEqual([]);
  expect(pages.flatMap(pathsIn).length).toBeGreaterThan(100);
});
