// The status page: the fleet, worst first, with filters that are part of its URL.

import { countText } from '../model/wording.ts';
import { fieldValue, type Html, html, nothing } from './html.ts';
import { type Level, levels, levelText } from './instance-state.ts';
import { listNotices, listSection } from './list-section.ts';
import { type Overview, overviewOf, pageSize } from './overview.ts';
import { documentOf, fileNotice, findingNotice, outageNotice, tag } from './page-parts.ts';
import { activeParts, defaultRefresh, type Filter, filterQuery, maxLabelLength, readFilter } from './status-filter.ts';
import type { StatusModel } from './status-model.ts';
import { instanceTable } from './status-table.ts';

/** Outages that are shown one by one. */
const maxNotices = 10;

/** The page, and the seconds after which a browser loads it again; 0: never. */
export async function statusPage(
  model: StatusModel,
  query: URLSearchParams,
): Promise<{ page: Html; refreshSeconds: number }> {
  const { filter, notes } = readFilter(query);
  const overview = await overviewOf(model, filter);
  if (filter.page > overview.pages) notes.push(`There is no page ${filter.page}: this is the last one.`);
  const view: View = { model, filter, overview };
  const main = html`<header><h1>clouddb-encryption-exporter</h1>
<span>${pendingText(model)}</span>${refreshLink(view)}</header>
<main>
${notices(view)}${listNotices(model)}
${listSection(model, filter)}
${tiles(view)}
${filterForm(view)}
${notes.map((note) => html`<p role="status">${note}</p>`)}
${selection(view)}
${instances(view)}
</main>`;
  return { page: documentOf(model, headline(overview), main), refreshSeconds: filter.refresh };
}

interface View {
  model: StatusModel;
  filter: Filter;
  overview: Overview;
}

/** Title, e.g. `3 critical, 2 unknown`. */
function headline({ counts, findings, outages, total }: Overview): string {
  if (total === 0) return findings.map(({ title }) => title).join(', ') || 'No instance is known yet';
  const blind = outages.length === 0 ? '' : `${countText(outages.length, 'account')} blind, `;
  return `${blind}${counts.critical} critical, ${counts.unknown} unknown`;
}

function pendingText({ pending }: StatusModel): string {
  return pending === 0 ? '' : `${countText(pending, 'check')} in progress.`;
}

/** Off by a link, because a page that reloads disturbs some readers (WCAG 2.2.1). */
function refreshLink({ model, filter, overview: { page } }: View): Html {
  const [text, action, refresh] =
    filter.refresh === 0
      ? ['Does not reload.', 'Reload every minute', defaultRefresh]
      : [`Reloads every ${filter.refresh} s.`, 'Stop', 0];
  return html`<span class="dim screen">${text} <a href="${model.linkBase}${filterQuery(filter, { page, refresh })}">${action}</a></span>`;
}

function notices({ model, overview: { findings, outages } }: View): Html {
  const more = outages.slice(maxNotices).map(({ account }) => account);
  return html`${fileNotice('configuration file', model.config)}${fileNotice('web configuration', model.webConfig)}${findings.map(
    findingNotice,
  )}${outages.slice(0, maxNotices).map((outage) => outageNotice(outage, model.nowMs))}${
    more.length === 0
      ? nothing
      : html`<p class="notice critical">Every check fails in ${countText(more.length, 'more account')}, too: ${more.join(', ')}</p>`
  }`;
}

/** The number of instances of each level; each leads to them. */
function tiles({ model, filter, overview: { counts, matching } }: View): Html {
  const tile = (count: number, text: Html, severity: Level | undefined) => {
    const current = filter.severity === severity ? html` aria-current="true"` : nothing;
    return html`<li><a href="${model.linkBase}${filterQuery(filter, { severity })}"${current}><strong>${count}</strong> ${text}</a></li>
`;
  };
  return html`<nav aria-label="Instances by state"><ul class="tiles">
${tile(matching, html`${matching === 1 ? 'instance' : 'instances'}`, undefined)}${levels.map((level) =>
  tile(counts[level], tag(level), level),
)}</ul></nav>`;
}

