// What is known about the three questions about an instance, in a few words each: SSL, certificate, encryption at rest.

import type { FactName, Facts } from '../model/facts.ts';
import { isEncryptedAtRest } from '../model/facts.ts';
import type { Aspect } from '../model/finding.ts';
import { dayMs } from '../model/thresholds.ts';
import { ago, countText } from '../model/wording.ts';
import { caCertificates, expiryText, serverCertificates, timeLeftMs } from '../posture/subject.ts';
import { unencryptedTenants } from '../posture/tenants.ts';
import { type InstanceState, worstOf } from './instance-state.ts';

/** One answer. */
export interface Cell {
  /** `none`: nothing that needs attention. */
  level: 'critical' | 'unknown' | 'warning' | 'none';
  text: string;
  /** Particulars, one line each. */
  details: readonly string[];
}

/** An answer from facts; undefined: they have none. */
type Answer = (facts: Facts, nowMs: number) => Pick<Cell, 'text' | 'details'> | undefined;

/** The cells of an instance, in the order of `cellNames`. */
export function cellsOf(state: InstanceState): Cell[] {
  return [
    cellOf(state, 'wire', 'ssl_enabled', sslAnswer),
    cellOf(state, 'certificate', 'server_certificate', certificateAnswer),
    cellOf(state, 'at_rest', 'at_rest_encryption_enabled', atRestAnswer),
  ];
}

/** Their headings. */
export const cellNames = ['SSL', 'Certificate', 'At rest'];

function cellOf(state: InstanceState, aspect: Aspect, fact: FactName, answer: Answer): Cell {
  const { facts, lastKnown, available, nowMs } = state.subject;
  const worst = worstOf(state.findings, aspect);
  const level = worst === undefined || worst === 'info' ? 'none' : worst;
  const extra =
    aspect === 'certificate'
      ? [...servedLines(facts), ...caLines(facts, nowMs)]
      : aspect === 'wire'
        ? [...forcingLines(state), ...probeLines(facts)]
        : [];
  const known = answer(facts, nowMs);
  if (known !== undefined) return { ...known, level, details: [...known.details, ...extra] };
  const last = lastKnown && answer(lastKnown.facts, nowMs);
  if (last !== undefined) {
    const was = [last.text, ...last.details].join(', ');
    return { level, text: 'unknown', details: [`was: ${was}, ${ago(lastKnown?.atMs ?? nowMs, nowMs)}`, ...extra] };
  }
  if (available.has(fact)) return { level: level === 'none' ? 'unknown' : level, text: 'unknown', details: extra };
  return { level: 'none', text: 'not available', details: [whyNotAvailable(state, fact), ...extra] };
}

/** Why no check of the instance can report a fact. */
export function whyNotAvailable({ provider, knowledge }: InstanceState, fact: FactName): string {
  const reporting = provider.checks.filter(({ facts }) => facts[fact] !== undefined);
  if (reporting.length === 0) return 'not reported by the provider';
  const configured = reporting.some(({ name }) => knowledge.checks.some(({ check }) => check === name));
  if (configured) return 'not supported by this edition';
  const names = reporting.map(({ name }) => name).join(', ');
  const verb = reporting.length === 1 ? 'is' : 'are';
  const settings = reporting.flatMap(({ optIn }) => optIn ?? []);
  const advice = settings.length === reporting.length ? `: set ${settings.join(' or ')}` : '';
  return `${reporting.length === 1 ? 'check' : 'checks'} ${names} ${verb} not configured${advice}`;
}

const sslAnswer: Answer = ({ sslEnabled, sslForced, sslForceSupported }) => {
  if (sslEnabled === undefined) return undefined;
  if (!sslEnabled) return { text: 'SSL off', details: [] };
  if (sslForced === undefined) return { text: 'SSL on', details: [] };
  if (sslForced) return { text: 'SSL on', details: ['forced'] };
  const cannot = sslForceSupported === false ? ', this edition cannot force it' : '';
  return { text: 'SSL on', details: [`not forced${cannot}`] };
};

