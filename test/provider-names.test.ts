// A provider is data: nothing that all of them share names one, or a check of one.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import { metricsPage } from '../scripts/metrics-page.ts';
import { providersPage } from '../scripts/providers-page.ts';
import { providers } from '../src/providers/index.ts';
import { madeUpCheck, madeUpProvider } from './support/made-up-provider.ts';

const root = resolve(import.meta.dirname, '..');

const shared = [
  'src',
  'grafana/src',
  'scripts',
  'prometheus/src',
  'prometheus/rules',
  'prometheus/tests',
  'docs/runbooks',
  'docs/security.md',
];

/** Where the providers themselves are. */
const ofProviders = /^src\/(?:providers|demo)\//;

const vendors = readdirSync(join(root, 'src/providers'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const words = [...new Set([...vendors, ...providers.map(({ id }) => id)])];

/** In any case, from the start of a word or of a part in camelCase: `aws` is not in `withdraws`. */
const naming = new RegExp(
  words
    .map(([first = '', ...rest]) => {
      const tail = rest.map((letter) => `[${letter}${letter.toUpperCase()}]`).join('');
      return `(?:(?<![A-Za-z])${first}|${first.toUpperCase()})${tail}`;
    })
    .join('|'),
);

/** A matcher of PromQL with a check written out, but those that are no provider's; the quote may be escaped, as in JSON. */
const checkMatcher = /\bcheck\s*(?:=~|!~|!=|=)\s*\\?"(?!(?:ca\|)?tls\\?")[^"$%\\]/;

/** The lines that name a provider, or match a check. */
function namesIn(text: string): string[] {
  return text.split('\n').filter((line) => naming.test(line) || checkMatcher.test(line));
}

function filesBelow(path: string): string[] {
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !ofProviders.test(file));
}

/** The lines of each shared file that are not as they should be. */
const found = new Map(
  shared.flatMap(filesBelow).flatMap((file) => {
    const lines = namesIn(readFileSync(join(root, file), 'utf8'));
    // The unit tests of the rules have checks, of made-up providers.
    const wrong = file.startsWith('prometheus/tests') ? lines.filter((line) => naming.test(line)) : lines;
    return wrong.length === 0 ? [] : [[file, wrong] as const];
  }),
);

describe('a provider', () => {
  it('is named by no shared file, nor is a check of one in a query', () => {
    expect(Object.fromEntries(found)).toEqual({});
  });

  const madeUp = [
    madeUpProvider('north_pg', {
      checks: [madeUpCheck('wire', { action: 'Describe', perSecond: 2, facts: { server_certificate: 'notAfter' } })],
    }),
  ];

  it.each(
    Object.entries({
      ...dashboardFiles(madeUp),
      'docs/metrics.md': metricsPage(madeUp),
      'docs/providers/README.md': providersPage(madeUp),
    }),
  )('is in %s only because it is on the list', (_, content) => {
    expect(namesIn(content)).toEqual([]);
    expect(content.includes('north_pg') || !/limit_/.test(content)).toBe(true);
  });

  it('is recognised however it is written', () => {
    for (const word of words) {
      for (const text of [word, `start${word[0]?.toUpperCase()}${word.slice(1)}Api`, `x="${word.toUpperCase()}"`]) {
        expect(namesIn(text)).toEqual([text]);
      }
    }
    expect(namesIn('up{check="ssl"}\nup{check=~\\"ssl|tls\\"}\nup{check=%q}\nby (check)')).toHaveLength(2);
  });
});
