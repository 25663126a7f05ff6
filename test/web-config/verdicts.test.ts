// The validation result for each web configuration of the tables agrees with exporter-toolkit v0.17.1.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { differences } from './differences.ts';
import { toolkitFixtures } from './toolkit-fixtures.ts';
import { accepted, refused } from './verdicts.ts';
import { fillIn, writeWebFiles } from './web-files.ts';
import { shortText } from './web-texts.ts';

let verdictOf: (text: string) => Promise<string>;

beforeAll(async () => {
  const folder = await createFolder();
  const contents = await writeWebFiles(folder.path);
  const file = join(folder.path, 'web.yml');
  verdictOf = async (text) => {
    await writeFile(file, fillIn(text, contents));
    const { problems } = await readWebConfig(file);
    return problems === undefined ? 'ok' : problems.map(formatProblem).join('\n');
  };
  return () => folder.remove();
});

describe.each(Object.entries(accepted))('%s', (_, texts) => {
  it.each(texts.map((text) => [shortText(text), text] as const))('accepts %s', async (_title, text) => {
    expect(await verdictOf(text)).toBe('ok');
  });
});

describe.each(Object.entries(refused))('%s', (_, texts) => {
  it.each(texts.map((text) => [shortText(text), text] as const))('refuses %s', async (_title, text) => {
    expect(await verdictOf(text)).toMatch(/^\S+web\.yml:\d+:\d+: ./);
  });
});

const pattern = { ok: /^ok$/, refused: /^\S+web\.yml:\d+:\d+: ./ };

describe('deliberate differences', () => {
  it.each(differences.map(([toolkit, text, ours]) => ({ toolkit, text, ours, title: shortText(text) })))(
    'toolkit: $toolkit, ours: $ours: $title',
    async ({ text, ours }) => {
      expect(await verdictOf(text)).toMatch(pattern[ours]);
    },
  );
});

describe('the fixtures of the toolkit', () => {
  it.each(toolkitFixtures)('%s: %s', async (verdict, _, text) => {
    expect(await verdictOf(text)).toMatch(pattern[verdict]);
  });
});
