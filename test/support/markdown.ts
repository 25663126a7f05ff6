// Reads pages of the documentation: sections, code blocks, headings, links.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The folder of the project. */
export const root = resolve(import.meta.dirname, '../..');

/** The Markdown files of the project for people, new ones included; paths from its root. */
export function markdownFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', '*.md', ':!test'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd().split('\n');
  return listed.filter((path) => existsSync(join(root, path)));
}

/** The text of each section of level 2, by its heading. */
export function sectionsOf(page: string): Map<string, string> {
  const parts = page.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]));
}

/** A fenced block. */
export interface CodeBlock {
  /** Path of the page, from the root of the project. */
  page: string;
  /** Line of the opening fence, from 1. */
  line: number;
  /** Empty when the fence names none. */
  language: string;
  /** The HTML comment on the line before the fence, without its marks. */
  comment: string | undefined;
  /** Without the indentation of the fence. */
  text: string;
}

/** Every fenced block of a page. @throws when one is not closed */
export function codeBlocks(page: string, text: string): CodeBlock[] {
  const lines = text.split('\n');
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent = '', fence, language = ''] = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[index] ?? '') ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, at) => at > index && line.trim() === fence);
    if (end === -1) throw new Error(`${page}:${index + 1}: this code block is not closed; add ${fence}`);
    const comment = /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(lines[index - 1] ?? '')?.[1];
    const inside = lines
      .slice(index + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ page, line: index + 1, language, comment, text: inside.map((line) => `${line}\n`).join('') });
    index = end;
  }
  return blocks;
}

/** The code blocks of every page, in one of these languages. */
export function allBlocks(...languages: string[]): CodeBlock[] {
  return markdownFiles()
    .flatMap((page) => codeBlocks(page, readFileSync(join(root, page), 'utf8')))
    .filter(({ language }) => languages.includes(language));
}

/** Every block of JSON. */
export function jsonBlocks(text: string): unknown[] {
  return codeBlocks('', text)
    .filter(({ language }) => language === 'json')
    .map((block) => JSON.parse(block.text) as unknown);
}

/** A page without its code: what is in blocks and in backquotes is blank; lines stay where they are. */
export function proseOf(text: string): string {
  const lines = text.split('\n');
  for (const { line, text: inside } of codeBlocks('', text)) {
    lines.fill('', line - 1, line + inside.split('\n').length);
  }
  return lines.join('\n').replaceAll(/(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, (code) => ' '.repeat(code.length));
}

/** A link or an image. */
export interface Link {
  /** From 1. */
  line: number;
  target: string;
}

/** Links and images of a page: inline, by reference, in angle brackets, in HTML, and bare URLs. */
export function linksOf(text: string): Link[] {
  const forms = [
    /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g,
    /^\s*\[[^\]]+\]:\s+<?([^\s>]+)>?/gm,
    /\b(?:src|srcset|href)="([^"]+)"/g,
    /(?<![(<"\w])<?(https?:\/\/[^\s)>\]"]+[\w/])/g,
  ];
  const prose = proseOf(text);
  return forms.flatMap((form) =>
    [...prose.matchAll(form)].map(({ index, 1: target = '' }) => ({
      line: prose.slice(0, index).split('\n').length,
      target,
    })),
  );
}

/** Links of a page to a file or a heading that does not exist, each with its line and what is wrong. */
export function brokenLinks(file: string): string[] {
  return linksOf(readFileSync(file, 'utf8')).flatMap(({ line, target }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor] = decodeURI(target).split('#');
    const linked = path === '' ? file : join(dirname(file), path);
    if (!existsSync(linked)) return [`line ${line}: ${target}: there is no such file`];
    if (anchor === undefined || statSync(linked).isDirectory()) return [];
    const anchors = anchorsOf(readFileSync(linked, 'utf8'));
    return anchors.includes(anchor)
      ? []
      : [`line ${line}: ${target}: there is no such heading; there are ${anchors.map((name) => `#${name}`).join(' ')}`];
  });
}

/** The anchors that GitHub gives to the headings of a page, and those that it sets itself. */
export function anchorsOf(text: string): string[] {
  const withoutBlocks = text.replaceAll(/^(\s*)(`{3,}|~{3,})[\s\S]*?^\s*\2\s*$/gm, '');
  const taken = new Map<string, number>();
  const headings = [...withoutBlocks.matchAll(/^#{1,6} +(.*?)(?: +#+)?$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    const before = taken.get(slug) ?? 0;
    taken.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  const own = [...withoutBlocks.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name);
  return [...headings, ...own];
}
