// The npm package: its files, and its version in all places.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseVersion } from '../../scripts/versions.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, string> & { repository: { url: string } };

/** Files of the project below some paths, new ones included. */
function filesOf(...paths: string[]): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...paths];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd().split('\n');
  return listed.filter((path) => existsSync(join(root, path)));
}

describe('the package', () => {
  it('holds the built program, its documents, rules, dashboards and examples, and nothing else', () => {
    // Built already: no script is to build again.
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const [packed] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })) as {
      files: { path: string }[];
    }[];
    const documents = [
      'README.md',
      'README.zh-CN.md',
      'CHANGELOG.md',
      'LICENSE',
      'SECURITY.md',
      'config.example.yaml',
      'config.schema.json',
    ];

    // The build names the parts that are loaded later after their content.
    const files = packed?.files.map(({ path }) => path).filter((path) => !/^dist\/[\w-]+-[0-9A-Z]{8}\.js$/.test(path));
    expect(files?.toSorted()).toEqual(
      [
        'package.json',
        ...filesOf(...documents, 'docs', 'prometheus/rules', 'grafana/dashboards'),
        'dist/bcrypt-worker.js',
        'dist/licenses.txt',
        'dist/main.js',
        'dist/validation-worker.js',
      ].toSorted(),
    );
  });

  it('names one home in every place: manifest, image, runbooks', () => {
    const home = manifest.repository.url.replace(/^git\+(.*)\.git$/, '$1');

    expect(home).toMatch(/^https:\/\/\S+$/);
    expect([manifest['homepage'], manifest['bugs']]).toEqual([`${home}#readme`, `${home}/issues`]);
    expect(read('Dockerfile')).toContain(`org.opencontainers.image.source="${home}"`);
    for (const [, url] of read('prometheus/rules/clouddb-encryption.yaml').matchAll(/runbook_url: (\S+)/g)) {
      expect(url?.startsWith(`${home}/`)).toBe(true);
    }
  });

  it('has one version in every place', () => {
    expect(releaseVersion(root)).toBe(manifest['version']);
    expect(releaseVersion(root, `v${manifest['version']}`)).toBe(manifest['version']);
    expect(() => releaseVersion(root, 'v9.9.9')).toThrow('9.9.9: the tag');
  });
});
