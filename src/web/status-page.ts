// The status page: all instances, problems first.
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { visibleText } from '../model/clean-text.ts';
import type { Finding } from '../model/finding.ts';
import type { Knowledge } from '../model/knowledge.ts';
import type { Provider } from '../model/provider.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Shard } from '../model/shard.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { fleetFindings } from '../posture/findings.ts';
import { instanceRows, type Level, type Row } from './status-rows.ts';

/** What the page shows. */
export interface StatusModel {
  version: string;
  /** Start of the links; see BasePaths. */
  linkBase: string;
  telemetryPath: string;
  /** Unix milliseconds. */
  nowMs: number;
  fleet: readonly Knowledge[];
  /** The provider of an account. */
  providerOf: (account: string) => Pick<Provider, 'checks'>;
  thresholds: Thresholds;
  pending: number;
  config: ReloadState;
  /** undefined: no web configuration. */
  webConfig?: ReloadState | undefined;
  shard: Shard;
}

const style = `
:root { color-scheme: light dark; --bg: #fbfbfa; --fg: #1d2126; --dim: #656d76; --line: #e2e4e8; --card: #fff;
  --bad: #b3261e; --bad-bg: #fdecea; --warn: #8a5300; --warn-bg: #fff4e0; --ok: #1a6b3c; --ok-bg: #e6f4ea; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --fg: #e4e7ea; --dim: #98a1ab; --line: #2b3138; --card: #1a1e22;
  --bad: #ff9a91; --bad-bg: #3d1a18; --warn: #f5bd5b; --warn-bg: #36280f; --ok: #7fd6a0; --ok-bg: #15301f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem clamp(1rem, 4vw, 3rem); background: var(--bg); color: var(--fg);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.35rem; margin: 0; }
a { color: inherit; }
.dim { color: var(--dim); }
ul.counts { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; margin: 1.25rem 0; padding: 0; }
ul.counts li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 8rem; }
ul.counts strong { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { font-weight: 600; font-size: .8rem; color: var(--dim); text-align: left; }
th, td { padding: .5rem .55rem; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
td.wrap { white-space: normal; overflow-wrap: anywhere; min-width: 8.5rem; }
td.error { min-width: 11rem; }
.tag { display: inline-block; padding: 0 .5rem; white-space: nowrap; border-radius: 999px; background: var(--line); }
.critical { color: var(--bad); background: var(--bad-bg); } .warning { color: var(--warn); background: var(--warn-bg); }
.ok { color: var(--ok); background: var(--ok-bg); }
p.notice { padding: .6rem 1rem; border-radius: 8px; }
td small { display: block; color: var(--dim); }
`;

/** Headers of the page: no script, no framing, and only this style sheet. */
export const statusPageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

/** Rows that are rendered in one piece. */
const rowsPerPiece = 50;

/** The page as HTML, in pieces between which the event loop runs. Every value is escaped. */
export async function* renderStatusPage(model: StatusModel): AsyncGenerator<string> {
  const rows = await instanceRows(model.fleet, model.providerOf, model.nowMs, model.thresholds);
  yield pageHead(model, rows);
  if (rows.length > 0) yield tableHead;
  for (let from = 0; from < rows.length; from += rowsPerPiece) {
    yield rows
      .slice(from, from + rowsPerPiece)
      .map(tableRow)
      .join('');
    await nextTurn();
  }
  if (rows.length > 0) yield tableFoot;
  yield pageFoot(model);
}

function pageHead(model: StatusModel, rows: readonly Row[]): string {
  const problems = fleetFindings(model.fleet, model.nowMs);
  const counts = new Map<Level, number>();
  for (const { level } of rows) counts.set(level, (counts.get(level) ?? 0) + 1);
  const count = (level: Level) => counts.get(level) ?? 0;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>clouddb-encryption-exporter</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>clouddb-encryption-exporter</h1>
<span class="dim">version ${escape(model.version)}${shardText(model.shard)}</span>
${link(model, model.telemetryPath, 'metrics')} ${link(model, '/-/ready', 'ready')} ${link(model, '/-/healthy', 'healthy')}
</header>
${fileNotice('configuration file', model.config)}${fileNotice('web configuration', model.webConfig)}${problems.map(problemNotice).join('')}
<ul class="counts">
<li><strong>${rows.length}</strong> ${rows.length === 1 ? 'instance' : 'instances'}</li>
<li><strong>${count('critical')}</strong> ${tag('critical', 'critical')}</li>
<li><strong>${count('unknown')}</strong> ${tag('unknown', 'unknown')}</li>
<li><strong>${count('warning')}</strong> ${tag('warning', 'warning')}</li>
<li><strong>${count('ok')}</strong> ${tag('ok', 'ok')}</li>
</ul>
`;
}

/** A link to a path of the exporter. */
function link({ linkBase }: StatusModel, path: string, text: string): string {
  return `<a href="${escape(`${linkBase}${path.slice(1)}`)}">${text}</a>`;
}

function pageFoot(model: StatusModel): string {
  return `<p class="dim">Generated ${escape(new Date(model.nowMs).toISOString())}. Cached results. Only scraping the ${link(model, model.telemetryPath, 'metrics')} calls the APIs.
${pendingText(model.pending)}</p>
</body>
</html>
`;
}

function pendingText(pending: number): string {
  if (pending === 0) return '';
  return pending === 1 ? '1 check is running.' : `${pending} checks are running.`;
}

function shardText({ shard, totalShards }: Shard): string {
  return totalShards === 1 ? '' : `, shard ${shard} of ${totalShards}`;
}

function fileNotice(name: string, state: ReloadState | undefined): string {
  if (state === undefined || state.successful) return '';
  const since = new Date(state.lastSuccessMs).toISOString();
  return `<p class="notice critical">Invalid ${name}: using the one loaded at ${since}. The log lists the problems.</p>`;
}

function problemNotice({ severity, title, detail, advice }: Finding): string {
  return `<p class="notice ${severity}">${escape(title)}: ${escape(detail)}. ${escape(advice)}</p>`;
}

const columns = ['Instance', 'Account', 'State', 'SSL', 'Certificate', 'At rest', 'Last checked', 'Last error'];

const tableHead = `<div class="scroll"><table>
<thead><tr>${columns.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
`;

const tableFoot = `</tbody>
</table></div>
`;

function tableRow(row: Row): string {
  return `<tr>
<td>${escape(row.name)}${small(row.id)}</td>
<td>${escape(row.account)}${small(row.where)}</td>
<td>${tag(row.level, row.level)}</td>
<td>${tag(row.ssl.level, row.ssl.text)}${small(row.ssl.detail)}</td>
<td class="wrap">${tag(row.certificate.level, row.certificate.text)}${small(row.certificate.detail)}</td>
<td>${tag(row.atRest.level, row.atRest.text)}${small(row.atRest.detail)}</td>
<td>${escape(row.age)}</td>
<td class="wrap error">${row.errors.map(({ text, detail }) => `${escape(text)}${small(detail)}`).join('')}</td>
</tr>
`;
}

function tag(level: Level, text: string): string {
  if (text === '') return '';
  return level === 'none'
    ? `<span class="dim">${escape(text)}</span>`
    : `<span class="tag ${level}">${escape(text)}</span>`;
}

function small(text: string): string {
  return text === '' ? '' : `<small>${escape(text)}</small>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes text safe between tags and in quoted attributes, and removes what would change the text around it. */
function escape(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
