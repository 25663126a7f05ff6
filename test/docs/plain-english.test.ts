// Words that readers stumble over do not come back: into documents, texts of the program, rules, dashboards and the chart.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/markdown.ts';

/** What is not written, and what is written instead. */
const instead: readonly (readonly [RegExp, string])[] = [
  [/\bby (?:itself|themselves)\b/, 'automatically'],
  [/\bbe had\b/, 'available'],
  [/\bof (?:its|their|an|his) own\b/, 'its own …, a separate …'],
  [/\bunder way\b/, 'in progress, running'],
  [/\bfor want of\b/, 'without'],
  [/\bmend(?:s|ed|ing)?\b/, 'fix'],
  [/\btime-outs?\b/, 'timeout'],
  [/\btaken over\b/, 'picked up, kept'],
  [/\bruns? out\b(?! of)/, 'expire'],
  [/\blet(?:s|ting)? (?:\w+ ){0,2}in\b(?! between)/, 'accept, allow'],
  [/\b(?:tells?|told|telling)\b/, 'report, show'],
  [/\bjudg(?:e[sd]?|ing|ement)\b/, 'validate, decide'],
  [/\b(?:is|are) to be\b/, 'must be'],
  [/\b(?:has|have) to be\b/, 'must be'],
  [/\b(?:is|are|has|have) gone\b/, 'was removed, no longer exists'],
  [/\bcertificates?\b[^.|;]{0,40}\bends?\b/, 'expires'],
  [/\bchecks? (?:has |have )?ended\b/, 'finished'],
  [
    /\bask(?:s|ed|ing)? (?:\w+ ){0,2}(?:APIs?|clouds?|providers?|exporter|database|STS|again|once|nobody)\b/,
    'call, query, request',
  ],
  [/\bsaid\b/, 'reported, written'],
  [/\bmade of\b/, 'consists of'],
  [/\bblanks\b/, 'spaces'],
  [/\b(?:brings?|brought)\b/, 'include, provide'],
  [/\bin the same breath\b/, 'together with'],
  [/\bheed|\bheal(?:s|ed)?\b|\barrears\b|\bget round\b/, 'a common word'],
  [/\b(?:good|bad) (?:configuration|flag|answer|certificate|request line)s?\b/, 'valid, invalid'],
  [/\bbesides?\b/, 'next to, in addition to, with'],
  [/\b(?:the|a) whole\b(?! number)/, 'all of, the complete'],
  [/\bhold(?:s|ing)? (?:a|an|the|no|its|one|what|credentials|only|more)\b/, 'contain, keep'],
];

/** What readers see, and the comments of the program. */
const places = ['*.md', 'config.example.yaml', 'src', 'prometheus', 'grafana/src', 'scripts', 'deploy'];
/** Tests, history, another language, and what is generated from the places above. */
const exceptions = ['test', 'CHANGELOG.md', 'README.zh-CN.md', '*.json', 'prometheus/tests', 'deploy/helm/*/files'];
/** Not prose: code in Markdown, targets of links, HTML comments, and the list of such words in CONTRIBUTING. */
const notProse = /^( *)(```+)[^]*?^\1\2|`[^`\n]*`|\]\([^)\s]*\)|<!--[^]*?-->|; not tell, ask, [^.]*/gm;
const commentsAndTexts = /\/\/.*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;

const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...places];
const files = execFileSync('git', [...args, ...exceptions.map((path) => `:!${path}`)], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));

const blank = (text: string) => text.replaceAll(/\S/g, ' ');

/** The prose of a file, in its place: spaces stand for all other characters. */
function proseOf(file: string, text: string): string {
  if (file.endsWith('.md')) return text.replaceAll(notProse, blank);
  if (!file.endsWith('.ts')) return text;
  const parts: string[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(commentsAndTexts)) {
    parts.push(blank(text.slice(end, index)), match);
    end = index + match.length;
  }
  return parts.join('');
}

/** As `LINE: "WORDS": write …`. Words that a line break separates count as well. */
function unplainIn(file: string, text: string): string[] {
  const prose = proseOf(file, text).replaceAll(/\n[ *#/]*(?=\S)/g, (gap) => ' '.repeat(gap.length));
  return instead.flatMap(([pattern, better]) =>
    [...prose.matchAll(new RegExp(pattern, 'gi'))].map(({ 0: words, index }) => {
      const line = text.slice(0, index).split('\n').length;
      return `${line}: "${words.replaceAll(/\s+/g, ' ')}": write ${better}`;
    }),
  );
}

describe('the words', () => {
  it.each(files)('of %s are plain English', (file) => {
    const found = unplainIn(file, readFileSync(join(root, file), 'utf8'));
    expect(found.map((text) => `${file}:${text}`)).toEqual([]);
  });

  it.each([
    ['a.md', 'One\n\nIt is renewed by\nitself.', ['3: "by itself": write automatically']],
    ['a.md', '`mend`, [x](mend.md)\n```sh\nmend\n```\nMend it.', ['5: "Mend": write fix']],
    [
      'a.ts',
      "const mend = 1; // A sweep is\n// under way.\nlog('none could be had')",
      ['3: "be had": write available', '2: "under way": write in progress, running'],
    ],
    ['a.yaml', '# It tells which.\nport: 1', ['1: "tells": write report, show']],
    ['a.md', 'A whole number of runs, out of memory.', []],
  ])('of %s: %j', (file, text, expected) => {
    expect(unplainIn(file, text)).toEqual(expected);
  });
});
