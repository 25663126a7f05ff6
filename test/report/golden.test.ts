// The report on the fleet of the demo in each format; `UPDATE_GOLDEN=1` writes the files anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { startDemo } from '../../src/commands/demo.ts';
import { createExporter } from '../../src/commands/exporter.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { Knowledge, ListState } from '../../src/model/knowledge.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import type { ReportFormat } from '../../src/report/format-names.ts';
import { renderReport } from '../../src/report/formats.ts';
import { buildReport } from '../../src/report/report.ts';
import { type Report, reportJsonSchema } from '../../src/report/schema.ts';
import { adviceOf } from '../../src/report/words.ts';

/** When the golden report was written. */
const nowMs = Date.UTC(2026, 10, 22, 3, 15);
const dayMs = 86_400_000;
/** The databases are probed today, at the same time of the day, because TLS has no other clock. */
const shiftMs = nowMs - (Math.floor(Date.now() / dayMs) * dayMs + (nowMs % dayMs));
const nothing = () => undefined;

const shifted = (seconds: number | undefined) => seconds && seconds + shiftMs / 1000;

/** With the dates of the golden report, and without what differs in each run: keys of certificates. */
function stable({ certificates, keys, ...facts }: Facts): Facts {
  return {
    ...facts,
    certificates: certificates?.map((certificate) => ({
      ...certificate,
      notAfterSeconds: certificate.notAfterSeconds + shiftMs / 1000,
      notBeforeSeconds: shifted(certificate.notBeforeSeconds),
      fingerprintSha256: certificate.fingerprintSha256 && 'f'.repeat(64),
    })),
    keys: keys?.map((key) => ({ ...key, createdSeconds: shifted(key.createdSeconds) })),
  };
}

/** As if its checks had finished then. */
function fiveSecondsAgo({ instance, ...knowledge }: Knowledge): Knowledge {
  const at = nowMs - 5000;
  const checks = knowledge.checks.map((check) => ({
    ...check,
    facts: check.facts && stable(check.facts),
    factsAtMs: check.facts && at,
    lastSuccessMs: check.lastSuccessMs && at,
    failingSinceMs: check.failingSinceMs && at,
    last: check.last && { ...check.last, endedAtMs: at },
  }));
  const accept = instance.accept?.map((one) => ({ ...one, untilMs: one.untilMs + shiftMs }));
  return {
    ...knowledge,
    instance: { ...instance, ...(accept && { accept }) },
    facts: stable(knowledge.facts),
    checks,
  };
}

const listedFiveSecondsAgo = (list: ListState): ListState => ({
  ...list,
  lastSuccessMs: list.lastSuccessMs && nowMs - 5000,
  last: list.last && { ...list.last, endedAtMs: nowMs - 5000 },
});

let report: Report;
beforeAll(async () => {
  const { config, close } = await startDemo(nowMs - shiftMs);
  const exporter = createExporter({
    config,
    shard: wholeFleet,
    build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v20' },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    processMetrics: false,
  });
  await exporter.sweep();
  const { accounts, thresholds } = config.current();
  report = await buildReport({
    fleet: exporter.knowledge().map(fiveSecondsAgo),
    lists: exporter.lists().map(listedFiveSecondsAgo),
    providerOf: (account) => accounts.get(account)?.provider ?? { checks: [] },
    thresholds,
    nowMs,
    version: '1.2.3',
    configFile: 'config.yaml',
    minDays: 30,
  });
  exporter.close();
  await close();
});

const rendered = (format: ReportFormat, look = { columns: 100, colours: false }) =>
  [...renderReport(report, format, look)].join('');

describe('the report on the demo', () => {
  it.each<[ReportFormat, string]>([
    ['table', 'demo.txt'],
    ['json', 'demo.json'],
    ['csv', 'demo.csv'],
    ['markdown', 'demo.md'],
  ])('is golden as %s', (format, name) => {
    const golden = new URL(`golden/${name}`, import.meta.url);
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(golden, rendered(format));
    expect(rendered(format)).toBe(readFileSync(golden, 'utf8'));
  });

  it('has the documented shape as JSON', () => {
    const validate = new Ajv({ validateFormats: false }).compile(reportJsonSchema());
    const parsed = JSON.parse(rendered('json')) as Report;

    validate(parsed);
    expect(validate.errors).toBeNull();
    expect(parsed).toEqual(report);
    expect(validate({ ...parsed, more: 1 })).toBe(false);
  });

  it('is the same table in colours, but for the colours', () => {
    const coloured = rendered('table', { columns: 100, colours: true });

    expect(stripVTControlCharacters(coloured)).toBe(rendered('table'));
    expect(coloured).toContain('\u001b[31m\u001b[1mcritical');
  });

  it('has every fact of every instance in each format', () => {
    for (const format of ['table', 'json', 'csv', 'markdown'] as const) {
      // The table wraps the sources.
      const text = rendered(format).replaceAll('\\', '').replaceAll(/\s+/g, ' ');
      for (const { instance_id: id, facts } of report.instances) {
        expect(text).toContain(id);
        for (const { fact, source } of facts) expect(text).toContain(source ?? fact);
      }
    }
  });

  it('has each runbook unbroken at 80 columns', () => {
    const text = rendered('table', { columns: 80, colours: false });
    for (const { alert } of adviceOf(report)) expect(text).toContain(alert);
  });

  it.each([20, 40, 80, 120])('fits a terminal of %i columns', (columns) => {
    const lines = rendered('table', { columns, colours: false }).split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });
});
