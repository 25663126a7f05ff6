// README.md is short, leads to every page, and has a Chinese version with the same commands, pictures and links.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

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
