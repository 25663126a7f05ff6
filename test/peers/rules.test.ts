// The shipped rules and their unit tests, by Prometheus's own tool.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPeer } from './peer.ts';

const promtool = findPeer('promtool');
const folder = resolve(import.meta.dirname, '../../prometheus');

function yamlFiles(name: string): string[] {
  return readdirSync(join(folder, name))
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(name, file));
}

/** What it prints where its exit status is not 0. */
function run(...args: string[]): Promise<string> {
  return new Promise((done) => {
    execFile(promtool.path, args, { cwd: folder }, (error, stdout, stderr) =>
      done(error === null ? '' : stdout + stderr),
    );
  });
}

describe.skipIf(promtool.missing)('promtool', () => {
  it.each(yamlFiles('rules'))('check rules passes %s', async (file) => {
    expect(await run('check', 'rules', file)).toBe('');
  });

  it.concurrent.each(yamlFiles('tests'))('test rules passes %s', { timeout: 300_000 }, async (file) => {
    expect(await run('test', 'rules', file)).toBe('');
  });
});
