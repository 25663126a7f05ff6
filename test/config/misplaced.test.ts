// Settings at a wrong level are one problem that says where they belong.
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { validate } from './validation.ts';

const account = 'accounts:\n  main:\n    provider: oceanbase\n    project_id: a\n';

describe('a setting at a wrong level is one problem', () => {
  it.each<[what: string, text: string, problem: RegExp]>([
    [
      'instances under accounts',
      `${account}  instances:\n    - id: a\n`,
      /:5:3: accounts\.instances: .*instances belongs at the left margin/,
    ],
    [
      'scrape under accounts',
      `${account}  scrape: { retries: 1 }\ninstances: [{ id: a }]\n`,
      /:5:3: accounts\.scrape: .*at the left margin/,
    ],
    [
      'instances in an account',
      `${account}    instances: [{ id: a }]\n`,
      /:5:5: accounts\.main\.instances: .*at the left margin/,
    ],
    ['accounts in scrape', `scrape:\n  accounts: {}\n${account}`, /:2:3: scrape\.accounts: .*at the left margin/],
    ['retries at the top', `retries: 1\n${account}`, /:1:1: retries: .*retries belongs under scrape/],
    ['retries in an account', `${account}    retries: 1\n`, /:5:5: accounts\.main\.retries: .*under scrape/],
    [
      'an account at the top',
      'provider: oceanbase\naccess_key_id: x\naccess_key_secret: y\ninstances: [{ id: a }]\n',
      /:1:1: provider: .*provider, access_key_id, and access_key_secret belong in an account, under accounts\.NAME/,
    ],
    [
      'an account without a name',
      'accounts:\n  provider: oceanbase\n  project_id: a\ninstances: [{ id: a }]\n',
      /:2:3: accounts\.provider: must be below the name of an account/,
    ],
    [
      'accounts as a list',
      'accounts:\n  - provider: oceanbase\ninstances:\n  - { account: x, id: a }\n  - { account: y, id: b }\n',
      /:2:3: accounts: must be a mapping, not a list: the name of each account/,
    ],
    [
      'instances as a mapping',
      `${account}instances:\n  a: { region: x }\n`,
      /:6:3: instances: must be a list, not a mapping/,
    ],
    [
      'a rate limit in an account',
      `${account}    GetInstanceSSL: 5\n`,
      /accounts\.main\.GetInstanceSSL: .*under rate_limits/,
    ],
    [
      'a setting of a probe in an instance',
      `${account}instances: [{ id: a, plaintext: true }]\n`,
      /instances\[0\]\.plaintext: .*plaintext belongs under tls_probe$/,
    ],
    [
      'an address in an account',
      `${account}    address: 10.0.0.1\n`,
      /accounts\.main\.address: .*under tls_probe of an instance/,
    ],
    [
      'an address in the probe of an account',
      'accounts:\n  main: { provider: tencent_postgres, tls_probe: { address: 10.0.0.1 } }\n',
      /accounts\.main\.tls_probe\.address: .*under tls_probe of an instance/,
    ],
    [
      'a setting of an instance in what is accepted',
      `${account}instances: [{ id: a, accept: [{ finding: ssl_disabled, until: 2027-01-31, labels: {} }] }]\n`,
      /accept\[0\]\.labels: .*in an entry of the list instances/,
    ],
    [
      'a label of an account',
      `${account}    labels: { a: b }\n`,
      /accounts\.main\.labels: .*in an entry of the list instances/,
    ],
    [
      'no account for an instance',
      'accounts: {}\ninstances: [{ id: a }, { id: b }]\n',
      /:1:11: accounts: has no account/,
    ],
    [
      'a mistyped section',
      'acounts:\n  main: { provider: oceanbase }\n',
      /:1:1: acounts: unknown key; did you mean accounts\?/,
    ],
    [
      'a key with a non-breaking space',
      'accounts:\n\u00a0\u00a0main: { provider: oceanbase }\n',
      /unknown key.*non-breaking space \(U\+00A0\)/,
    ],
    [
      'an account with one',
      `${account}  \u00a0b: { provider: oceanbase }\n`,
      /not the name of an account.*non-breaking space/,
    ],
    [
      'a typographic quote',
      account.replace('oceanbase', '“oceanbase”'),
      /provider: must be one of .*typographic quote \(U\+201C\)/,
    ],
  ])('%s', async (_, text, problem) => {
    const { problems = [] } = await validate(text, { file: 'c.yaml' });
    expect(problems.map(formatProblem)).toEqual([expect.stringMatching(problem) as string]);
  });
});

describe('a mistyped word', () => {
  it.each<[text: string, says: string]>([
    ['accounts: { a: { provider: tencent-postgres } }', 'did you mean tencent_postgres?'],
    ['accounts: { a: { provider: tencent_postgres, secretId: x } }', 'did you mean secret_id?'],
    ['scrape: { max-stale: 1h }\naccounts: {}', 'did you mean max_stale?'],
    ['accounts: { a: { provider: oceanbase, rate_limits: { getInstanceSsl: 1 } } }', 'did you mean GetInstanceSSL?'],
    [
      'accounts: { prod: { provider: oceanbase }, b: { provider: oceanbase } }\ninstances: [{ account: Prod, id: a }]',
      'did you mean prod?',
    ],
    ['accounts: { a: { provider: oceanbase } }\ninstances: [{ id: a, checks: [SSL] }]', 'did you mean ssl?'],
  ])('%s: %s', async (text, says) => {
    const { problems = [] } = await validate(text);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(says) as string]);
  });
});
