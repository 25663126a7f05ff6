// Our judgement of web configurations beside that of promtool, and of the exporter-toolkit itself where Go is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { webConfigTexts } from '../web-config/random-texts.ts';
import { accepted, differences, refused } from '../web-config/verdicts.ts';
import { fillIn, writeWebFiles } from '../web-config/web-files.ts';
import { buildGo, findPeer } from './peer.ts';

const table = [
  ...Object.values(accepted).flatMap((texts) => texts.map((text) => ({ text, verdict: 'ok' }))),
  ...Object.values(refused).flatMap((texts) => texts.map((text) => ({ text, verdict: 'refused' }))),
];

let folder: Awaited<ReturnType<typeof createFolder>>;
let contents: Record<string, string>;

beforeAll(async () => {
  folder = await createFolder();
  contents = await writeWebFiles(folder.path);
});

afterAll(() => folder.remove());

/** Writes each text to a file of its own beside the certificates. */
async function writeAll(texts: readonly string[]): Promise<string[]> {
  const names = texts.map((_, index) => join(folder.path, `web-${index}.yml`));
  await Promise.all(names.map((name, index) => writeFile(name, fillIn(texts[index] ?? '', contents))));
  return names;
}

describe('promtool', () => {
  const promtool = findPeer('promtool');

  // What came after its time: inline PEM, SANs, the rate limit by all its spellings; and suites that were still secure.
  const unknown = /rate_limit|rate\\x5flimit|cmF0ZV9saW1pdA|client_allowed_sans|\b(?:cert|key|client_ca)"?:|TLS_RSA_/;

  it.skipIf(promtool.missing)('says the same of what its older schema knows', async () => {
    const known = table.filter(({ text }) => !unknown.test(text));
    const names = await writeAll(known.map(({ text }) => text));
    const { stderr } = spawnSync(promtool.path, ['check', 'web-config', ...names], { encoding: 'utf8' });

    const good = new Set([...stderr.matchAll(/^(.*) SUCCESS$/gm)].map((match) => match[1]));
    const said = known.map(({ text }, index) => ({ text, verdict: good.has(names[index]) ? 'ok' : 'refused' }));
    expect(said).toEqual(known);
  });
});

describe('exporter-toolkit v0.17.1', () => {
  const bin = mkdtempSync(join(tmpdir(), 'clouddb-test-'));
  const program = join(bin, 'toolkit');
  const missing = !buildGo(resolve(import.meta.dirname, 'toolkit'), program);

  afterAll(() => rm(bin, { recursive: true }));

  /** What it says of each, in a word. */
  async function verdicts(texts: readonly string[]): Promise<string[]> {
    const input = (await writeAll(texts)).map((name) => `${name}\n`).join('');
    const output = execFileSync(program, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return output
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/:.*$/, ''));
  }

  it.skipIf(missing)('says what the table records', async () => {
    const said = await verdicts(table.map(({ text }) => text));
    expect(table.map(({ text }, index) => ({ text, verdict: said[index] }))).toEqual(table);
  });

  it.skipIf(missing)('differs only where that is recorded', async () => {
    const said = await verdicts(differences.map(([, text]) => text));
    expect(said).toEqual(differences.map(([go]) => go));
  });

  it.skipIf(missing)('says the same of random texts', async () => {
    const texts = fc.sample(webConfigTexts, { numRuns: 1500, seed: 20_261_122 });
    const said = await verdicts(texts);
    const differing: unknown[] = [];
    for (const [index, text] of texts.entries()) {
      const { problems } = await readWebConfig(join(folder.path, `web-${index}.yml`));
      if ((problems === undefined) === (said[index] === 'ok')) continue;
      // Go lets what is in quotes or brackets go on in the first column; YAML does not, and neither do we.
      if (problems !== undefined && /["'[{][^"'\]}\n]*[\n\r\u0085\u2028]/.test(text)) continue;
      const first = problems?.[0];
      // Go does not read on where the outermost value has ended, and takes what stands before.
      const before = text.split('\n').slice(0, (first?.line ?? 1) - 1);
      const cut = [...before, (text.split('\n')[before.length] ?? '').slice(0, (first?.column ?? 1) - 1)].join('\n');
      const ends = join(folder.path, 'cut.yml');
      await writeFile(ends, fillIn(cut, contents));
      if (first?.message.startsWith('not valid YAML') && (await readWebConfig(ends)).problems === undefined) continue;
      differing.push({ text, go: said[index], problems: problems?.map(({ message }) => message) });
    }
    expect(differing).toEqual([]);
  });
});
