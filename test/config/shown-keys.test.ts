// A secret in the place of a key is never shown; the names that a reader needs are.
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { secret } from '../support/secret.ts';
import { validate } from './validation.ts';

const key = secret('swapped key');

async function linesOf(text: string): Promise<string> {
  const { problems = [] } = await validate(text);
  expect(problems.length).toBeGreaterThan(0);
  return problems.map(formatProblem).join('\n');
}

describe.each([key, 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3PLANTED', 'PLANTED_0f1e2d3c4b5a69788796a5b4c3d2e1f0'])(
  '%s',
  (text) => {
    const account = 'accounts:\n  main:\n    provider: oceanbase\n';
    it.each([
      ['swapped with its setting', `${account}    ${text}: access_key_secret\n`],
      ['as a key of an account', `${account}    ${text}: x\n`],
      ['as an explicit key', `${account}    ? ${text}\n`],
      ['under scrape', `${account}scrape:\n  ${text}: 1\n`],
      ['under rate_limits', `${account}    rate_limits:\n      ${text}: 1\n`],
      ['as the name of an account', `accounts:\n  ${text}: x\n`],
      [
        'as a listed name of an account',
        `accounts: { ${text}: { provider: oceanbase }, b: { provider: oceanbase } }\ninstances: [{ account: none, id: a }]\n`,
      ],
      [
        'close to a name of an account',
        `accounts: { ${text}: { provider: oceanbase }, b: { provider: oceanbase } }\ninstances: [{ account: ${text}x, id: a }]\n`,
      ],
      ['at the top level', `${account}${text}: x\n`],
      ['twice', `${account}${text}: x\n${text}: x\n`],
      ['as a key of an instance', `${account}instances: [{ id: a, ${text}: b }]\n`],
      ['as a label', `${account}instances: [{ id: a, labels: { ${text}: 1 } }]\n`],
    ])('is hidden %s', async (_, yaml) => {
      const lines = await linesOf(yaml);
      expect(lines).not.toContain(text);
      expect(lines).not.toContain('PLANTED');
    });
  },
);

describe('shown is', () => {
  it.each([
    ['a short word that is no setting', 'scrape: { hunter2: 1 }\naccounts: {}', 'scrape.(not a name): '],
    ['a mistyped setting', 'scrape: { retriess: 1 }\naccounts: {}', 'scrape.retriess: '],
    ['the name of an account', 'accounts: { tencent-intl.2: x }', 'accounts.tencent-intl.2: '],
    [
      'the name of a label',
      'accounts: { a: { provider: oceanbase } }\ninstances: [{ id: a, labels: { team: 1 } }]',
      'instances[0].labels.team: ',
    ],
  ])('%s', async (_, yaml, path) => {
    expect(await linesOf(yaml)).toContain(path);
  });
});
