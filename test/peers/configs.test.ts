// The shipped configurations of Prometheus and Alertmanager, as promtool and amtool see them.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findPeer } from './peer.ts';
import { shipped, shippedRules } from './quick-monitoring.ts';

const promtool = findPeer('promtool');
const amtool = findPeer('amtool');
const alertmanagerFile = resolve(shipped, 'alertmanager.yml');

/** Exit status and output. */
function run(path: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' });
  return { status, stdout, printed: `${stdout}${stderr}` };
}

describe.skipIf(promtool.missing)('prometheus.yml', () => {
  it('is valid, and so are its rules', async () => {
    const { status, printed } = run(promtool.path, ['check', 'config', resolve(shipped, 'prometheus.yml')]);
    const count = (await shippedRules()).flatMap(({ rules }) => rules).length;
    expect([status, printed]).toEqual([0, expect.stringContaining(`SUCCESS: ${count} rules found`)]);
    expect(printed).not.toMatch(/warn|fail|duplicate/i);
  });
});

describe.skipIf(amtool.missing)('alertmanager.yml', () => {
  it('is valid', () => {
    const { status, printed } = run(amtool.path, ['check-config', alertmanagerFile]);
    expect([status, printed]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it.each([
    ['severity=critical', 'oncall'],
    ['severity=warning', 'chat'],
    ['severity=info', 'digest'],
    ['severity=critical team=payments', 'payments-oncall'],
    ['severity=warning team=payments', 'payments-chat'],
    ['severity=info team=payments', 'digest'],
    ['severity=critical team=commerce', 'oncall'],
    ['severity=warning team=commerce', 'chat'],
    ['severity=critical team=', 'oncall'],
    ['alertname=CloudDBExporterDown severity=critical job=clouddb-encryption', 'oncall'],
    ['alertname=SomethingElse', 'chat'],
  ])('%s goes only to %s', (labels, receiver) => {
    expect(receiverOf(labels.split(' '))).toBe(receiver);
  });

  it('has a route for every severity of the rules, and no receiver that nothing goes to', async () => {
    const severities = new Set(
      (await shippedRules()).flatMap(({ rules }) => rules.flatMap((rule) => severityOf(rule))),
    );
    const reached = [...severities].flatMap((severity) =>
      ['payments', 'commerce'].map((team) => receiverOf([`severity=${severity}`, `team=${team}`])),
    );
    const { receivers } = (await readAlertmanager()) as { receivers: { name: string }[] };
    expect([...severities].toSorted()).toEqual(['critical', 'info', 'warning']);
    expect([...new Set(reached)].toSorted()).toEqual(receivers.map(({ name }) => name).toSorted());
  });

  it('needs no secret, and names nothing outside of the machine', async () => {
    const { receivers } = (await readAlertmanager()) as { receivers: { webhook_configs: { url: string }[] }[] };
    for (const { url } of receivers.flatMap((receiver) => receiver.webhook_configs)) {
      expect(new URL(url).hostname).toBe('127.0.0.1');
    }
  });

  it('silences only by and only alerts that the rules have', async () => {
    const names = new Set((await shippedRules()).flatMap(({ rules }) => rules.map(({ alert }) => alert ?? '')));
    const { inhibit_rules } = (await readAlertmanager()) as {
      inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
    };
    const matchers = inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]);
    const named = matchers.flatMap((matcher) => {
      const [, operator = '', value = ''] = /^alertname ([=!~]+) "(.*)"$/.exec(matcher) ?? [];
      return operator === '' ? [] : [{ operator, value: new RegExp(`^(?:${value})$`) }];
    });
    expect(inhibit_rules.length).toBeGreaterThan(0);
    expect(named.length).toBeGreaterThanOrEqual(inhibit_rules.length);
    for (const { value } of named) expect([value, [...names].some((name) => value.test(name))]).toEqual([value, true]);
  });
});

/** The receivers of an alert with these labels, separated by commas. */
function receiverOf(labels: readonly string[]): string {
  const args = ['config', 'routes', 'test', `--config.file=${alertmanagerFile}`, ...labels];
  return run(amtool.path, args).stdout.trim();
}

async function readAlertmanager(): Promise<unknown> {
  return parse(await readFile(alertmanagerFile, 'utf8'));
}

function severityOf(rule: { labels?: Record<string, string> }): string[] {
  const severity = rule.labels?.['severity'];
  return severity === undefined ? [] : [severity];
}
