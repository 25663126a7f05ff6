// The lists of instances on the status page: what accounts with discovery have found, those that fail first.
import { reasons } from '../model/failure.ts';
import type { ListState } from '../model/knowledge.ts';
import { ago, countText, durationText } from '../model/wording.ts';
import { listFindings } from '../posture/list-findings.ts';
import { type Html, html, nothing } from './html.ts';
import { findingNotice, small, tag } from './page-parts.ts';
import { type Filter, filterQuery, matchesPlace } from './status-filter.ts';
import type { StatusModel } from './status-model.ts';
import { table } from './table.ts';

/** Lists and notices that are shown at most. */
const maxLists = 100;
const maxNotices = 10;

const isFailing = ({ last }: ListState) => last?.failure !== undefined;
const isUnfinished = ({ last }: ListState) => last === undefined;
/** Those that fail first, then those without a result. */
const rankOf = (list: ListState) => (isFailing(list) ? 0 : isUnfinished(list) ? 1 : 2);

/** A notice for each list that has failed for some time; nothing where no account has discovery. */
export function listNotices({ lists, nowMs }: StatusModel): Html {
  const findings = listFindings(lists, nowMs);
  const more = findings.length - maxNotices;
  return html`${findings.slice(0, maxNotices).map(findingNotice)}${
    more > 0
      ? html`<p class="notice warning">${countText(more, 'more list')} of instances cannot be read, either.</p>`
      : nothing
  }`;
}

/** The lists that pass the filter, folded while all of them are complete; nothing where no account has discovery. */
export function listSection(model: StatusModel, filter: Filter): Html {
  const lists = model.lists.filter((list) => matchesPlace(filter, list));
  if (lists.length === 0) return nothing;
  const failing = lists.filter(isFailing).length;
  const unfinished = lists.filter(isUnfinished).length;
  const found = lists.reduce((sum, list) => sum + (list.found ?? 0), 0);
  const summary = [
    `Discovery: ${countText(found, 'instance')} found in ${countText(lists.length, 'list')}`,
    ...(failing === 0 ? [] : [`${failing} cannot be read`]),
    ...(unfinished === 0 ? [] : [`${unfinished} not read yet`]),
  ].join(', ');
  const shown = lists.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, maxLists);
  const caption =
    shown.length < lists.length
      ? `${shown.length} of ${lists.length} lists, those that cannot be read first.`
      : 'Found: instances of the last complete list that are watched here, including configured ones.';
  return html`<details class="lists"${failing + unfinished > 0 ? html` open` : nothing}>
<summary>${summary}</summary>
${table({
  className: 'cards',
  caption,
  columns: ['Account', 'Region', 'Found', 'List'],
  headerColumn: 0,
  rows: shown.map((list) => row(model, filter, list)),
})}
</details>
`;
}

function row({ linkBase, nowMs }: StatusModel, filter: Filter, list: ListState): Html[] {
  const { account, provider, region, found, lastSuccessMs } = list;
  const query = filterQuery({ labels: [], page: 1, refresh: filter.refresh }, { account });
  return [
    html`<a href="${linkBase}${query}">${account}</a>${small(provider)}`,
    html`${region}`,
    found === undefined ? html`<span class="dim">not known</span>` : html`${found}`,
    isFailing(list)
      ? failureText(list, nowMs)
      : lastSuccessMs === undefined
        ? html`<span class="dim">not read yet</span>`
        : html`complete${small(ago(lastSuccessMs, nowMs))}`,
  ];
}

function failureText({ last, failingSinceMs, lastSuccessMs }: ListState, nowMs: number): Html {
  const failure = last?.failure;
  if (failure === undefined) return nothing;
  const age =
    lastSuccessMs === undefined
      ? 'There has been no complete list since the exporter was started.'
      : `Last complete ${ago(lastSuccessMs, nowMs)}.`;
  return html`${tag('warning')} ${failure.message}${small(
    `For ${durationText(nowMs - (failingSinceMs ?? nowMs))}; ${failure.reason}: ${reasons[failure.reason]}. ${age}`,
  )}`;
}
