// The fleet dashboard and the table of findings find the same, of the same exposition: the queries run in promtool.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { recorded } from '../../grafana/src/queries.ts';
import { type Family, instanceFamilies, lastingFamilies, stateFamilies } from '../../src/metrics/catalogue.ts';
import { expositionBytes, renderExposition } from '../../src/metrics/exposition.ts';
import { type Finding, severities } from '../../src/model/finding.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { reportableFacts } from '../../src/model/provider.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { findingsOf } from '../../src/posture/findings.ts';
import { fleetFindings } from '../../src/posture/fleet-findings.ts';
import { subjectOf } from '../../src/posture/subject.ts';
import { dashboard, firstValues, substitute } from '../support/dashboards.ts';
import { parseExposition } from '../support/exposition.ts';
import { createPeerFolder, findPeer } from './peer.ts';
import { fleet, minutes, nowMs, provider } from './varied-fleet.ts';

const promtool = findPeer('promtool');

const findingsOfEach = fleet.map((known) => ({
  id: known.instance.id,
  account: known.instance.account,
  accepts: (known.instance.accept ?? []).some(({ untilMs }) => untilMs >= nowMs),
  open: findingsOf(subjectOf(known, provider, nowMs, defaultThresholds)).filter(
    // The dashboards show one row for an account of which every check of the API fails.
    ({ accepted, kind, title }) =>
      accepted === undefined &&
      !(known.instance.account === 'blind' && kind === 'check_failing' && !title.startsWith('Check tls ')),
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
        "certificate_drift warning",
        "certificate_expired critical",
        "certificate_expiring critical",
        "certificate_expiring warning",
        "certificate_invalid critical",
        "certificate_invalid warning",
        "certificate_unknown info",
        "check_failing info",
        "check_failing warning",
        "field_unreadable info",
        "key_disabled critical",
        "key_disabled info",
        "key_old info",
        "not_encrypted_at_rest warning",
        "plaintext_accepted critical",
        "plaintext_accepted warning",
        "ssl_disabled critical",
        "ssl_not_forced warning",
        "tls_outdated warning",
        "tls_refused critical",
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
    const values: Record<string, number> = { critical: 5, unknown: 4, warning: 3, info: 2 };
    const expected = findingsOfEach.map(({ open, id, accepts }) => {
      const worst = severities.find((severity) => open.some((finding) => finding.severity === severity));
      return `{instance_id="${id}", state="${worst === undefined ? Number(accepts) : values[worst]}"}`;
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

  it('list the lists of instances that fail, by whether they were complete before', async () => {
    const hourAgo = nowMs / 1000 - 3601;
    const lists: [account: string, success: string, lastSuccess?: number][] = [
      ['never', '0x40'],
      ['before', '0x40', hourAgo],
      ['lately', '0x40', hourAgo + 60],
      ['just-now', `1x${minutes - 10} 0x40`, hourAgo],
      ['fine', '1x40', nowMs / 1000],
    ];
    const series = lists.flatMap(([account, success, lastSuccess]) => {
      const labels = `{job="j",instance="e",provider="p",account="${account}",cloud_region="r"}`;
      return [
        { series: `${stateFamilies.discoverySuccess.name}${labels}`, values: success },
        ...(lastSuccess === undefined
          ? []
          : [{ series: `${stateFamilies.discoveryLastSuccess.name}${labels}`, values: `${lastSuccess}x40` }]),
      ];
    });
    const ofLists = `0 * max by (account, alert) (${queryOf('What to do')}) and on (account) clouddb_discovery_success`;
    expect(
      await mismatch([...(await seriesOf([])), ...series], ofLists, [
        '{account="never", alert="CloudDBDiscoveryNeverSucceeded"}',
        '{account="before", alert="CloudDBDiscoveryFailing"}',
      ]),
    ).toBe('');
  });

  it('find that nothing is watched', async () => {
    const [nothing] = fleetFindings([], nowMs);
    expect(nothing?.kind).toBe('nothing_watched');
    expect(await mismatch(await seriesOf([]), list, ['{finding="nothing_watched", severity="2"}'])).toBe('');
  });
});
