// CHANGELOG.md: in the format of Keep a Changelog.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(resolve(root, 'CHANGELOG.md'), 'utf8');
const { version, repository } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  version: string;
  repository: { url: string };
};
const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
const releases = headings.slice(1).map((heading) => {
  const [, name = '', day = ''] = /^\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d|not published)$/.exec(heading) ?? [];
  return { heading, name, day };
});
const published = releases.filter(({ day }) => day !== 'not published');
const order = new Intl.Collator('en', { numeric: true }).compare;

describe('the changelog', () => {
  it('begins with what is unreleased, and then has the version of the package', () => {
    expect(headings[0]).toBe('[Unreleased]');
    expect(releases[0]?.name).toBe(version);
  });

  it('has a date, or "not published", for each version', () => {
    expect(releases.filter(({ name }) => name === '').map(({ heading }) => heading)).toEqual([]);
  });

  it('has the newest version first', () => {
    const names = releases.map(({ name }) => name);
    const days = published.map(({ day }) => day);

    expect(names).toEqual(names.toSorted(order).toReversed());
    expect(days).toEqual(days.toSorted().toReversed());
  });

  it('has only sections of the kinds of the format, each once, with entries', () => {
    for (const part of text.split(/^## /m).slice(1)) {
      const [, ...sections] = part.split(/^### /m);
      const named = sections.map((section) => section.split('\n')[0] ?? '');

      expect(kinds).toEqual(expect.arrayContaining(named));
      expect(new Set(named).size).toBe(named.length);
      for (const section of sections) expect(section).toMatch(/^- /m);
    }
  });

  it('links each published version to the repository', () => {
    const home = repository.url.replace(/^git\+(.*)\.git$/, '$1');
    const links = [...text.matchAll(/^\[(.+)\]: (\S+)$/gm)].map(([, name = '', url = '']) => ({ name, url }));

    expect(links.map(({ name }) => name)).toEqual(['Unreleased', ...published.map(({ name }) => name)]);
    expect(links[0]?.url).toBe(`${home}/compare/v${published[0]?.name}...HEAD`);
    for (const { name, url } of links.slice(1)) expect(url).toMatch(new RegExp(`^${home}/.*v${name}$`));
  });
});
