// The fleet dashboard and the table of findings find the same, of the same exposition: the queries run in promtool.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { recorded } from '../../grafana/src/queries.ts';
import { type Family, instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import { type Facts, mergeFacts } from '../../src/model/facts.ts';
import { Failure, type Reason } from '../../src/model/failure.ts';
import { type Acceptance, type Finding, instanceFindings, severities } from '../../src/model/finding.ts';
import type { CheckKnowledge, Knowledge } from '../../src/model/knowledge.ts';
import { reportableFacts } from '../../src/model/provider.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { findingsOf, fleetFindings } from '../../src/posture/findings.ts';
import { subjectOf } from '../../src/posture/subject.ts';
import { dashboard, firstValues, substitute } from '../support/dashboards.ts';
import { parseExposition } from '../support/exposition.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';
import '../support/seed.ts';
import { createPeerFolder, findPeer } from './peer.ts';

const promtool = findPeer('promtool');

/** When the queries are evaluated, in minutes: promtool begins at 0 in unix time. */
const minutes = 40;
const nowMs = minutes * 60_000;
const inDays = (days: number) => nowMs / 1000 + days * 86_400;

const source = (...facts: string[]) => ({ facts: Object.fromEntries(facts.map((fact) => [fact, 'x'])) });
const provider = madeUpProvider('p', {
  checks: [
    madeUpCheck('wire', source('ssl_enabled', 'ssl_forced', 'ssl_force_supported', 'cert_valid', 'server_certificate')),
    madeUpCheck('keys', source('kms_keys', 'at_rest_encryption_enabled')),
  ],
});

const some = <T>(...values: T[]) => fc.constantFrom<T | undefined>(undefined, ...values);
const days = fc.constantFrom(-400, -3, 0.5, 1.9, 2.1, 6.9, 7.1, 29, 31, 179, 181, 400);

const server = fc.record({
  certificate: fc.constant('server' as const),
  source: fc.constant('api' as const),
  subjectCn: fc.constant(''),
  notAfterSeconds: days.map(inDays),
});
const ca = fc.record({
  certificate: fc.constant('ca' as const),
  source: fc.constant('ca_bundle' as const),
  subjectCn: fc.constantFrom('old', 'new'),
  notAfterSeconds: days.map(inDays),
  serial: fc.uuid(),
});
const key = fc.record({
  id: fc.uuid(),
  alias: fc.constantFrom('', 'alias'),
  region: fc.constant('r'),
  clusterId: fc.constant(''),
  enabled: some(true, false),
  createdSeconds: some(-10, -364, -366).map((age) => age && inDays(age)),
});

const wire: fc.Arbitrary<Facts> = fc.record({
  sslEnabled: some(true, true, false),
  sslForced: some(true, false),
  sslForceSupported: some(true, false),
  certValid: some(true, false),
  certAutoRenewEnabled: some(true, false),
  certificates: fc
    .tuple(fc.array(server, { maxLength: 1 }), fc.array(ca, { maxLength: 2 }))
    .map((lists) => lists.flat()),
});
const atRest: fc.Arbitrary<Facts> = fc.record({
  keys: fc.option(fc.uniqueArray(key, { maxLength: 3, selector: ({ id }) => id }), { nil: undefined }),
  encryptedAtRest: some(true, false),
});

/** A check with these facts, or one that fails; some checks keep their facts meanwhile. */
function check(name: string, facts: fc.Arbitrary<Facts>, alwaysFails: boolean): fc.Arbitrary<CheckKnowledge> {
  const failing = fc.record({
    reason: fc.constantFrom<Reason>('timeout', 'instance_state', 'unsupported'),
    failingMinutes: fc.constantFrom(5, 16, 30),
    kept: fc.boolean(),
  });
  const lasting = failing.map((failure) => ({ ...failure, reason: 'timeout' as const, failingMinutes: 30 }));
  const failure = alwaysFails ? lasting : fc.option(failing, { freq: 3, nil: undefined });
  return fc.record({ failure, facts }).map(({ failure: failed, facts: reported }): CheckKnowledge => {
    const known = failed === undefined || (failed.kept && failed.reason !== 'unsupported');
    const failingSinceMs = failed && nowMs - failed.failingMinutes * 60_000;
    return {
      check: name,
      facts: known ? reported : undefined,
      factsAtMs: known ? nowMs : undefined,
      unreadable: known && reported.certificates?.length === 1 ? ['CACert'] : [],
      lastSuccessMs: failingSinceMs ?? nowMs,
      failingSinceMs,
      last: { failure: failed && new Failure(failed.reason, 'x'), endedAtMs: nowMs, endedAt: 0, durationMs: 1 },
      outcomes: () => [],
    };
  });
}

const acceptance = fc.record({
  finding: fc.constantFrom(...instanceFindings),
  untilMs: fc.constantFrom(-1, 1).map((day) => inDays(day) * 1000),
  reason: fc.constant(''),
});

/** An instance of an account; all checks of the account `blind` fail. */
function instance(account: string): fc.Arbitrary<Omit<Knowledge, 'instance'> & { accept: Acceptance[] }> {
  const checks = fc.tuple(check('wire', wire, account === 'blind'), check('keys', atRest, account === 'blind'));
  const accept = fc.uniqueArray(acceptance, { maxLength: 2, selector: ({ finding }) => finding });
  return fc.record({ checks, accept }).map(({ checks: list, accept: accepted }) => ({
    checks: list,
    facts: mergeFacts(list.map(({ facts }) => facts)),
    accept: accepted,
  }));
}

const fleet: readonly Knowledge[] = ['seeing', 'blind'].flatMap((account, index) =>
  fc.sample(instance(account), [200, 5][index]).map(({ accept, ...known }, number) => ({
    ...known,
    instance: {
      account,
      provider: 'p',
      id: `${account}-${number}`,
      region: 'r',
      name: `name ${number}`,
      labels: { team: 'a' },
      checks: ['wire', 'keys'],
      accept,
    },
  })),
);

const findingsOfEach = fleet.map((known) => ({
  id: known.instance.id,
  account: known.instance.account,
  open: findingsOf(subjectOf(known, provider, nowMs, defaultThresholds)).filter(
    // The dashboards show one row for an account of which every check fails.
    ({ accepted, kind }) => accepted === undefined && !(known.instance.account === 'blind' && kind === 'check_failing'),
  ),
}));

/** A series of a test of promtool. */
interface InputSeries {
  series: string;
  values: string;
}

/** The series of a fleet, one value a minute. */
async function seriesOf(known: readonly Knowledge[]): Promise<InputSeries[]> {
  const input = { format: 'text', nowMs, instances: known, engineOf: () => 'e', ownLabels: ['team'] } as const;
  const samples = parseExposition((await expositionBytes(await renderExposition(input))).toString());
  const failingSince = new Map(
    known.flatMap(({ instance: { id }, checks }) => checks.map((one) => [`${id} ${one.check}`, one.failingSinceMs])),
  );
  const own = [
    [`${lastingFamilies.buildInfo.name}{job="j",instance="e"}`, '1x40'],
    ...reportableFacts(provider).map(({ check: name, fact }) => [
      `${stateFamilies.factInfo.name}{provider="p",check="${name}",fact="${fact}"}`,
      '1x40',
    ]),
    ...(known.length === 0 ? [] : [[`${stateFamilies.instances.name}{job="j",instance="e"}`, `${known.length}x40`]]),
  ];
  const ofInstances = samples.map(({ name, labels, value }) => {
    const pairs = Object.entries({ job: 'j', instance: 'e', ...labels }).map(
      ([label, text]) => `${label}=${JSON.stringify(text)}`,
    );
    const since = failingSince.get(`${labels['instance_id']} ${labels['check']}`);
    const failed = name === 'clouddb_check_success' && value === 0 && since !== undefined;
    const before = failed ? since / 60_000 : 0;
    const values = failed ? `1x${before - 1} 0x${minutes - before}` : `${value}x${minutes}`;
    return [`${name}{${pairs.join(',')}}`, values];
  });
  return [...own, ...ofInstances].map(([series = '', values = '']) => ({ series, values }));
}

const board = dashboard('clouddb-fleet.json');

/** A query of the fleet dashboard with the variables at their defaults. */
function queryOf(title: string): string {
  const expr = board.panels.find((panel) => panel.title === title)?.targets?.[0]?.expr ?? '';
  return substitute(expr, { ...firstValues(board), __range: '30m' });
}

describe.skipIf(promtool.missing)('of the same exposition', () => {
  let folder: Awaited<ReturnType<typeof createPeerFolder>>;
  beforeAll(async () => {
    folder = await createPeerFolder();
  });
  afterAll(async () => folder.remove());

  /** What promtool says where the query does not have these series. */
  async function mismatch(
    input_series: readonly InputSeries[],
    expr: string,
    labels: readonly string[],
  ): Promise<string> {
    const file = join(folder.path, 'test.yaml');
    const exp_samples = [...new Set(labels)].map((label) => ({ labels: label, value: 0 }));
    const test = {
      interval: '1m',
      input_series,
      promql_expr_test: [{ expr, eval_time: `${minutes}m`, exp_samples }],
    };
    await writeFile(file, stringify({ rule_files: [], tests: [test] }));
    const { status, stdout, stderr } = spawnSync(promtool.path, ['test', 'rules', file], { encoding: 'utf8' });
    return status === 0 ? '' : `${stdout}${stderr}`.slice(-4000);
  }

  const ranks: Record<string, number> = { critical: 3, warning: 2, info: 1 };
  const row = ({ kind, severity }: Finding, account: string, id: string) =>
    `{account="${account}", finding="${kind}",${id === '' ? '' : ` instance_id="${id}",`} severity="${ranks[severity]}"}`;
  const list = `0 * max by (account, finding, severity, instance_id) (${queryOf('What to do')})`;

  it('the fleet has every kind of finding, in every severity', () => {
    const found = new Set(
      findingsOfEach.flatMap(({ open }) => open.map(({ kind, severity }) => `${kind} ${severity}`)),
    );
    expect([...found].toSorted()).toMatchInlineSnapshot(`
      [
        "ca_expiring critical",
        "ca_expiring warning",
        "certificate_expired critical",
        "certificate_expiring critical",
        "certificate_expiring warning",
        "certificate_invalid critical",
        "certificate_unknown info",
        "check_failing info",
        "check_failing warning",
        "field_unreadable info",
        "key_disabled critical",
        "key_disabled info",
        "key_old info",
        "not_encrypted_at_rest warning",
        "ssl_disabled critical",
        "ssl_not_forced warning",
        "unknown unknown",
      ]
    `);
  });

  it('list the same problems', async () => {
    const expected = [
      ...findingsOfEach.flatMap(({ open, account, id }) =>
        open.filter(({ severity }) => severity !== 'unknown').map((finding) => row(finding, account, id)),
      ),
      ...fleetFindings(fleet, nowMs).map((finding) => row(finding, 'blind', '')),
    ];
    expect(await mismatch(await seriesOf(fleet), list, expected)).toBe('');
  });

  it('have the same worst severity of each instance', async () => {
    const values: Record<string, number> = { critical: 4, unknown: 3, warning: 2, info: 1 };
    const expected = findingsOfEach.map(({ open, id }) => {
      const worst = severities.find((severity) => open.some((finding) => finding.severity === severity));
      return `{instance_id="${id}", state="${worst === undefined ? 0 : values[worst]}"}`;
    });
    const states = `count by (instance_id, state) (count_values by (instance_id) ("state", ${queryOf('Each instance')}))`;
    expect(await mismatch(await seriesOf(fleet), `0 * ${states}`, expected)).toBe('');
  });

  it('list what was known last, as such, when only the recording rules know it', async () => {
    const kept = new Map(
      Object.values<Family>(instanceFamilies)
        .filter(({ name }) => !/_check_(?!unreadable)/.test(name))
        .map((family) => [family.name, recorded(family)]),
    );
    const series = (await seriesOf(fleet)).flatMap(({ series: text, values }) => {
      const record = kept.get(/^\w+/.exec(text)?.[0] ?? '');
      return record === undefined ? [] : [{ series: text.replace(/^\w+/, record), values }];
    });
    const expected = findingsOfEach.flatMap(({ open, id }) =>
      open
        .filter(({ kind, severity }) => severity !== 'unknown' && kind !== 'check_failing')
        .map(({ kind }) => `{finding="${kind}", instance_id="${id}", known="last known"}`),
    );
    const query = `0 * max by (finding, instance_id, known) (${queryOf('What to do')})`;
    const absent = '{finding="exporter_absent"}';
    expect(await mismatch(series, query, [...expected, absent])).toBe('');
  });

  it('find that nothing is watched', async () => {
    const [nothing] = fleetFindings([], nowMs);
    expect(nothing?.kind).toBe('nothing_watched');
    expect(await mismatch(await seriesOf([]), list, ['{finding="nothing_watched", severity="2"}'])).toBe('');
  });
});
