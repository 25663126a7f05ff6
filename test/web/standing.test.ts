// The standing of an instance: kept while nothing changes, and never different from its state at that moment.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { stateOf } from '../../src/web/instance-state.ts';
import { standingOf } from '../../src/web/standing.ts';
import { certificate, checked, checks, failing, fine, known, modelOf, nowMs } from './made-up-fleet.ts';

const dayMs = 86_400_000;
const providerOf = () => ({ checks });
const at = (time: number, thresholds = defaultThresholds) => modelOf([], { nowMs: time, thresholds, providerOf });
const accept = [{ finding: 'certificate_expiring', untilMs: nowMs + 150 * dayMs - 1000, reason: '' }] as const;
const oldKey = { id: 'k', alias: '', region: '', clusterId: '', enabled: true, createdSeconds: nowMs / 1000 - 86_400 };
const ca = {
  certificate: 'ca',
  source: 'ca_bundle',
  subjectCn: 'x',
  notAfterSeconds: nowMs / 1000 + 300 * 86_400,
} as const;
const timeout = new Failure('timeout', 'x');

describe('the standing of an instance', () => {
  it.each<[string, Knowledge]>([
    ['of a certificate', known('db', { ...fine, certificates: [certificate(100)] })],
    ['of a certificate that renews automatically', known('db', { ...fine, certAutoRenewEnabled: true })],
    ['of a CA certificate', known('db', { ...fine, certificates: [ca] })],
    ['of a key', known('db', { ...fine, keys: [oldKey] })],
    ['of an acceptance', known('db', { ...fine, certificates: [certificate(160)] }, { instance: { accept } })],
    ['of facts that are stale', known('db', {}, { lastKnown: { facts: fine, atMs: nowMs } })],
  ])('is its state at each time %s', (_, knowledge) => {
    const days = Array.from({ length: 410 }, (_, day) => nowMs + day * dayMs);
    for (const time of days.flatMap((day) => [day - 1000, day, day + 1])) {
      const { level, hasAccepted } = stateOf(knowledge, at(time));
      expect(standingOf(knowledge, at(time))).toMatchObject({ level, hasAccepted });
    }
  });

  it('changes when a check has failed for 15 minutes', () => {
    const wire = fine;
    const accepting = { accept: [{ finding: 'unknown', untilMs: nowMs + dayMs, reason: '' }] as const };
    const knowledge = known('db', fine, {
      instance: accepting,
      checks: [{ ...failing('wire', timeout, 14), facts: wire }, checked('rest', { keys: [] })],
    });
    expect(standingOf(knowledge, at(nowMs)).level).toBe('ok');
    expect(standingOf(knowledge, at(nowMs + 60_000)).level).toBe('warning');
  });

  it('is kept when a check has run again with the same result', () => {
    const knowledge = known('db');
    const again = { ...knowledge, checks: knowledge.checks.map((check) => ({ ...check, factsAtMs: nowMs + 30_000 })) };
    const first = standingOf(knowledge, at(nowMs));
    expect(standingOf(again, at(nowMs + 60_000))).toBe(first);
  });

  it.each<[string, (of: Knowledge) => Knowledge, number?, typeof defaultThresholds?]>([
    ['a fact changes', (of) => ({ ...of, facts: { ...of.facts, sslEnabled: false } })],
    ['a check fails', (of) => ({ ...of, checks: [failing('wire', timeout, 20)] })],
    ['a field is not understood', (of) => ({ ...of, checks: [checked('wire', fine, { unreadable: ['Valid'] })] })],
    ['facts become stale', (of) => ({ ...of, lastKnown: { facts: fine, atMs: nowMs } })],
    ['the clock is set back', (of) => of, nowMs - 1],
    ['the thresholds change', (of) => of, nowMs, { ...defaultThresholds }],
  ])('is derived again when %s', (_, change, time = nowMs, thresholds = defaultThresholds) => {
    const knowledge = known('db');
    const before = standingOf(knowledge, at(nowMs));
    expect(standingOf(change(knowledge), at(time, thresholds))).not.toBe(before);
  });
});
