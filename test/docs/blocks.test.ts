// The blocks of documents that are no commands: whole configurations are valid, and JSON and YAML can be parsed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createFolder } from '../support/exporter-process.ts';
import { runInProcess } from '../support/in-process.ts';
import { allBlocks, codeBlocks, proseOf } from '../support/markdown.ts';
import { annotationOf } from './annotations.ts';

const placed = (...languages: string[]) =>
  allBlocks(...languages).map((block) => ({ ...block, place: `${block.page}:${block.line}` }));
const yamlBlocks = placed('yaml', 'yml');

/** The annotation that a block of YAML needs, by its keys; undefined: none. */
function neededBy(text: string): string | undefined {
  const value: unknown = parse(text);
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (keys.includes('accounts')) return 'config';
  return keys.some((key) => ['scrape_configs', 'rule_files', 'alerting'].includes(key)) ? 'prometheus' : undefined;
}

describe('configurations', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  beforeAll(async () => {
    folder = await createFolder();
  });
  afterAll(() => folder.remove());

  it.each(yamlBlocks.filter(({ comment }) => comment === 'config'))('$place is valid', async ({ text, place }) => {
    const file = await folder.write('config.yaml', text);
    const { status, stderr } = await runInProcess(['check-config', '--syntax-only', `--config.file=${file}`]);
    expect(status, `${place}: correct this configuration; check-config --syntax-only says:\n${stderr}`).toBe(0);
  });

  it.each(yamlBlocks)('$place is annotated as what it is', ({ text, place, comment }) => {
    const needed = neededBy(text);
    const advice = `${place}: write <!-- ${needed} --> on the line directly before this block, so that it is validated`;
    expect(needed === undefined || comment === needed, advice).toBe(true);
  });
});

describe('JSON', () => {
  it.each(placed('json'))('$place can be parsed', ({ text }) => {
    expect(JSON.parse(text)).toBeTypeOf('object');
  });
});

describe('the annotation of a block of commands', () => {
  const of = (comment: string | undefined, text = 'true\n') => annotationOf({ comment, text });

  it.each([
    ['run', { kind: 'run', services: [], peers: [], ending: 0 }],
    ['run: exit 4', { kind: 'run', services: [], peers: [], ending: 4 }],
    ['run: until listening', { kind: 'run', services: [], peers: [], ending: 'listening' }],
    ['run with: clouds, exit 3', { kind: 'run', services: ['clouds'], peers: [], ending: 3 }],
    ['run with: demo, promtool', { kind: 'run', services: ['demo'], peers: ['promtool'], ending: 0 }],
    ['not run: needs Docker', { kind: 'not run', reason: 'needs Docker' }],
  ])('%s', (comment, expected) => expect(of(comment)).toEqual(expected));

  it.each<[string, string | undefined, string]>([
    ['has no annotation', undefined, 'true'],
    ['"runs" is not known', 'runs', 'true'],
    ['"cloud" is nothing to run', 'run with: cloud', 'true'],
    ['does not say why', 'not run:', 'true'],
    ['nothing in it is in CAPITALS', 'not run: placeholders', 'curl http://localhost'],
    ['there is no test/none.test.ts', 'run in: test/none.test.ts', 'true'],
    ['blocksRunBy(import.meta.filename)', 'run in: test/docs/links.test.ts', 'true'],
    ['installs packages', 'run', 'npm ci'],
    ['the prompt', 'run', '$ true'],
  ])('is refused: %s', (message, comment, text) => expect(() => of(comment, text)).toThrow(message));
});

describe('code blocks', () => {
  const page = ['- item', '', '  <!-- run -->', '  ```sh', '  echo `x`', '    deeper', '  ```', 'A `code` word.'].join(
    '\n',
  );

  it('are read with the comment before them, without the indentation of a list', () => {
    const text = 'echo `x`\n  deeper\n';
    expect(codeBlocks('p.md', page)).toEqual([{ page: 'p.md', line: 4, language: 'sh', comment: 'run', text }]);
  });

  it('are no prose', () => {
    expect(proseOf(page).split('\n').slice(2)).toEqual(['  <!-- run -->', '', '', '', '', 'A        word.']);
  });

  it('must be closed', () => {
    expect(() => codeBlocks('p.md', '```sh\ntrue\n')).toThrow('p.md:1: this code block is not closed');
  });
});