function filterForm({ model, filter, overview: { choices } }: View): Html {
  const field = (name: 'provider' | 'account' | 'region', text: string) =>
    select(name, text, withValue(choices[name], filter[name]), filter[name]);
  const hidden = (name: string, value: string) =>
    html`<input type="hidden" name="${name}" value="${fieldValue(value)}">`;
  const refresh = filter.refresh === 0 ? 'off' : String(filter.refresh);
  return html`<form method="get" action="${model.linkBase}" aria-label="Filter">
${select('severity', 'State', levels, filter.severity, levelText)}
${field('provider', 'Provider')}${field('account', 'Account')}${field('region', 'Region')}
<label>Label <input name="label" placeholder="team:payments" maxlength="${maxLabelLength}"></label>
<label>Name or id <input type="search" name="q" value="${fieldValue(withoutDirection(filter.q ?? ''))}" maxlength="256"></label>
${filter.labels.map(({ name, value }) => hidden('label', `${name}:${value}`))}${
  filter.refresh === defaultRefresh ? nothing : hidden('refresh', refresh)
}<button>Filter</button>
</form>`;
}

/** The choices, with the value of the filter where the fleet does not have it. */
function withValue(choices: readonly string[], value: string | undefined): readonly string[] {
  return value === undefined || choices.includes(value) ? choices : [value, ...choices];
}

/** The text of a visible field, without characters that change the writing direction. */
function withoutDirection(text: string): string {
  return text.replaceAll(/\p{Bidi_Control}/gu, '');
}

function select<Option extends string>(
  name: string,
  text: string,
  options: readonly Option[],
  selected: Option | undefined,
  wordOf: (option: Option) => string = (option) => option,
): Html {
  return html`<label>${text} <select name="${name}"><option value="">all</option>${options.map(
    (option) =>
      html`<option value="${fieldValue(option)}"${option === selected ? html` selected` : nothing}>${wordOf(option)}</option>`,
  )}</select></label>
`;
}

/** What is selected, in words, with links that remove each part of the filter. */
function selection({ model, filter, overview: { total, selected } }: View): Html {
  const parts = activeParts(filter);
  if (parts.length === 0) return nothing;
  const links = parts.map(
    ({ text, queryWithout }) =>
      html`<li>${text} <a href="${model.linkBase}${queryWithout}" class="screen" aria-label="remove ${text}">remove</a></li>
`,
  );
  const all = filterQuery({ labels: [], page: 1, refresh: filter.refresh });
  return html`<ul class="plain inline">
<li><strong>Filter: ${selected} of ${countText(total, 'instance')}</strong></li>
${links}<li><a class="screen" href="${model.linkBase}${all}">Remove all</a></li>
</ul>`;
}

function instances(view: View): Html {
  const { model, overview } = view;
  const { selected, total, shown, page, outages } = overview;
  if (total === 0)
    return overview.findings.length > 0
      ? nothing
      : html`<p>No instance is known yet: no list of instances is complete.</p>`;
  if (selected === 0) return html`<p>No instance matches the filter.</p>`;
  const first = (page - 1) * pageSize + 1;
  const caption = `Instances ${first}–${first + shown.length - 1} of ${selected}, the most severe first, then by expiry. Each finding links to its runbook.`;
  const blind = new Set(outages.map(({ account }) => account));
  return html`${instanceTable(model, caption, shown, blind)}
${pageLinks(view, first)}`;
}

function pageLinks({ model, filter, overview }: View, first: number): Html {
  const { page, pages, selected, shown } = overview;
  if (pages === 1) return nothing;
  const to = (target: number, text: string, rel: string) =>
    target < 1 || target > pages
      ? html`<span class="dim">${text}</span>`
      : html`<a href="${model.linkBase}${filterQuery(filter, { page: target })}" rel="${rel}">${text}</a>`;
  return html`<nav class="inline screen" aria-label="Pages">
${to(page - 1, 'Previous', 'prev')}
<span>${first}–${first + shown.length - 1} of ${selected}</span>
${to(page + 1, 'Next', 'next')}
</nav>`;
}
