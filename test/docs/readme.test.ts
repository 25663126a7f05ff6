// README.md is short, leads to every page, has the facts that each provider reports, and a Chinese version with the same
// commands, pictures, links, names and numbers.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { caCheckName, tlsCheckName } from '../../src/model/check.ts';
import type { FactName } from '../../src/model/facts.ts';
import { reportableFacts } from '../../src/model/provider.ts';
import { providers } from '../../src/providers/index.ts';
import { proseOf } from '../support/markdown.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const english = read('README.md');
const chinese = read('README.zh-CN.md');

/** Each fenced block, with the comment before it that says how it is run. */
const blocksOf = (text: string) => text.match(/^(?:<!--[^\n]*-->\n)?```\w*\n.*?^```$/gms) ?? [];

/** Targets of links and pictures; those inside of the page, whose headings are translated, as `#`. */
const targetsOf = (text: string) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => (target.startsWith('#') ? '#' : target));

/** Pages that a page links to, from the root of the project. */
const linkedFrom = (page: string) =>
  targetsOf(read(page)).map((target) => relative(root, join(root, dirname(page), target.split('#')[0] ?? '')));

it('README.md has at most 150 lines', () => {
  expect(english.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

it('both READMEs link to each other', () => {
  expect(targetsOf(english)).toContain('README.zh-CN.md');
  expect(targetsOf(chinese)).toContain('README.md');
});

it('README.zh-CN.md has the blocks of README.md, in the same order', () => {
  expect(blocksOf(english).length).toBeGreaterThan(5);
  expect(blocksOf(chinese)).toEqual(blocksOf(english));
});

it('README.zh-CN.md has as many headings and rows of tables as README.md', () => {
  const shapeOf = (text: string) => text.match(/^(?:#+ |\|)/gm);
  expect(shapeOf(chinese)).toEqual(shapeOf(english));
});

it('README.zh-CN.md has the pictures and links of README.md', () => {
  const others = (text: string) => targetsOf(text).filter((target) => !/^README[\w.-]*\.md$/.test(target));
  expect(others(chinese).toSorted()).toEqual(others(english).toSorted());
});

it('every page of docs is one link away from the README, or two; runbooks and decisions by their folder', () => {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name}`)
    .filter((page) => page.endsWith('.md') && !/^docs\/(?:runbooks|adr)\//.test(page));
  const direct = linkedFrom('README.md');
  const reached = new Set([...direct, ...direct.filter((page) => pages.includes(page)).flatMap(linkedFrom)]);
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  expect(direct).toEqual(expect.arrayContaining(['docs/runbooks', 'docs/adr']));
});

it('README.zh-CN.md has the code of README.md in each row of its tables', () => {
  const codeOf = (text: string) => (text.match(/^\|.*$/gm) ?? []).map((row) => row.match(/`[^`\n]+`/g)?.toSorted());
  expect(codeOf(chinese)).toEqual(codeOf(english));
});

it('README.zh-CN.md has the numbers of README.md', () => {
  const numbersOf = (text: string) => new Set(proseOf(text).match(/(?<![\w.-])\d+(?:\.\d+)*(?![\w-])/g));
  expect(numbersOf(chinese)).toEqual(numbersOf(english));
});

it('both READMEs have the oldest version of Node', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  for (const page of [english, chinese]) {
    expect(/Node(?:\.js)? (\d[\d.]*\d)/.exec(page)?.[1]).toBe(engines.node.replace('>=', ''));
  }
});

/** The facts of each row of the table, in the order of the rows; of the TLS probe also what it reports instead. */
const facts: FactName[][] = [
  ['ssl_enabled'],
  ['ssl_forced', 'plaintext_accepted'],
  ['server_certificate'],
  ['cert_valid', 'cert_auto_renew_enabled', 'cert_trusted', 'cert_hostname_match'],
  ['ca_certificate'],
  ['at_rest_encryption_enabled'],
  ['kms_keys'],
];

describe.each([
  ['README.md', english, 'TLS probe', 'CA bundle'],
  ['README.zh-CN.md', chinese, 'TLS 探测', 'CA 证书包'],
])('the table of facts of %s', (_page, text, probe, bundle) => {
  const rows = (
    text
      .split(/^\| (?:fact|信息) .*\n.*\n/m)[1]
      ?.split('\n\n')[0]
      ?.split('\n') ?? []
  ).map((line) => line.split('|').slice(2, -1));

  it('has a row for each of them', () => expect(rows.length).toBe(facts.length));

  it.each(facts.map((names, index) => ({ names, row: rows[index] ?? [] })))('has the checks of $names', (entry) => {
    const checksIn = (cell: string) => [
      ...[...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
      ...(cell.includes(bundle) ? [caCheckName] : []),
      ...(cell.includes(probe) ? [tlsCheckName] : []),
    ];
    const reported = providers.map((provider) => [
      ...new Set(
        reportableFacts(provider)
          .filter(({ fact }) => entry.names.includes(fact))
          .map(({ check }) => check),
      ),
    ]);
    expect(entry.row.map(checksIn)).toEqual(reported);
  });
});
