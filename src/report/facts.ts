// The facts of one instance in a report: what is known, and why the rest is not.

import { cleanText } from '../model/clean-text.ts';
import { type Certificate, type EncryptionKey, factNames, type Tenant } from '../model/facts.ts';
import type { Knowledge } from '../model/knowledge.ts';
import type { Provider } from '../model/provider.ts';
import { dayMs } from '../model/thresholds.ts';
import { type ListedFact, listFacts } from '../posture/fact-list.ts';
import type { FactValue } from '../posture/read-facts.ts';
import type { ReportedFact } from './schema.ts';

/** Unix milliseconds as ISO 8601; null: unknown. */
export function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** Every fact that the provider or any other one has, in the order of the checks, then those that cannot be known. */
export function reportFacts(knowledge: Knowledge, provider: Pick<Provider, 'checks'>, nowMs: number): ReportedFact[] {
  const listed = listFacts(knowledge, provider);
  const names = new Set(listed.map(({ fact }) => fact));
  const others = factNames.flatMap((fact): ReportedFact[] => {
    if (names.has(fact)) return [];
    const check = provider.checks.find(({ facts }) => facts[fact] !== undefined);
    return [
      {
        fact,
        check: check?.name ?? null,
        source: check?.facts[fact] ?? null,
        state: check === undefined ? 'not_available' : 'not_checked',
        value: null,
        note: null,
        reported_at: null,
        age_seconds: null,
      },
    ];
  });
  const answered = new Set(knowledge.checks.filter(({ last }) => last && !last.failure).map(({ check }) => check));
  return [...listed.map((one) => reportedFact(one, answered.has(one.check), nowMs)), ...others];
}

function reportedFact(
  { fact, check, source, state, value, note, atMs }: ListedFact,
  answered: boolean,
  nowMs: number,
): ReportedFact {
  return {
    fact,
    check,
    source,
    state: state === 'unknown' && answered ? 'not_reported' : state,
    value: value === undefined ? null : reportedValue(value, nowMs),
    note: note ?? null,
    reported_at: isoTime(atMs),
    age_seconds: atMs === undefined ? null : Math.max(0, nowMs - atMs) / 1000,
  };
}

function reportedValue(value: FactValue, nowMs: number): ReportedFact['value'] {
  if (typeof value === 'boolean') return value;
  if ('version' in value) return { version: value.version, cipher: value.cipher };
  const [first] = value;
  if (first === undefined) return [];
  if ('certificate' in first) return (value as readonly Certificate[]).map((one) => reportCertificate(one, nowMs));
  if ('alias' in first) return (value as readonly EncryptionKey[]).map(reportedKey);
  return (value as readonly Tenant[]).map(reportedTenant);
}

const isoSeconds = (seconds: number | undefined) => isoTime(seconds === undefined ? undefined : seconds * 1000);
const textOrNull = (text: string | undefined) => (text === undefined ? null : cleanText(text));

/** In hundredths of a day, rounded down: 4.999 days are fewer than 5. */
export function daysLeft({ notAfterSeconds }: Certificate, nowMs: number): number {
  return Math.floor((notAfterSeconds * 1000 - nowMs) / (dayMs / 100)) / 100;
}

/** One certificate as the JSON formats show it. */
export function reportCertificate(seen: Certificate, nowMs: number) {
  const notAfterMs = seen.notAfterSeconds * 1000;
  return {
    certificate: seen.certificate,
    source: seen.source,
    subject_cn: cleanText(seen.subjectCn),
    issuer_cn: textOrNull(seen.issuerCn),
    serial: textOrNull(seen.serial),
    fingerprint_sha256: textOrNull(seen.fingerprintSha256),
    not_before: isoSeconds(seen.notBeforeSeconds),
    not_after: new Date(notAfterMs).toISOString(),
    days_remaining: daysLeft(seen, nowMs),
  };
}

function reportedKey({ id, alias, region, clusterId, enabled, createdSeconds }: EncryptionKey) {
  return {
    key_id: cleanText(id),
    key_alias: cleanText(alias),
    key_region: cleanText(region),
    kms_cluster_id: cleanText(clusterId),
    enabled: enabled ?? null,
    created: isoSeconds(createdSeconds),
  };
}

function reportedTenant({ id, name, encrypted }: Tenant) {
  return { tenant_id: cleanText(id), tenant_name: cleanText(name), encrypted: encrypted ?? null };
}
