// The checks of an instance: the last error with what to do, and the last outcomes.
import { reasons } from '../model/failure.ts';
import type { PastOutcome } from '../model/history.ts';
import type { CheckKnowledge } from '../model/knowledge.ts';
import { type Html, html, nothing } from './html.ts';
import type { InstanceState } from './instance-state.ts';
import { table } from './table.ts';
import { ago, countText, timeText } from './wording.ts';

/** A section for each check. */
export function checkHistory({ knowledge, provider, subject: { nowMs } }: InstanceState): Html {
  const sections = knowledge.checks.map((known) => {
    const action = provider.checks.find(({ name }) => name === known.check)?.action;
    return html`<section>
<h3>${known.check}${action === undefined ? nothing : html` <small>${action}</small>`}</h3>
<p>${summary(known, nowMs)}</p>
${outcomeTable(known)}
</section>
`;
  });
  return html`<div class="columns">${sections}</div>`;
}

function summary({ last, lastSuccessMs, failingSinceMs, unreadable = [] }: CheckKnowledge, nowMs: number): Html {
  if (last === undefined) return html`It has not finished yet.`;
  const success = lastSuccessMs === undefined ? 'Never successful.' : `Last success ${ago(lastSuccessMs, nowMs)}.`;
  const fields =
    unreadable.length === 0
      ? ''
      : ` Not understood: ${countText(unreadable.length, 'field')}, ${unreadable.join(', ')}.`;
  const { failure } = last;
  if (failure === undefined) return html`Successful ${ago(last.endedAtMs, nowMs)}.${fields}`;
  const since = failingSinceMs === undefined ? '' : ` Failing since ${timeText(failingSinceMs)}.`;
  return html`<strong>${failure.message}</strong>. ${failure.reason}: ${reasons[failure.reason]}. ${success}${since}${fields}`;
}

function outcomeTable({ check, outcomes }: CheckKnowledge): Html {
  const past = outcomes();
  if (past.length === 0) return nothing;
  const failed = past.filter(({ reason }) => reason !== undefined).length;
  return table({
    className: '',
    caption: `Last ${countText(past.length, 'outcome')} of ${check}, the newest first; ${failed} without success`,
    columns: ['Finished', 'Result', 'Duration'],
    headerColumn: 0,
    rows: past.map((outcome) => [
      html`${timeText(outcome.endedAtMs)}`,
      resultText(outcome),
      html`${outcome.durationMs} ms`,
    ]),
  });
}

function resultText({ reason }: PastOutcome): Html {
  return reason === undefined ? html`success` : html`<strong>${reason}</strong>`;
}
