// `discovery` of an account: what it means, its defaults, and what is wrong with it.
import { describe, expect, it } from 'vitest';
import { accept, validate } from './validation.ts';

const tencent = (discovery: string, more = '') =>
  `accounts:\n  tc: { provider: tencent_postgres${more}, discovery: ${discovery} }\n`;

async function discoveryOf(text: string) {
  const { accounts } = await accept(text);
  return [...accounts.values()][0]?.discovery;
}

/** Also warnings. */
async function problemsOf(text: string): Promise<string[]> {
  const { problems = [], warnings = [] } = await validate(text);
  return [...problems, ...warnings].map(({ path, message }) => `${path}: ${message}`);
}

describe('discovery', () => {
  it('lists the given regions every 5 minutes, and watches all instances with all checks', async () => {
    expect(await discoveryOf(tencent('{ regions: [ap-tokyo, ap-seoul, ap-tokyo] }'))).toEqual({
      regions: ['ap-tokyo', 'ap-seoul'],
      tags: {},
      exclude: new Set(),
      refreshIntervalMs: 300_000,
      tagLabels: [],
      template: { account: 'tc', provider: 'tencent_postgres', checks: ['ssl', 'kms'] },
    });
  });

  it('has all settings', async () => {
    const given = `{ regions: [ap-tokyo], tags: { env: prod }, exclude: [postgres-x], refresh_interval: 1h, tag_labels: [team, cost-center, "5th"] }`;
    expect(await discoveryOf(tencent(given))).toMatchObject({
      tags: { env: 'prod' },
      exclude: new Set(['postgres-x']),
      refreshIntervalMs: 3_600_000,
      tagLabels: [
        { tag: 'team', label: 'team' },
        { tag: 'cost-center', label: 'cost_center' },
        { tag: '5th', label: '_5th' },
      ],
    });
  });

  it.each(['{}', '', '{ refresh_interval: 5m }'])('needs no region where the provider has none: %j', async (given) => {
    const text = `accounts:\n  ob: { provider: oceanbase, project_id: "1" }\n`.replace(' }', `, discovery: ${given} }`);
    expect(await discoveryOf(text)).toMatchObject({ regions: [''], refreshIntervalMs: 300_000 });
  });

  it('gives the found instances the opt-in checks of their account', async () => {
    const more = ', tls_probe: { plaintext: true }, ca_bundle: { fetch: true, allowed_hosts: [ca.example.com] }';
    const found = await discoveryOf(tencent('{ regions: [ap-tokyo] }', more));
    expect(found?.template.checks.toSorted()).toEqual(['ca', 'kms', 'ssl', 'tls']);
    expect(found?.template.tlsProbe).toEqual({ plaintext: true });
  });

  it('can choose the checks', async () => {
    const more = ', tls_probe: {}';
    const found = await discoveryOf(tencent('{ regions: [ap-tokyo], checks: [ssl] }', more));
    expect(found?.template).toEqual({ account: 'tc', provider: 'tencent_postgres', checks: ['ssl'] });
  });

  it('is enough to watch', async () => {
    expect((await accept(tencent('{ regions: [ap-tokyo] }'))).warnings).toEqual([]);
  });

  it('of a region that is not known here is a warning', async () => {
    const { warnings } = await accept(tencent('{ regions: [ap-tokio] }'));
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringMatching(/^accounts\.tc\.discovery\.regions\[0\]: not a region .* ap-tokyo$/),
    ]);
  });
});

describe('is refused', () => {
  const path = 'accounts.tc.discovery';
  it.each([
    ['without regions', '{}', `${path}.regions: is required`],
    ['without anything', '', `${path}.regions: is required`],
    ['with no region', '{ regions: [] }', `${path}.regions: must have at least one region`],
    ['with something that is no region', '{ regions: ["https://x"] }', `${path}.regions[0]: must be a region`],
    ['with an unknown key', '{ regions: [ap-tokyo], tag: {} }', `${path}.tag: unknown key`],
    [
      'with a wrong interval',
      '{ regions: [ap-tokyo], refresh_interval: 5 }',
      `${path}.refresh_interval: must be a dur`,
    ],
    ['with an unknown check', '{ regions: [ap-tokyo], checks: [tde] }', `${path}.checks[0]: tencent_postgres has only`],
    ['with a check of the account', '{ regions: [ap-tokyo], checks: [ca] }', `${path}.checks[0]: needs ca_bundle`],
    ['with an interval of 0', '{ regions: [ap-tokyo], refresh_interval: 0s }', undefined],
    ['with a tag that is a list', '{ regions: [ap-tokyo], tags: [env] }', `${path}.tags: must be a mapping`],
    ['with a tag that is a number', '{ regions: [ap-tokyo], tags: { env: 1 } }', `${path}.tags.env: must be a string`],
    [
      'with a label of the exporter',
      '{ regions: [ap-tokyo], tag_labels: [account] }',
      `${path}.tag_labels[0]: as a label`,
    ],
    ['with a label of Prometheus', '{ regions: [ap-tokyo], tag_labels: [job] }', `${path}.tag_labels[0]: as a label`],
    ['with two tags of one label', '{ regions: [ap-tokyo], tag_labels: [a-b, a.b] }', `${path}.tag_labels[1]: becomes`],
    [
      'with a tag without a name',
      '{ regions: [ap-tokyo], tag_labels: [""] }',
      `${path}.tag_labels[0]: must not be empty`,
    ],
  ])('%s', async (_what, given, expected) => {
    const problems = await problemsOf(tencent(given));
    expect(problems.join('\n')).toContain(expected ?? '');
    expect(problems).toHaveLength(expected === undefined ? 0 : 1);
  });

  it('with regions where the provider has none', async () => {
    const text = 'accounts:\n  ob: { provider: oceanbase, project_id: "1", discovery: { regions: [ap-tokyo] } }\n';
    expect((await problemsOf(text)).join()).toMatch(/accounts\.ob\.discovery\.regions: unknown key/);
  });

  it('that is invalid is that problem only, not also an account without anything to watch', async () => {
    const { problems, warnings } = await validate(tencent('{ regions: [] }'));
    expect(problems).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});
