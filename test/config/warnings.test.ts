// What is valid and probably not meant: a warning with its place. The configuration is used all the same.
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { accept, validate } from './validation.ts';

const tencent = 'accounts: { main: { provider: tencent_postgres } }';
const warningsOf = async (text: string) =>
  (await accept(text, { file: 'c.yaml' })).warnings.map((warning) => formatProblem(warning));

describe('a region that is not on the list', () => {
  it.each(['ap-guangzhuo', 'ap-taipei', 'eu-milan-2', 'me-riyadh'])(
    'is accepted with a warning: %s',
    async (region) => {
      const text = `${tencent}\ninstances: [{ id: p1, region: ${region} }]`;
      expect((await accept(text)).instances[0]?.region).toBe(region);
      expect(await warningsOf(text)).toEqual([
        expect.stringMatching(
          /^c\.yaml:2:31: instances\[0\]\.region: warning: .*the nearest known one is \w\w-\w+$/,
        ) as string,
      ]);
    },
  );

  it.each([
    ['guangzhou', 'ap-guangzhou'],
    ['Guangzhou', 'ap-guangzhou'],
    ['AP-Tokyo', 'ap-tokyo'],
    ['ap_tokyo', 'ap-tokyo'],
    ['frankfurt', 'eu-frankfurt'],
  ])('is refused when it does not look like one: %s', async (region, meant) => {
    const { problems } = await validate(`${tencent}\ninstances: [{ id: p1, region: ${region} }]`);
    expect(problems?.map(({ message }) => message)).toEqual([
      `must be a region of tencent_postgres; did you mean ${meant}?`,
    ]);
  });
});

describe('a warning', () => {
  it.each<[what: string, text: string, warnings: string[]]>([
    [
      'of the same id in two regions',
      `${tencent}\ninstances:\n  - { id: p1, region: ap-tokyo }\n  - { id: p1, region: ap-seoul }\n`,
      ['c.yaml:4:5: instances[1]: warning: the same account and id as instances[0] on line 3, in another region'],
    ],
    [
      'of an account without an instance',
      'accounts:\n  a: { provider: tencent_postgres }\n  b: { provider: tencent_postgres }\ninstances: [{ account: a, id: p1, region: ap-tokyo }]\n',
      ['c.yaml:3:3: accounts.b: warning: no instance belongs to this account'],
    ],
    [
      'of a role at the STS of another site',
      'accounts:\n  a: { provider: tencent_postgres, assume_role: { role_arn: "qcs::cam::uin/100000000001:roleName/r" } }\ninstances: [{ id: p1, region: ap-tokyo }]\n',
      [
        'c.yaml:2:6: accounts.a.sts_endpoint: warning: is of another site than endpoint: set https://sts.intl.tencentcloudapi.com, or the endpoint of the other site',
      ],
    ],
    [
      'of hosts without fetch',
      'accounts:\n  a: { provider: tencent_postgres, ca_bundle: { allowed_hosts: [a.example] } }\ninstances: [{ id: p1, region: ap-tokyo }]\n',
      ['c.yaml:2:36: accounts.a.ca_bundle: warning: has no effect without fetch: true'],
    ],
    [
      'of nothing to watch',
      tencent,
      ['c.yaml:1:1: instances: warning: there is nothing to watch: add an instance, or discovery to an account'],
    ],
    [
      'of an empty list',
      `${tencent}\ninstances: []\n`,
      ['c.yaml:2:12: instances: warning: there is nothing to watch: add an instance, or discovery to an account'],
    ],
    [
      'of no account',
      'accounts: {}\n',
      ['c.yaml:1:1: instances: warning: there is nothing to watch: add an instance, or discovery to an account'],
    ],
    [
      'of a project that is left out',
      'accounts:\n  ob: { provider: oceanbase }\ninstances: [{ id: ob1 }]\n',
      ['c.yaml:2:7: accounts.ob.project_id: warning: is not set: the API uses the project that the key used last'],
    ],
    [
      'of a label in camelCase',
      `${tencent}\ninstances: [{ id: p1, region: ap-tokyo, labels: { costCenter: a, toString: b, team: c } }]\n`,
      ['costCenter', 'toString'].map(
        (name) => expect.stringContaining(`instances[0].labels.${name}: warning: promtool expects`) as string,
      ),
    ],
    ['is not needed', `${tencent}\ninstances: [{ id: p1, region: ap-tokyo, labels: { cost_center: a } }]\n`, []],
  ])('%s', async (_, text, warnings) => {
    expect(await warningsOf(text)).toEqual(warnings);
  });
});

describe('a label that Prometheus would rename', () => {
  it.each(['job', 'instance', 'exported_instance', 'exported_team'])('is refused: %s', async (name) => {
    const { problems = [] } = await validate(
      `${tencent}\ninstances: [{ id: p1, region: ap-tokyo, labels: { ${name}: a } }]`,
    );
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringMatching(`instances\\[0\\].labels.${name}: Prometheus sets or renames this label`) as string,
    ]);
  });
});

describe('10,000 instances with the same mistakes', () => {
  it('are all reported, with what was meant', async () => {
    const accounts = Array.from({ length: 100 }, (_, n) => `  account-${n}: { provider: tencent_postgres }\n`).join('');
    const instances = '  - { account: acount-77, id: p1, region: Guangzhou, label: { a: b } }\n'.repeat(10_000);
    const { problems = [] } = await validate(`accounts:\n${accounts}instances:\n${instances}`);
    expect(problems).toHaveLength(20_000);
    expect(problems.at(-1)?.message).toMatch(/did you mean/);
  });
});
