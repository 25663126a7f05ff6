// docs/security.md: what holds for every cloud; the permissions are on the pages of the providers.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenLinks } from './support/markdown.ts';

const docs = resolve(import.meta.dirname, '../docs');
const file = resolve(docs, 'security.md');

it.each(['security.md', 'tls-probe.md', 'discovery.md', 'report.md', 'alerting.md'])(
  'docs/%s links to what is there',
  (name) => {
    expect(brokenLinks(resolve(docs, name))).toEqual([]);
  },
);

describe('docs/security.md', () => {
  it('leaves policies to the pages of the providers, and links to them', () => {
    const page = readFileSync(file, 'utf8');
    expect(page).not.toContain('```json');
    expect(page).toContain('](providers/README.md)');
  });
});
