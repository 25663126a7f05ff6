// The workflows of GitHub: rights, pinned actions, and that what their steps run exists. actionlint checks the syntax
// (test/peers/workflows.test.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: unknown;
  jobs: Record<
    string,
    { permissions?: Record<string, string>; uses?: string; steps?: Step[]; if?: string; 'timeout-minutes'?: number }
  >;
}

const workflows = new Map(
  readdirSync(folder).map((name) => [name, parse(readFileSync(join(folder, name), 'utf8')) as Workflow]),
);
const jobs = [...workflows].flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${file} ${name}`, ...job })),
);
const steps = jobs.flatMap(({ name, steps = [] }) => steps.map((step) => ({ name, ...step })));
const commands = steps.flatMap(({ run = '' }) => run.split('\n'));

describe('the workflows', () => {
  it('are those of a change and of a release', () => {
    expect([...workflows.keys()].toSorted()).toEqual(['ci.yml', 'release.yml']);
    expect(Object.keys(workflows.get('ci.yml')?.on ?? {})).toEqual(['push', 'pull_request', 'workflow_call']);
    expect(workflows.get('release.yml')?.on['push']).toEqual({ tags: ['v*'] });
  });

  it('give no right to all jobs, and to each job those that it names', () => {
    expect([...workflows.values()].map(({ permissions }) => permissions)).toEqual([{}, {}]);
    for (const { name, permissions } of jobs) expect([name, typeof permissions]).toEqual([name, 'object']);
    const writers = jobs.filter(({ permissions }) => permissions?.['contents'] === 'write').map(({ name }) => name);
    expect(writers).toEqual(['release.yml github-release']);
  });

  it('pin each action to a version, and limit the time of each job', () => {
    for (const { uses } of steps) expect(uses ?? '@v0').toMatch(/@(?:v\d+|[0-9a-f]{40})$/);
    for (const { name, uses, 'timeout-minutes': minutes } of jobs) {
      if (uses === undefined) expect([name, minutes]).toEqual([name, expect.any(Number)]);
    }
  });

  it('leave no credential of the checkout behind', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(2);
    for (const step of checkouts) expect(step.with?.['persist-credentials']).toBe(false);
  });

  it('run only scripts and files that exist', () => {
    const named = commands.flatMap((line) =>
      [...line.matchAll(/npm run (?:--\S+ )*([\w:-]+)/g)].map(([, name]) => name),
    );
    const files = commands.flatMap((line) => line.match(/(?:^|\s)(?:\.ci|scripts)\/\S+|\b[A-Z]+\.md\b/g) ?? []);

    expect(named).toEqual(expect.arrayContaining(['setup', 'release']));
    expect(named.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
    expect(files.map((file) => file.trim())).toEqual(
      expect.arrayContaining(['.ci/run', 'scripts/versions.ts', 'CHANGELOG.md']),
    );
    expect(files.filter((file) => !existsSync(join(root, file.trim())))).toEqual([]);
  });

  it('publish the npm package on request only', () => {
    const publishing = jobs.filter(({ steps = [] }) => steps.some(({ run = '' }) => run.includes('npm publish')));

    expect(publishing.map(({ if: condition }) => condition)).toEqual([
      "github.event_name == 'workflow_dispatch' && inputs.npm",
    ]);
  });

  it('publish nothing before the tag was compared with the versions and .ci/run has passed', () => {
    const { jobs } = workflows.get('release.yml') as unknown as { jobs: Record<string, { needs?: string | string[] }> };
    const before = (name: string): string[] =>
      [jobs[name]?.needs ?? []].flat().flatMap((other) => [other, ...before(other)]);

    for (const name of ['github-release', 'image', 'chart', 'npm']) {
      expect(before(name)).toEqual(expect.arrayContaining(['files', 'ci', 'version']));
    }
  });
});