const certificateAnswer: Answer = (facts, nowMs) => {
  if (facts.sslEnabled === false) return { text: 'none', details: ['SSL is off'] };
  const [first] = serverCertificates(facts);
  const invalid = facts.certValid === false;
  if (first === undefined) {
    return invalid ? { text: 'invalid', details: ['reported by the provider'] } : undefined;
  }
  const leftMs = timeLeftMs(first, nowMs);
  const details = [
    ...expiryLines(facts, nowMs),
    ...(facts.certAutoRenewEnabled === true ? ['renews automatically'] : []),
    ...(invalid ? ['reported invalid by the provider'] : []),
  ];
  if (leftMs <= 0) return { text: `expired ${Math.floor(-leftMs / dayMs)} d ago`, details };
  return { text: invalid ? 'invalid' : `${Math.floor(leftMs / dayMs)} d left`, details };
};

/** Expiry by API and by TLS probe: one line where both report the same day. */
function expiryLines(facts: Facts, nowMs: number): string[] {
  const certificates = serverCertificates(facts);
  const isProbed = certificates.some(({ source }) => source === 'tls_probe');
  const lines = new Map<string, string[]>();
  for (const one of certificates) {
    const text = expiryText(one, nowMs);
    lines.set(text, [...(lines.get(text) ?? []), one.source === 'tls_probe' ? 'probe' : 'API']);
  }
  return Array.from(lines, ([text, sources]) => (isProbed ? `${text} (${sources.toSorted().join(', ')})` : text));
}

/** What the TLS probe saw of the certificate, where it is not as it should be. */
function servedLines({ certTrusted, certHostnameMatch }: Facts): string[] {
  return [
    ...(certTrusted === false ? ['not trusted'] : []),
    ...(certHostnameMatch === false ? ['does not cover the server name'] : []),
  ];
}

/** What the TLS probe saw, in one line. */
function probeLines({ tlsAccepted, tlsSession, plaintextAccepted }: Facts): string[] {
  const tls = tlsAccepted === false ? 'TLS refused' : (tlsSession?.version ?? (tlsAccepted && 'TLS accepted'));
  const plaintext = plaintextAccepted === undefined ? [] : [`plaintext ${plaintextAccepted ? 'accepted' : 'refused'}`];
  const all = [...(tls === undefined ? [] : [tls]), ...plaintext];
  return all.length === 0 ? [] : [`probe: ${all.join(', ')}`];
}

/** SSL that is on, and may be forced or not. */
function forcingLines({ subject: { facts, available } }: InstanceState): string[] {
  const unknown = facts.sslEnabled === true && facts.sslForced === undefined && available.has('ssl_forced');
  return unknown ? ['forced or not: unknown'] : [];
}

/** Lines on the CA certificates that expire first. */
function caLines(facts: Facts, nowMs: number): string[] {
  const all = caCertificates(facts);
  const lines = all.slice(0, 2).map((one) => expiryText(one, nowMs));
  return all.length > lines.length ? [...lines, `${all.length - lines.length} more CA certificates`] : lines;
}

const atRestAnswer: Answer = (facts) => {
  const { keys = [], tenants = [] } = facts;
  if (facts.tenants?.length === 0) return { text: 'none', details: ['no tenants'] };
  const encrypted = isEncryptedAtRest(facts);
  if (encrypted === undefined) return undefined;
  const disabled = keys.filter(({ enabled }) => enabled === false).length;
  const ofKeys = `${disabled} of ${countText(keys.length, 'key')} disabled`;
  if (encrypted) {
    return {
      text: 'encrypted',
      details: disabled > 0 ? [ofKeys] : [...counted(keys, 'key'), ...counted(tenants, 'tenant')],
    };
  }
  if (disabled > 0) return { text: 'key disabled', details: [ofKeys] };
  const plain = unencryptedTenants(facts);
  if (plain !== '') return { text: 'not encrypted', details: [plain] };
  return { text: 'not encrypted', details: facts.keys?.length === 0 ? ['no KMS key'] : [] };
};

/** Nothing where there is none. */
const counted = ({ length }: readonly unknown[], what: string) => (length > 0 ? [countText(length, what)] : []);
