// docs/http.md has every path that the exporter serves, and no other one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { root, sectionsOf } from '../support/markdown.ts';

const sections = sectionsOf(readFileSync(join(root, 'docs/http.md'), 'utf8'));
const paths = [...(sections.get('Paths') ?? '').matchAll(/^\| `(\/[^`]*)`/gm)].map(([, path = '']) => path);

describe('the paths in docs/http.md', () => {
  let demo: InProcessExporter;
  beforeAll(async () => {
    demo = await startInProcess({ command: 'demo' });
  });
  afterAll(() => demo.stop());

  it('are those that the exporter serves', async () => {
    const text = await (await fetch(`${demo.url}/nothing`)).text();
    const served = /available: (.*)/.exec(text)?.[1]?.split(', ') ?? [];
    expect(paths.map((path) => path.replace(/\?.*/, '')).toSorted()).toEqual(served.toSorted());
  });

  it.each(paths)('%s responds', async (path) => {
    const { status } = await fetch(demo.url + path.replace('ID', 'postgres-6bwgamo3'));
    // Not ready yet; only with POST.
    expect([200, path === '/-/reload' ? 405 : 503]).toContain(status);
  });
});
