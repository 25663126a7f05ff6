// Judges each instance for the status page: what is wrong, how badly, and since when it is known.
import { cleanText } from '../model/clean-text.ts';
import { type Certificate, type Facts, isEncryptedAtRest } from '../model/facts.ts';
import { type Reason, reasons } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';

/** One instance with what is known of each of its checks. */
export interface StatusInstance {
  instance: Instance;
  checks: readonly StatusCheck[];
}

/** One check; without `endedAtMs` it has never ended. */
export interface StatusCheck {
  check: string;
  facts: Facts | undefined;
  /** Unix milliseconds. */
  endedAtMs: number | undefined;
  /** Unix milliseconds of when the facts were learned. */
  factsAtMs: number | undefined;
  failure: { reason: Reason; message: string } | undefined;
}

/** From bad to good, and unknown. */
type Level = 'bad' | 'warn' | 'unknown' | 'ok' | 'none';

interface Cell {
  level: Level;
  text: string;
  detail: string;
}

/** One line of the table. */
export interface Row {
  level: Level;
  state: string;
  name: string;
  id: string;
  account: string;
  where: string;
  ssl: Cell;
  certificate: Cell;
  atRest: Cell;
  age: string;
  /** What the last attempt of each check met, and what to do about it. */
  errors: { text: string; detail: string }[];
}

const order: readonly Level[] = ['bad', 'warn', 'unknown', 'ok'];
const states: Readonly<Record<Level, string>> = {
  bad: 'action',
  warn: 'look',
  unknown: 'unknown',
  ok: 'in order',
  none: '',
};
const warnDays = 30;

/** The rows, what is wrong first, then by the days that the certificate has left. */
export function instanceRows(instances: readonly StatusInstance[], nowMs: number): Row[] {
  return instances
    .map((instance) => ({
      row: instanceRow(instance, nowMs),
      daysLeft: daysLeft(earliest(factsOf(instance).certificates), nowMs),
    }))
    .toSorted(
      (a, b) =>
        order.indexOf(a.row.level) - order.indexOf(b.row.level) ||
        (a.daysLeft ?? Number.MAX_VALUE) - (b.daysLeft ?? Number.MAX_VALUE) ||
        a.row.name.localeCompare(b.row.name),
    )
    .map(({ row }) => row);
}

function factsOf({ checks }: StatusInstance): Facts {
  return Object.assign({}, ...checks.map(({ facts }) => facts)) as Facts;
}

function instanceRow(status: StatusInstance, nowMs: number): Row {
  const { instance, checks } = status;
  const facts = factsOf(status);
  const ssl = sslCell(facts);
  const certificate = certificateCell(facts, nowMs);
  const atRest = atRestCell(facts, instance.checks);
  const errors = checks.flatMap(({ check, failure, factsAtMs }) => {
    if (failure === undefined) return [];
    const old = factsAtMs === undefined ? '' : ` Shown is what was known ${age(nowMs - factsAtMs)} ago.`;
    return [{ text: `${check}: ${failure.message}`, detail: `${failure.reason}: ${reasons[failure.reason]}.${old}` }];
  });
  const levels = [ssl, certificate, atRest].map((cell) => cell.level);
  const waiting = checks.some(({ endedAtMs }) => endedAtMs === undefined);
  if (errors.length > 0) levels.push('warn');
  if (waiting) levels.push('unknown');
  const level = order.find((known) => levels.includes(known)) ?? 'ok';
  const ends = checks.flatMap(({ endedAtMs }) => endedAtMs ?? []);
  return {
    level,
    state: states[level],
    name: cleanText(instance.name),
    id: instance.name === instance.id ? '' : instance.id,
    account: instance.account,
    where: [instance.provider, instance.region].filter((text) => text !== '').join(' · '),
    ssl,
    certificate,
    atRest,
    age: ends.length === 0 ? 'not yet' : `${age(nowMs - Math.min(...ends))} ago`,
    errors,
  };
}

function sslCell({ sslEnabled, sslForced, sslForceSupported }: Facts): Cell {
  if (sslEnabled === undefined) return { level: 'unknown', text: 'unknown', detail: '' };
  if (!sslEnabled) return { level: 'bad', text: 'SSL off', detail: 'no encryption on the wire' };
  if (sslForced === false && sslForceSupported === true) {
    return { level: 'warn', text: 'SSL not forced', detail: 'plain connections possible' };
  }
  return { level: 'ok', text: 'SSL on', detail: sslForced === true ? 'forced' : '' };
}

function certificateCell(facts: Facts, nowMs: number): Cell {
  const certificate = earliest(facts.certificates);
  const days = daysLeft(certificate, nowMs);
  if (certificate === undefined || days === undefined) {
    if (facts.certValid !== false || facts.sslEnabled === false) return { level: 'none', text: '', detail: '' };
    return { level: 'bad', text: 'invalid', detail: 'says the provider' };
  }
  const renewal = facts.certAutoRenewEnabled === true ? ', renewed by itself' : '';
  const what = certificate.certificate === 'ca' ? `CA ${cleanText(certificate.subjectCn)} ` : '';
  const detail = `${what}ends ${new Date(certificate.notAfterSeconds * 1000).toISOString().slice(0, 10)}${renewal}`;
  if (days <= 0) return { level: 'bad', text: `expired ${Math.floor(-days)} d ago`, detail };
  const text = `${Math.floor(days)} d left`;
  if (facts.certValid === false) return { level: 'bad', text: 'invalid', detail };
  if (days >= warnDays) return { level: 'ok', text, detail };
  return { level: days < 7 && renewal === '' ? 'bad' : 'warn', text, detail };
}

function atRestCell(facts: Facts, checks: readonly string[]): Cell {
  const encrypted = isEncryptedAtRest(facts);
  const count = facts.keys?.length ?? 0;
  if (encrypted === undefined)
    return {
      level: checks.includes('kms') ? 'unknown' : 'none',
      text: checks.includes('kms') ? 'unknown' : '',
      detail: '',
    };
  if (count === 0) return { level: 'bad', text: 'not encrypted', detail: 'there is no key' };
  const disabled = facts.keys?.filter(({ enabled }) => enabled === false).length ?? 0;
  if (!encrypted) return { level: 'bad', text: 'key disabled', detail: `${disabled} of ${count} keys` };
  if (disabled > 0) return { level: 'warn', text: 'key disabled', detail: `${disabled} of ${count} keys` };
  return { level: 'ok', text: 'encrypted', detail: count === 1 ? '' : `${count} keys` };
}

function earliest(certificates: readonly Certificate[] | undefined): Certificate | undefined {
  return certificates?.toSorted((a, b) => a.notAfterSeconds - b.notAfterSeconds)[0];
}

function daysLeft(certificate: Certificate | undefined, nowMs: number): number | undefined {
  return certificate && (certificate.notAfterSeconds - nowMs / 1000) / 86_400;
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
