// docs/security.md: what holds for every cloud; the permissions are on the pages of the providers.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const file = resolve(import.meta.dirname, '../docs/security.md');

describe('docs/security.md', () => {
  it('leaves policies to the pages of the providers, and links to them', () => {
    const page = readFileSync(file, 'utf8');
    expect(page).not.toContain('```json');
    expect(page).toContain('](providers/README.md)');
  });
});
