// Compares our verdicts on web configurations with those of promtool, and of exporter-toolkit if Go is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { differences } from '../web-config/differences.ts';
import { toolkitFixtures } from '../web-config/toolkit-fixtures.ts';
import { accepted, refused } from '../web-config/verdicts.ts';
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

  // Newer than promtool: inline PEM, SANs and the rate limit. TLS_RSA_ suites were still accepted.
  const unknown = /rate_limit|client_allowed_sans|\b(?:cert|key|client_ca)"?:|TLS_RSA_/;

  it.skipIf(promtool.missing)('agrees on everything in its older schema', async () => {
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
  const toolkit = resolve(import.meta.dirname, 'toolkit');
  const missing = !buildGo(toolkit, program);

  afterAll(() => rm(bin, { recursive: true }));

  function verdictsOf(files: readonly string[]): string[] {
    const input = files.map((name) => `${name}\n`).join('');
    const output = execFileSync(program, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return output
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/:.*$/, ''));
  }

  const verdicts = async (texts: readonly string[]) => verdictsOf(await writeAll(texts));

  it.skipIf(missing)('returns the results recorded in the table', async () => {
    const said = await verdicts(table.map(({ text }) => text));
    expect(table.map(({ text }, index) => ({ text, verdict: said[index] }))).toEqual(table);
  });

  it.skipIf(missing)('differs only where that is recorded', async () => {
    const said = await verdicts(differences.map(([, text]) => text));
    expect(said).toEqual(differences.map(([go]) => go));
  });

  it.skipIf(missing)('has the same verdict as ours on its own fixtures, and the copies are complete', async () => {
    const module = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/prometheus/exporter-toolkit'], {
      cwd: toolkit,
      encoding: 'utf8',
    }).trim();
    const testdata = join(module, 'web', 'testdata');
    const names = readdirSync(testdata).filter((name) => /\.ya?ml$/.test(name));
    const files = names.map((name) => join(testdata, name));
    const ours = await Promise.all(
      files.map(async (file) => ((await readWebConfig(file)).problems === undefined ? 'ok' : 'refused')),
    );
    expect(names.map((name, index) => [ours[index], name])).toEqual(
      toolkitFixtures.map(([verdict, name]) => [verdict, name]).toSorted(([, a = ''], [, b = '']) => (a < b ? -1 : 1)),
    );
    expect(verdictsOf(files)).toEqual(ours);
  });
});
