// The rows of the status page: facts, findings and errors of each instance, with their age.
import { isEncryptedAtRest } from '../model/facts.ts';
import { reasons } from '../model/failure.ts';
import { type Aspect, type Finding, type Severity, severities } from '../model/finding.ts';
import type { Knowledge } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import type { Provider } from '../model/provider.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { findingsOf } from '../posture/findings.ts';
import {
  caCertificates,
  expiryText,
  type Subject,
  serverCertificates,
  subjectOf,
  timeLeftMs,
} from '../posture/subject.ts';

/** `ok`: no finding. `none`: the provider does not report it. */
export type Level = Severity | 'ok' | 'none';

interface Cell {
  level: Level;
  text: string;
  detail: string;
}

/** One row of the table. */
export interface Row {
  level: Level;
  name: string;
  id: string;
  account: string;
  where: string;
  ssl: Cell;
  certificate: Cell;
  atRest: Cell;
  age: string;
  /** Of each failing check the last error, and what to do. */
  errors: { text: string; detail: string }[];
}

/** The input of the cells of one row. */
interface View {
  subject: Subject;
  findings: readonly Finding[];
  nowMs: number;
}

const dayMs = 86_400_000;
const order: readonly Level[] = [...severities, 'ok', 'none'];

/** The rows: the worst level first, then the earliest certificate expiry. Lets the event loop run in between. */
export async function instanceRows(
  fleet: readonly Knowledge[],
  providerOf: (account: string) => Pick<Provider, 'checks'>,
  nowMs: number,
  thresholds: Thresholds,
): Promise<Row[]> {
  const pace = createPace();
  const sortable: { row: Row; rank: number; firstMs: number }[] = [];
  for (const knowledge of fleet) {
    const subject = subjectOf(knowledge, providerOf(knowledge.instance.account), nowMs, thresholds);
    const row = rowOf(knowledge, { subject, findings: findingsOf(subject), nowMs });
    sortable.push({ row, rank: order.indexOf(row.level), firstMs: firstExpiryMs(subject) });
    if (pace.isDue()) await pace.rest();
  }
  // The order takes 10 ms for 10,000 rows, so it is a slice of its own.
  await pace.rest();
  const sorted = sortable.toSorted(
    (a, b) => a.rank - b.rank || a.firstMs - b.firstMs || (a.row.name < b.row.name ? -1 : 1),
  );
  await pace.rest();
  return sorted.map(({ row }) => row);
}

function firstExpiryMs({ facts, nowMs }: Subject): number {
  const left = [...serverCertificates(facts), ...caCertificates(facts)].map((one) => timeLeftMs(one, nowMs));
  return Math.min(Number.MAX_VALUE, ...left);
}

function rowOf({ instance, checks }: Knowledge, view: View): Row {
  const { nowMs } = view;
  const waiting = checks.some(({ last }) => last === undefined);
  const levels: Level[] = [worst(view, ['wire', 'certificate', 'at_rest', 'checks']), waiting ? 'unknown' : 'ok'];
  const ends = checks.flatMap(({ last }) => last?.endedAtMs ?? []);
  return {
    level: order.find((level) => levels.includes(level)) ?? 'ok',
    name: instance.name,
    id: instance.name === instance.id ? '' : instance.id,
    account: instance.account,
    where: [instance.provider, instance.region].filter((text) => text !== '').join(' · '),
    ssl: sslCell(view),
    certificate: certificateCell(view),
    atRest: atRestCell(view),
    age: ends.length === 0 ? 'not yet' : `${duration(nowMs - Math.min(...ends))} ago`,
    errors: checks.flatMap(({ check, last, factsAtMs }) => {
      const failure = last?.failure;
      if (failure === undefined) return [];
      const old = factsAtMs === undefined ? '' : ` Showing results from ${duration(nowMs - factsAtMs)} ago.`;
      return [{ text: `${check}: ${failure.message}`, detail: `${failure.reason}: ${reasons[failure.reason]}.${old}` }];
    }),
  };
}

/** The level of the worst finding of some aspects; `ok` without one, and for notes. */
function worst({ findings }: View, aspects: readonly Aspect[]): Level {
  const severity = findings.find(({ aspect }) => aspects.includes(aspect))?.severity ?? 'ok';
  return severity === 'info' ? 'ok' : severity;
}

function sslCell(view: View): Cell {
  const { facts, available } = view.subject;
  const level = worst(view, ['wire']);
  if (facts.sslEnabled === undefined) return available.has('ssl_enabled') ? unknownCell : unavailableCell;
  if (!facts.sslEnabled) return { level, text: 'SSL off', detail: 'plaintext only' };
  if (level === 'warning') return { level, text: 'SSL not forced', detail: 'plaintext is accepted' };
  return { level, text: 'SSL on', detail: facts.sslForced === true ? 'forced' : '' };
}

const reportedInvalid = 'reported invalid by the provider';
const unknownCell: Cell = { level: 'unknown', text: 'unknown', detail: '' };
const unavailableCell: Cell = { level: 'none', text: 'not available', detail: '' };
const noCell: Cell = { level: 'none', text: '', detail: '' };

function certificateCell(view: View): Cell {
  const { facts } = view.subject;
  const [first] = [...serverCertificates(facts), ...caCertificates(facts)].toSorted(
    (a, b) => a.notAfterSeconds - b.notAfterSeconds,
  );
  const level = worst(view, ['certificate']);
  const invalid = view.findings.some(({ kind }) => kind === 'certificate_invalid');
  if (first === undefined) {
    if (invalid) return { level, text: 'invalid', detail: reportedInvalid };
    return facts.sslEnabled === true ? { level: 'none', text: 'not known', detail: '' } : noCell;
  }
  const leftMs = timeLeftMs(first, view.nowMs);
  const renewal = facts.certAutoRenewEnabled === true ? ', renews automatically' : '';
  const detail = `${invalid ? `${reportedInvalid}, ` : ''}${expiryText(first, view.nowMs)}${renewal}`;
  if (leftMs <= 0) return { level, text: `expired ${Math.floor(-leftMs / dayMs)} d ago`, detail };
  return { level, text: invalid ? 'invalid' : `${Math.floor(leftMs / dayMs)} d left`, detail };
}

function atRestCell(view: View): Cell {
  const { facts, available } = view.subject;
  const encrypted = isEncryptedAtRest(facts);
  const level = worst(view, ['at_rest']);
  const keys = facts.keys ?? [];
  const disabled = keys.filter(({ enabled }) => enabled === false).length;
  const ofKeys = `${disabled} of ${keys.length} keys disabled`;
  if (encrypted === undefined) return available.has('at_rest_encryption_enabled') ? unknownCell : unavailableCell;
  if (!encrypted) {
    return disabled > 0
      ? { level, text: 'key disabled', detail: ofKeys }
      : { level, text: 'not encrypted', detail: facts.keys?.length === 0 ? 'no KMS key' : '' };
  }
  return { level, text: 'encrypted', detail: disabled > 0 ? ofKeys : keys.length > 1 ? `${keys.length} keys` : '' };
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
