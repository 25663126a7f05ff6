// The table of the status page: one row for each instance.

import { offApiChecks } from '../model/check.ts';
import { reasons } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import { type CheckKnowledge, isFailing } from '../model/knowledge.ts';
import { ago, durationText } from '../model/wording.ts';
import { type Cell, cellNames, cellsOf } from './fact-cells.ts';
import { type Html, html, nothing } from './html.ts';
import type { InstanceState } from './instance-state.ts';
import { acceptedText, instanceHref, labelLinks, lastKnownText, runbookLink, small, tag } from './page-parts.ts';
import type { StatusModel } from './status-model.ts';
import { table } from './table.ts';

/** Lines of one row; the page of the instance has all. */
const maxLines = 8;
const maxLabels = 5;

/** The table. @param blind the accounts whose failures are shown above it */
export function instanceTable(
  model: StatusModel,
  caption: string,
  shown: readonly InstanceState[],
  blind: ReadonlySet<string>,
): Html {
  return table({
    className: 'fleet cards',
    caption,
    columns: ['State', 'Instance', ...cellNames, 'Findings', 'Checked'],
    headerColumn: 1,
    rows: shown.map((state) => [
      tag(state.level),
      instanceCell(model, state),
      ...cellsOf(state).map(factCell),
      findingsCell(model, state, blind),
      html`${checkedText(state)}`,
    ]),
  });
}

function instanceCell(model: StatusModel, { knowledge: { instance } }: InstanceState): Html {
  const { id, name, account, provider, region } = instance;
  const where = [account, provider, region].filter((text) => text !== '').join(' · ');
  return html`<a href="${instanceHref(model, instance)}">${name}</a>${small(name === id ? '' : id)}${small(where)}${labelLinks(model, instance, maxLabels)}`;
}

function factCell({ level, text, details }: Cell): Html {
  const main = level === 'none' ? html`<span>${text}</span>` : html`<span class="tag ${level}">${text}</span>`;
  return html`${main}${details.map(small)}`;
}

function findingsCell(model: StatusModel, state: InstanceState, blind: ReadonlySet<string>): Html {
  const { instance } = state.knowledge;
  const isBlind = blind.has(instance.account);
  const lines = [
    ...groups(state.findings).map((group) => findingLine(group, model.nowMs)),
    ...(isBlind ? [html`${small('Every API check of this account fails, see above.')}`] : []),
    ...failureLines(state, isBlind),
  ];
  if (lines.length === 0) return html`<span class="dim">none</span>`;
  const more =
    lines.length > maxLines
      ? html`<li><a href="${instanceHref(model, instance)}">and ${lines.length - maxLines} more</a></li>`
      : nothing;
  return html`<ul class="plain">${lines.slice(0, maxLines).map((line) => html`<li>${line}</li>`)}${more}</ul>`;
}

/** Findings that differ only in their particulars, together. A failing check is shown with its error instead. */
function groups(findings: readonly Finding[]): Finding[][] {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { kind, alert, severity, accepted, lastKnownMs } = finding;
    if (kind === 'check_failing' && accepted === undefined) continue;
    const key = JSON.stringify([kind, alert, severity, accepted === undefined, lastKnownMs]);
    const group = found.get(key);
    if (group === undefined) found.set(key, [finding]);
    else group.push(finding);
  }
  return [...found.values()];
}

function findingLine(group: readonly Finding[], nowMs: number): Html {
  const [first] = group;
  if (first === undefined) return nothing;
  const details = group.map(({ detail }) => detail).filter((detail) => detail !== '');
  const shown = details.slice(0, 3).join(', ');
  const title = [...new Set(group.map((one) => one.title))].join(', ');
  return html`${tag(first.accepted === undefined ? first.severity : 'accepted')} ${runbookLink({ ...first, title })}${small(
    details.length > 3 ? `${shown} and ${details.length - 3} more` : shown,
  )}${small(acceptedText(first))}${small(lastKnownText(first, nowMs))}`;
}

/**
 * The checks that fail, together where they fail for the same reason.
 * @param isBlind those of the API are in the notice of the account
 */
function failureLines({ knowledge, findings, subject: { nowMs } }: InstanceState, isBlind: boolean): Html[] {
  const messages = new Map<string, CheckKnowledge[]>();
  for (const check of knowledge.checks) {
    if (check.last?.failure === undefined || !isFailing(check.last)) continue;
    if (isBlind && !offApiChecks.includes(check.check)) continue;
    const { message } = check.last.failure;
    messages.set(message, [...(messages.get(message) ?? []), check]);
  }
  return [...messages].map(([message, together]) => failureLine(message, together, findings, nowMs));
}

function failureLine(
  message: string,
  checks: readonly CheckKnowledge[],
  findings: readonly Finding[],
  nowMs: number,
): Html {
  // There is no such finding while most failures still pass, or where it is accepted.
  const finding = findings.find(
    (one) =>
      one.kind === 'check_failing' && one.accepted === undefined && checks.some(({ check }) => check === one.check),
  );
  const reason = checks[0]?.last?.failure?.reason ?? 'internal';
  const sinceMs = Math.min(...checks.flatMap(({ failingSinceMs }) => failingSinceMs ?? []));
  const title = `${checks.map(({ check }) => check).join(', ')} ${checks.length === 1 ? 'fails' : 'fail'}`;
  const factsMs = Math.min(...checks.flatMap(({ factsAtMs }) => factsAtMs ?? []));
  const shown = Number.isFinite(factsMs) ? ` Showing results from ${ago(factsMs, nowMs)}.` : '';
  return html`${finding === undefined ? nothing : html`${tag(finding.severity)} `}${runbookLink({
    alert: 'CloudDBCheckFailing',
    title,
  })}: ${message}${small(`For ${durationText(nowMs - sinceMs)}; ${reason}: ${reasons[reason]}.${shown}`)}`;
}

function checkedText({ knowledge: { checks }, subject: { nowMs } }: InstanceState): string {
  const ends = checks.flatMap(({ last }) => last?.endedAtMs ?? []);
  return ends.length < checks.length || ends.length === 0 ? 'not yet' : ago(Math.min(...ends), nowMs);
}
