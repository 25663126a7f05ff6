// The page for getting started with each provider leads from an account of the cloud to the first scrape.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasons } from '../../src/model/failure.ts';
import { providers } from '../../src/providers/index.ts';
import { jsonBlocks, sectionsOf } from '../support/markdown.ts';
import { grantedIn } from '../support/policies.ts';

const folder = resolve(import.meta.dirname, '../../docs/getting-started');

describe.each(providers)('the page for getting started with $id', ({ id, title, checks, list, credentials }) => {
  const file = resolve(folder, `${id}.md`);
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const sections = sectionsOf(page);

  it('exists', () => {
    expect(page.split('\n')[0], `write docs/getting-started/${id}.md: from an account to the first scrape`).toBe(
      `# Getting started: ${title}`,
    );
  });

  it.each(['Credential', 'What to look up', 'Configuration', 'First check', 'When a check fails', 'Next steps'])(
    'has a section "%s"',
    (heading) => {
      expect(sections.get(heading)?.trim() ?? '').not.toBe('');
    },
  );

  it('grants the permissions of the checks that are on by default', () => {
    const needed = checks.flatMap(({ permission }) => permission ?? []);
    expect(jsonBlocks(page).flatMap(grantedIn).toSorted()).toEqual(needed.toSorted());
  });

  it('configures this provider with its required credentials, and shows discovery where there is a list', () => {
    const configuration = sections.get('Configuration') ?? '';
    const required = credentials.filter((field) => field.required);
    expect(configuration).toContain(`provider: ${id}\n`);
    expect(required.filter(({ name, env }) => !configuration.includes(`${name}_env: ${env}`))).toEqual([]);
    expect(configuration.includes('discovery:')).toBe(list !== undefined);
  });

  it('validates the file, and then calls the API', () => {
    expect(sections.get('First check')).toMatch(/ check-config\n.* scrape/);
  });

  it('has at least five failures with what to do, by reasons that exist', () => {
    const rows = [...(sections.get('When a check fails') ?? '').matchAll(/^\| `(\w+)`.*\|$/gm)].map(([, name]) => name);
    expect(rows.slice(1).length).toBeGreaterThanOrEqual(5);
    expect(rows.slice(1).filter((name) => name === undefined || !(name in reasons))).toEqual([]);
  });
});
