// Each problem of a configuration: its position and exact message.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { problemLines } from '../../src/files/problem-lines.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { reservedLabels } from '../../src/metrics/catalogue.ts';
import { providers } from '../../src/providers/index.ts';
import { validate, validateSecrets } from './validation.ts';

const folder = join(import.meta.dirname, 'fixtures/bad');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** Part of every secret of the fixtures: as a value, in a file, in the environment, in a wrong place. */
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
  const { problems = [] } = await validateSecrets(readFileSync(file, 'utf8'), file, env);
  return problemLines(problems.map((problem) => ({ ...problem, file: basename(problem.file) }))).map((line) =>
    line.replaceAll(folder, '{folder}'),
  );
}

describe('every problem is reported with its position and without secrets', () => {
  it.each(files)('%s', async (name) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const text = readFileSync(join(folder, name.replace(/\.yaml$/, '.expect.txt')), 'utf8');
    const expected = text.replaceAll('{providers}', providers.map(({ id }) => id).join(', '));

    expect(`${(await complaints(name)).join('\n')}\n`).toBe(expected);
    expect(expected).not.toMatch(planted);
    // Nor does a warning of the YAML library, which is printed.
    expect(JSON.stringify(warned.mock.calls)).not.toMatch(planted);
  });
});

describe('an account with a line end in its name', () => {
  it('does not break the line of a problem that lists the accounts', async () => {
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

describe('a file with 130,000 problems', () => {
  it('has all of them reported', async () => {
    const { problems = [] } = await validate('x: 1\n'.repeat(130_000));

    // The first key is unknown, and the others repeat it; there are no accounts, either.
    expect(problems).toHaveLength(130_001);
  });
});
