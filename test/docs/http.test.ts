// docs/http.md has every path that the exporter serves and every parameter of the status page, and no other ones.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levels } from '../../src/web/instance-state.ts';
import { defaultRefresh, readFilter } from '../../src/web/status-filter.ts';
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

describe('the parameters in docs/http.md', () => {
  const rows = [...(sections.get('Status page') ?? '').matchAll(/^\| (`.*?) \| (.*) \|$/gm)];
  const meaningOf = (name: string) => rows.find(([, names = '']) => names.startsWith(`\`${name}`))?.[2] ?? '';

  it('are those of the status page', () => {
    const listed = rows.flatMap(([, names = '']) => names.match(/(?<=`)[a-z]+/g) ?? []);
    const [note = ''] = readFilter(new URLSearchParams('nothing=1')).notes;
    const known = /not one of ([\w, ]+)/.exec(note)?.[1]?.split(', ');
    expect(listed.toSorted()).toEqual(known?.toSorted());
  });

  it('have the severities and the default of refresh', () => {
    expect((meaningOf('severity').match(/(?<=`)\w+(?=`)/g) ?? []).toSorted()).toEqual([...levels].toSorted());
    expect(meaningOf('refresh')).toContain(`(default ${defaultRefresh})`);
  });
});
