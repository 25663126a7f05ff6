// The page by symptom has an entry for every reason and every finding, and names only metrics that exist.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonNames } from '../../src/model/failure.ts';
import { instanceFindings } from '../../src/model/finding.ts';
import { instanceRows } from '../../src/posture/instance-rows.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const rules = readFileSync(join(root, 'prometheus/rules/clouddb-encryption.yaml'), 'utf8');

/** The text below a heading of level 3. */
function sectionOf(heading: string): string {
  return page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

describe('docs/troubleshooting.md', () => {
  it.each(reasonNames)('has causes, what shows them and a fix for reason %s', (reason) => {
    const section = sectionOf(`\`${reason}\``);
    expect(section).toMatch(/\*\*Shown by\*\*: \S/);
    expect(section).toMatch(/\*\*Fix\*\*: \S/);
    // A fault of the exporter has no cause in a cloud.
    const vendors = reason === 'internal' ? [] : ['Tencent Cloud', 'OceanBase Cloud'];
    for (const vendor of vendors) expect(section).toContain(`**${vendor}**`);
  });

  it('has no entry for a reason that does not exist', () => {
    const headings = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, name = '']) => name);
    expect(headings.toSorted()).toEqual(reasonNames.toSorted());
  });

  const ofAccounts = ['account_blind', 'discovery_failing', 'nothing_watched'];
  it.each([...instanceFindings, ...ofAccounts])('has a query and the steps for finding %s', (finding) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${finding}\` |`)) ?? '';
    expect(row).toMatch(/`clouddb_|`[^`]*clouddb_/);
    const alerts = instanceRows.filter(({ kind }) => kind === finding).map(({ alert }) => alert);
    // The causes of these are on this page.
    const here = ['unknown', 'check_failing'].includes(finding);
    for (const alert of here ? [] : alerts) expect(row).toContain(`(runbooks/${alert}.md)`);
    expect(row).toMatch(/\]\((?:runbooks\/\w+\.md|#[\w-]+)\)/);
  });

  it('names only metrics that exist', () => {
    const reference = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
    const known = new Set([...reference.matchAll(/^### (clouddb_\w+)$/gm)].map(([, name]) => name));
    const named = [...page.matchAll(/\b\w*:?clouddb_\w+(?::\w+)?/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.has(name) && !rules.includes(`record: ${name}`))).toEqual([]);
  });
});
