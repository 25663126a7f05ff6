// What CONTRIBUTING.md and the forms of GitHub say that can be counted. test/architecture.test.ts holds the table of folders,
// claims.test.ts the names of files.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const json = (name: string) => JSON.parse(read(name)) as Record<string, Record<string, unknown>>;
const guide = read('CONTRIBUTING.md');
const manifest = json('package.json');

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
}

describe('CONTRIBUTING.md', () => {
  it('names only npm scripts that exist', () => {
    const scripts = [...guide.matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g)].map(
      ([, run, own]) => run ?? own ?? '',
    );

    expect(scripts).toEqual(expect.arrayContaining(['setup', 'check', 'release', 'generate', 'test:node']));
    expect(scripts.filter((script) => manifest['scripts']?.[script] === undefined)).toEqual([]);
  });

  it('names the versions of Node that are supported and tested', () => {
    const oldest = String(manifest['engines']?.['node']).replace('>=', '');

    expect(guide).toContain(`Node ${oldest} or later`);
    expect(oldest.startsWith(`${read('.nvmrc').trim()}.`)).toBe(true);
    expect(read('.ci/run')).toContain(`test:node -- ${/the tests on Node (\d+)/.exec(guide)?.[1]}`);
  });

  it('says what the one command and .ci/run do', () => {
    expect(manifest['scripts']?.['check']).toBe('npm test && npm run lint');
    for (const part of ['npm test', 'npm run lint', 'npm run test:peers', 'npm run bench'])
      expect(read('.ci/run')).toContain(part);
  });

  it('has the limits that the linter holds', () => {
    const limit = /a function at most (\d+)/.exec(guide)?.[1];

    expect(json('.oxlintrc.json')['rules']?.['max-lines-per-function']).toMatchObject([
      'error',
      { max: Number(limit) },
    ]);
  });

  it('has the limit that the names of tests keep', () => {
    const limit = Number(/names under (\d+) characters/.exec(guide)?.[1]);
    const tests = filesBelow('test').filter((name) => name.endsWith('.test.ts'));
    const names = tests.flatMap((name) =>
      [...read(name).matchAll(/\bit(?:\.\w+\(.*\))?\(\s*'([^'\n]+)'/g)].map(([, title = '']) => title),
    );

    expect(names.length).toBeGreaterThan(500);
    expect(names.filter((title) => title.length >= limit)).toEqual([]);
  });

  it('lists the kinds of changes that the changelog has', () => {
    const listed = /as (Added, .*? or Security)/.exec(guide)?.[1]?.split(/, | or /) ?? [];
    const used = [...read('CHANGELOG.md').matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);

    expect(listed).toEqual(expect.arrayContaining(used));
  });
});

describe('the editor settings', () => {
  it('agree with the formatter', () => {
    const settings = Object.fromEntries(
      [...(read('.editorconfig').split(/^\[/m)[1] ?? '').matchAll(/^(\w+) = (.*)$/gm)].map(([, name = '', value]) => [
        name,
        value,
      ]),
    );
    const { formatter } = json('biome.json');

    expect(settings['indent_style']).toBe(formatter?.['indentStyle']);
    // What Biome has where nothing is set.
    expect([settings['indent_size'], formatter?.['indentWidth']]).toEqual(['2', undefined]);
    expect(settings['max_line_length']).toBe(String(formatter?.['lineWidth']));
  });
});

describe('the issue forms', () => {
  interface Form {
    name: string;
    description: string;
    body: {
      type: string;
      id?: string;
      attributes: { label?: string; value?: string; options?: (string | { label: string })[] };
    }[];
  }
  const folder = '.github/ISSUE_TEMPLATE';
  const names = readdirSync(join(root, folder)).filter((name) => name !== 'config.yml');
  const forms = new Map(names.map((name) => [name, parse(read(`${folder}/${name}`)) as Form]));

  it('are those of a bug, a feature and a cloud', () => {
    expect(names.toSorted()).toEqual(['bug.yml', 'cloud.yml', 'feature.yml']);
  });

  it.each(names)('%s has what GitHub needs, and warns of secrets', (name) => {
    const form = forms.get(name);
    const ids = form?.body.flatMap(({ id }) => id ?? []) ?? [];

    expect(form).toMatchObject({ name: expect.any(String) as string, description: expect.any(String) as string });
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, id, attributes } of form?.body ?? []) {
      expect(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes']).toContain(type);
      const options = attributes.options?.map((option) => (typeof option === 'string' ? option : option.label));
      expect([type, options !== undefined]).toEqual([type, ['dropdown', 'checkboxes'].includes(type)]);
      expect(options).not.toEqual([]);
      expect(new Set(options).size).toBe(options?.length ?? 0);
      if (type === 'markdown') expect(attributes.value).toMatch(/\S/);
      else expect([id, attributes.label]).toEqual([expect.any(String), expect.any(String)]);
    }
    expect(read(`${folder}/${name}`)).toMatch(/secret/i);
  });

  it('send vulnerabilities to SECURITY.md, and so does the code of conduct', () => {
    const { contact_links: links } = parse(read(`${folder}/config.yml`)) as { contact_links: { url: string }[] };
    const home = String(manifest['repository']?.['url']).replace(/^git\+(.*)\.git$/, '$1');
    const advisory = `${home}/security/advisories/new`;

    expect(links.map(({ url }) => url)).toEqual([`${home}/blob/main/SECURITY.md`]);
    expect(read('SECURITY.md')).toContain(advisory);
    expect(read('CODE_OF_CONDUCT.md')).toContain(advisory);
  });
});
