// Follows docs/adding-a-provider.md literally: its files and commands, in a copy of the project.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/adding-a-provider.md'), 'utf8');

/** The blocks of the page after a comment that matches, each with the first group of the match. */
function blocksAfter(comment: RegExp): { name: string; text: string }[] {
  const blocks = page.matchAll(/^<!-- ([^\n]*) -->\n(`{3,})\w*\n(.*?)^\2$/gms);
  return [...blocks].flatMap(([, note = '', , text = '']) => {
    const match = comment.exec(note);
    return match === null ? [] : [{ name: match[1] ?? '', text }];
  });
}

const files = blocksAfter(/^file: (\S+)$/);
const patches = blocksAfter(/^patch$/);
const commands = blocksAfter(/^not run: test\/peers\/adding-a-provider\.test\.ts runs it/);

let copy = '';

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'adding-a-provider-'));
  const leftOut = ['node_modules', 'dist', '.git'];
  cpSync(root, copy, { recursive: true, filter: (path) => !leftOut.includes(basename(path)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  run('git init --quiet && git add .');
  for (const { name, text } of files) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    writeFileSync(join(copy, name), text);
  }
  for (const { text } of patches) run('git apply -', text);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs commands in the copy, as a shell does. @throws with all output, if one fails */
function run(script: string, input = ''): string {
  const { GIT_DIR: _dir, GIT_INDEX_FILE: _index, VITEST: _vitest, FORCE_COLOR: _color, ...env } = process.env;
  const options = { cwd: copy, env: { ...env, NO_COLOR: '1' }, input, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], options);
  if (status !== 0) throw new Error(`${script}\n${stdout}\n${stderr}`);
  return stdout;
}

describe('docs/adding-a-provider.md', () => {
  it('has files, a patch and commands', () => {
    expect(files.length).toBeGreaterThanOrEqual(5);
    expect(patches).toHaveLength(1);
    expect(commands.length).toBeGreaterThanOrEqual(2);
  });

  it('makes a provider that passes the contract, the page test and the types', { timeout: 600_000 }, () => {
    const outputs = commands.map(({ text }) => run(text));
    expect(outputs.join('\n')).toMatch(/Tests\D+\d+ passed/);
    expect(outputs.join('\n')).toContain('nimbus_postgres at https://api.nimbus.example');
    expect(
      run('git diff --name-only')
        .split('\n')
        .filter((name) => /^(?:src|test|scripts|grafana\/src|prometheus)\//.test(name)),
    ).toEqual(['src/providers/index.ts']);
  });
});
