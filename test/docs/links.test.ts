// The links of every document: files and headings that exist, pages that somebody links to, external addresses.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, brokenLinks, linksOf, markdownFiles, root } from '../support/markdown.ts';

const pages = markdownFiles();
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** `http:` is allowed to the machine itself, and for names that are reserved for examples. */
const plainHttp = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|[\w.-]+\.example(?:\.\w+)?)(?:[:/]|$)/;

/** A page of a vendor by its numbers, such as 409/67850 or page 254643: nobody can open that. */
const vendorNumber = /(?<![\w./-])(?:(?:(?:document\/)?product|api)\/)?\d{2,4}\/\d{4,6}\b|\bpage \d{5,}/g;

describe.each(pages)('%s', (page) => {
  it('links to files and headings that exist', () => {
    expect(brokenLinks(join(root, page)), `fix the links of ${page}`).toEqual([]);
  });

  it('has external links over https, apart from examples on this machine', () => {
    const external = linksOf(textOf(page)).filter(
      ({ target }) => target.startsWith('http:') && !plainHttp.test(target),
    );
    expect(external, `write https:// in ${page}`).toEqual([]);
  });
});

describe('the pages of vendors', () => {
  const sources = ['src', 'scripts', 'test/providers', 'test/demo'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );

  it.each([...pages, 'config.example.yaml'])('are given by their URL: %s', (page) => {
    expect(textOf(page).match(vendorNumber) ?? [], `give the https:// address in ${page}`).toEqual([]);
  });

  it('are given by their URL in comments of the source', () => {
    const found = sources.flatMap((file) =>
      textOf(file)
        .split('\n')
        .flatMap((line, index) =>
          /^\s*(?:\/\/|\/?\*)/.test(line)
            ? (line.match(vendorNumber) ?? []).map((at) => `${file}:${index + 1}: ${at}`)
            : [],
        ),
    );
    expect(found, 'give the https:// address').toEqual([]);
  });
});

describe('docs/', () => {
  it('has no file that no document links to', () => {
    const linked = new Set(
      pages.flatMap((page) =>
        linksOf(textOf(page))
          .filter(({ target }) => !/^[a-z]+:/.test(target))
          .map(({ target }) => relative(root, join(root, dirname(page), target.split('#')[0] ?? '')))
          .filter((target) => target !== page),
      ),
    );
    const files = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)));
    // A link to a folder such as docs/runbooks is one to each of its files; docs itself is too much.
    const byFolder = (file: string) => dirname(file) !== 'docs' && linked.has(dirname(file));
    const unlinked = files.filter((file) => !linked.has(file) && !byFolder(file));
    expect(unlinked, 'link to it from another document, or remove it').toEqual([]);
  });
});

describe('anchors', () => {
  it('are those of GitHub', () => {
    const page = [
      '# The `name` of it: A, B & C',
      '## 快速开始（五分钟）',
      '## Same',
      '```sh',
      '# a comment',
      '```',
      '## Same',
      '## [Link](x.md)_1',
      '<a id="own"></a>',
    ].join('\n');
    expect(anchorsOf(page)).toEqual(['the-name-of-it-a-b--c', '快速开始五分钟', 'same', 'same-1', 'link_1', 'own']);
  });
});
