// The shipped rules and their unit tests, by Prometheus's own tool.
import { spawnSync } from 'node:child_process';
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

/** Its exit status, and what it printed where that is not 0. */
function run(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(promtool.path, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: status === 0 ? '' : stdout + stderr };
}

describe.skipIf(promtool.missing)('promtool', () => {
  it.each(yamlFiles('rules'))('check rules passes %s', (file) => {
    expect(run('check', 'rules', file)).toEqual({ status: 0, output: '' });
  });

  it.each(yamlFiles('tests'))('test rules passes %s', (file) => {
    expect(run('test', 'rules', file)).toEqual({ status: 0, output: '' });
  });
});
