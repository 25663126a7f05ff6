// Every fact of an instance with its value, state, age and source.
import { cleanText } from '../model/clean-text.ts';
import { type Certificate, type EncryptionKey, type FactName, factNames, type Tenant } from '../model/facts.ts';
import { ago, dayText, timeText } from '../model/wording.ts';
import { type ListedFact, listFacts } from '../posture/fact-list.ts';
import type { FactValue } from '../posture/read-facts.ts';
import { expiryText } from '../posture/subject.ts';
import { whyNotAvailable } from './fact-cells.ts';
import { type Html, html } from './html.ts';
import type { InstanceState } from './instance-state.ts';
import { small, tag } from './page-parts.ts';
import { table } from './table.ts';

/** Certificates, keys or tenants that are listed of one fact. */
const maxListed = 50;

/** The table, those facts included that no check of the instance can report. */
export function factTable(state: InstanceState): Html {
  const listed = listFacts(state.knowledge, state.provider);
  const missing = new Map<string, FactName[]>();
  for (const name of factNames) {
    if (listed.some(({ fact }) => fact === name)) continue;
    const why = whyNotAvailable(state, name);
    missing.set(why, [...(missing.get(why) ?? []), name]);
  }
  return table({
    className: 'facts cards',
    caption: 'What the checks reported',
    columns: ['Fact', 'Value', 'State', 'Check', 'Source'],
    headerColumn: 0,
    rows: [
      ...listed.map((one) => [
        html`<code>${one.fact}</code>`,
        valueOf(one, state),
        stateText(state, one),
        html`${one.check}`,
        html`${one.source}`,
      ]),
      ...[...missing].map(([why, facts]) => [
        html`${facts.map((fact) => html`<code>${fact}</code> `)}`,
        html`–`,
        html`not available${small(why)}`,
        html`–`,
        html`–`,
      ]),
    ],
  });
}

function stateText(
  { knowledge, provider, subject: { nowMs } }: InstanceState,
  { check, state, atMs }: ListedFact,
): Html {
  const age = atMs === undefined ? '' : `${ago(atMs, nowMs)}, ${timeText(atMs)}`;
  if (state === 'known') return html`known${small(age)}`;
  if (state === 'stale') return html`${tag('unknown')}${small(`last known ${age}`)}`;
  if (state === 'unsupported') return html`not available${small('not supported by this edition')}`;
  const last = knowledge.checks.find((known) => known.check === check)?.last;
  if (last === undefined) return html`${tag('unknown')}${small('not checked yet')}`;
  if (last.failure !== undefined) return html`${tag('unknown')}${small('the check fails')}`;
  const callsApi = provider.checks.some(({ name, action }) => name === check && action !== undefined);
  return html`not reported${small(callsApi ? 'absent or empty in the last response' : 'not seen by the last attempt')}`;
}

function valueOf({ fact, value, note = '', state }: ListedFact, { subject }: InstanceState): Html {
  if (value === undefined) return html`–`;
  const { nowMs } = subject;
  const { keys = [] } = (subject.lastKnown ?? subject).facts;
  const no = fact === 'at_rest_encryption_enabled' && keys.length > 0 ? 'no enabled key' : 'no';
  const lines = valueLines(value, no, nowMs);
  const prefix = state === 'stale' ? 'was: ' : '';
  const more = lines.length > maxListed ? [`and ${lines.length - maxListed} more`] : [];
  const shown = [
    ...lines
      .slice(0, maxListed)
      .map(([line, particulars = '']) => html`<li>${prefix}${line}${small(particulars)}</li>`),
    ...more.map((line) => html`<li>${line}</li>`),
  ];
  return html`<ul class="plain">${shown}</ul>${small(note)}`;
}

/** A value, and its particulars. */
type Line = readonly [line: string, particulars?: string];

function valueLines(value: FactValue, no: string, nowMs: number): Line[] {
  if (typeof value === 'boolean') return [[value ? 'yes' : no]];
  if ('version' in value) return [[`${value.version}, ${value.cipher}`]];
  if (value.length === 0) return [['none']];
  return value.map((one) => {
    if ('certificate' in one) return certificateText(one, nowMs);
    return 'alias' in one ? keyText(one, nowMs) : tenantText(one);
  });
}

function certificateText(certificate: Certificate, nowMs: number): Line {
  const { certificate: kind, subjectCn, issuerCn, serial, fingerprintSha256, notBeforeSeconds } = certificate;
  const parts: [string, string | undefined][] = [
    ['issuer', issuerCn],
    ['serial', serial],
    ['SHA-256', fingerprintSha256],
    ['valid from', notBeforeSeconds === undefined ? undefined : dayText(notBeforeSeconds * 1000)],
  ];
  const name = kind === 'server' && subjectCn !== '' ? `${cleanText(subjectCn)} ` : '';
  return [`${name}${expiryText(certificate, nowMs)}`, described(parts).join(', ')];
}

function keyText({ id, alias, region, clusterId, enabled, createdSeconds }: EncryptionKey, nowMs: number): Line {
  const created = createdSeconds === undefined ? undefined : createdSeconds * 1000;
  const parts: [string, string | undefined][] = [
    ['id', id],
    ['region', region],
    ['KMS cluster', clusterId],
    ['created', created === undefined ? undefined : `${dayText(created)} (${ago(created, nowMs)})`],
  ];
  const state = enabled === undefined ? 'state unknown' : enabled ? 'enabled' : 'disabled';
  return [`${cleanText(alias) || 'key'}: ${state}`, described(parts).join(', ')];
}

function tenantText({ id, name, encrypted }: Tenant): Line {
  const state = encrypted === undefined ? 'state unknown' : encrypted ? 'encrypted' : 'not encrypted';
  return [`${cleanText(name) || 'tenant'}: ${state}`, described([['id', id]]).join(', ')];
}

function described(parts: readonly (readonly [string, string | undefined])[]): string[] {
  return parts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : `${name} ${cleanText(text)}`));
}
