// Runs the shipped rules in promtool against series that are functions of the time.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { defaultParameters } from '../../prometheus/src/rule.ts';
import { ruleGroups } from '../../prometheus/src/rules.ts';
import { findPeer } from './peer.ts';

export const promtool = findPeer('promtool');
const rules = resolve(import.meta.dirname, '../../prometheus/rules/clouddb-encryption.yaml');

/** A series: its value in each minute; undefined is a scrape without it. */
export interface TestSeries {
  name: string;
  labels: Readonly<Record<string, string>>;
  valueAt: (minute: number) => number | undefined;
}

/** What an expression returns at a minute, as `labels value`. */
export interface Expectation {
  expr: string;
  minute: number;
  samples: readonly { labels: string; value: number }[];
}

/** A selector of one series. */
export function selector(name: string, labels: TestSeries['labels']): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(', ')}}`;
}

/** What promtool reports of these expectations; empty when all are met. @param step minutes between evaluations */
export async function testRules(
  series: readonly TestSeries[],
  expectations: readonly Expectation[],
  step = 1,
): Promise<string> {
  const last = Math.max(...expectations.map(({ minute }) => minute));
  const file = {
    rule_files: [rules],
    evaluation_interval: `${step}m`,
    group_eval_order: ruleGroups(defaultParameters).map(({ name }) => name),
    tests: [
      {
        interval: `${step}m`,
        input_series: series.map(({ name, labels, valueAt }) => ({
          series: selector(name, labels),
          values: valuesOf(valueAt, last, step),
        })),
        promql_expr_test: expectations.map(({ expr, minute, samples }) => ({
          expr,
          eval_time: `${minute}m`,
          exp_samples: samples,
        })),
      },
    ],
  };
  const folder = await mkdtemp(join(tmpdir(), 'rule-test-'));
  try {
    const path = join(folder, 'test.yaml');
    await writeFile(path, stringify(file, { aliasDuplicateObjects: false, lineWidth: 0 }));
    return await new Promise((done) => {
      execFile(promtool.path, ['test', 'rules', path], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        done(error === null ? '' : stdout + stderr),
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In the notation of promtool: runs of equal values; a scrape without the series marks it stale. */
function valuesOf(valueAt: TestSeries['valueAt'], last: number, step: number): string {
  const runs: { text: string; length: number }[] = [];
  let before: number | undefined;
  for (let minute = 0; minute <= last; minute += step) {
    const value = valueAt(minute);
    const text = value === undefined ? (before === undefined ? '_' : 'stale') : String(value);
    const run = runs.at(-1);
    if (run?.text === text) run.length++;
    else runs.push({ text, length: 1 });
    before = value;
  }
  return runs
    .map(({ text, length }) => (length === 1 ? text : `${text}x${text === '_' ? length : length - 1}`))
    .join(' ');
}

/** The labels of the alerts that fire at a minute. */
export async function alertsAt(series: readonly TestSeries[], minute: number): Promise<TestSeries['labels'][]> {
  // promtool prints what an expression returns only where it differs from what was expected.
  const report = await testRules(series, [{ expr: 'ALERTS{alertstate="firing"}', minute, samples: [] }], 2);
  const got = report.split('got:')[1] ?? '';
  return [...got.matchAll(/\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}/g)].map(([, pairs = '']) =>
    Object.fromEntries(
      [...pairs.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, name = '', value = '""']) => [
        name,
        JSON.parse(value) as string,
      ]),
    ),
  );
}
