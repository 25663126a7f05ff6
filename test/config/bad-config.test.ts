// Every mistake in a configuration: where it is, and what is said about it, to the letter.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { reservedLabels } from '../../src/metrics/catalogue.ts';
import { validate } from './validation.ts';

const folder = join(import.meta.dirname, 'fixtures/bad');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** Stands in every secret of the fixtures: as a value, in a file, in the environment, in a place where it is wrong. */
const planted = /planted/i;

const env = {
  TEST_ID: 'PLANTED-env-id',
  TEST_SECRET: 'PLANTED-env-secret',
  TEST_EMPTY: '',
  TEST_BLANK: ' \n',
  TEST_TWO_LINES: 'PLANTED-first\nPLANTED-second',
};

/** The lines that a user reads, with the bare name of the file. */
async function complaints(name: string): Promise<string[]> {
  const file = join(folder, name);
  const { problems = [] } = await validate(readFileSync(file, 'utf8'), { file, env });
  return problems.map((problem) => formatProblem({ ...problem, file: basename(problem.file) }));
}

describe('every mistake is told, where it is', () => {
  it.each(files)('%s', async (name) => {
    const expected = readFileSync(join(folder, name.replace(/\.yaml$/, '.expect.txt')), 'utf8');

    expect(`${(await complaints(name)).join('\n')}\n`).toBe(expected);
  });
});

describe('no complaint holds a secret', () => {
  it.each(files)('%s', async (name) => {
    expect((await complaints(name)).join('\n')).not.toMatch(planted);
  });

  it('and neither does a warning of the YAML parser', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);

    for (const name of files) await complaints(name);

    expect(JSON.stringify(warned.mock.calls)).not.toMatch(planted);
  });
});

describe('every complaint', () => {
  it.each(files)('is one line, in words, in the order of the file: %s', async (name) => {
    const file = join(folder, name);
    const { problems = [] } = await validate(readFileSync(file, 'utf8'), { file, env });
    const places = problems.map(({ line, column }) => line * 10_000 + column);

    expect(problems.length).toBeGreaterThan(0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const problem of problems) {
      expect(formatProblem(problem)).not.toMatch(/\p{Cc}/u);
      expect(problem.message).not.toMatch(/\b[A-Z]+_[A-Z_]+\b|\[object|undefined|NaN/);
    }
  });
});

describe('an account with a line end in its name', () => {
  it('does not break the line of a complaint that lists the accounts', async () => {
    const { problems = [] } = await validate(
      'accounts: { "two\\nlines": { provider: oceanbase } }\ninstances: [{ account: nobody, id: ob1 }]',
    );

    expect(problems).toHaveLength(2);
    expect(problems.map(formatProblem).join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('labels that the exporter itself uses', () => {
  it.each([...reservedLabels])('%s is refused', async (label) => {
    const { problems = [] } = await validate(
      `accounts: { main: { provider: oceanbase } }\ninstances: [{ id: ob1, labels: { ${label}: x } }]`,
    );

    expect(problems.map(({ path }) => path)).toEqual([`instances[0].labels.${label}`]);
  });
});
