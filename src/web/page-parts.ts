// Parts of all pages for people: the document around them, levels, findings, labels, notices.
import type { Finding } from '../model/finding.ts';
import type { Instance } from '../model/instance.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { Shard } from '../model/shard.ts';
import { ago, dayText, timeText } from '../model/wording.ts';
import { blindAccount, isLasting, type Outage, outageText } from '../posture/outages.ts';
import { runbookUrl } from '../posture/runbook.ts';
import { type Html, html, nothing } from './html.ts';
import { type Level, levelText } from './instance-state.ts';
import { instancePath, sdPath } from './paths.ts';
import { maxLabelLength } from './status-filter.ts';
import type { StatusModel } from './status-model.ts';
import { styleElement, styleSource } from './style.ts';

/** Name of the program, and end of all titles. */
const programName = 'clouddb-encryption-exporter';

/** Headers of the pages: no script, no framing, only this style sheet, and forms that lead to this exporter. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${styleSource}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

/** A complete page. @param title its own part of the title */
export function documentOf(model: StatusModel, title: string, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${programName}</title>
${styleElement}
</head>
<body>
${main}
<footer>
<span>Generated ${timeText(model.nowMs)} from cached results; only a scrape of the metrics calls the APIs.</span>
<span>${programName} ${model.version}${shardText(model.shard)}</span>
<nav class="inline screen" aria-label="Exporter">${[
    pathLink(model, model.telemetryPath, 'metrics'),
    pathLink(model, sdPath, 'targets'),
    pathLink(model, '/-/ready', 'ready'),
    pathLink(model, '/-/healthy', 'healthy'),
  ]}</nav>
</footer>
</body>
</html>
`;
}

function pathLink({ linkBase }: StatusModel, path: string, text: string): Html {
  return html`<a href="${linkBase}${path.slice(1)}">${text}</a> `;
}

function shardText({ shard, totalShards }: Shard): string {
  return totalShards === 1 ? '' : `, shard ${shard} of ${totalShards}`;
}

/** Address of the page of an instance. */
export function instanceHref({ linkBase }: StatusModel, { account, region, id }: Instance): string {
  return `${linkBase}${instancePath.slice(1)}?${new URLSearchParams({ account, region, id }).toString()}`;
}

/** A level as a coloured word. */
export function tag(level: Level): Html {
  return html`<span class="tag ${level}">${levelText(level)}</span>`;
}

/** Small print below a text. */
export function small(text: string | Html): Html {
  return text === '' ? nothing : html`<small>${text}</small>`;
}

/** The title of a finding, which leads to its runbook. */
export function runbookLink(finding: Pick<Finding, 'alert' | 'title'>): Html {
  return html`<a href="${runbookUrl(finding)}" title="Runbook">${finding.title}</a>`;
}

/** E.g. `accepted until 2027-01-31: REASON`; empty while it is not accepted. */
export function acceptedText({ accepted }: Finding): string {
  if (accepted === undefined) return '';
  const reason = accepted.reason === '' ? 'no reason given' : accepted.reason;
  return `accepted until ${dayText(accepted.untilMs)}: ${reason}`;
}

/** Since when the facts of a finding are old, as far as they are. */
export function lastKnownText({ lastKnownMs }: Finding, nowMs: number): string {
  return lastKnownMs === undefined ? '' : `last known ${ago(lastKnownMs, nowMs)}, not confirmed since`;
}

/** The labels of an instance, each leading to all that have it. @param limit how many of them */
export function labelLinks({ linkBase }: StatusModel, { labels }: Instance, limit: number): Html {
  const all = Object.entries(labels);
  if (all.length === 0) return nothing;
  const links = all.slice(0, limit).map(([name, value]) => {
    const label = `${name}:${value}`;
    if (label.length > maxLabelLength) return html`<span>${name}: ${value}</span> `;
    const query = new URLSearchParams({ label }).toString();
    return html`<a href="${linkBase}?${query}">${name}: ${value}</a> `;
  });
  const more = all.length > limit ? html`<span>and ${all.length - limit} more</span>` : nothing;
  return html`<div class="labels">${links}${more}</div>`;
}

/** A file that is invalid. */
export function fileNotice(name: string, state: ReloadState | undefined): Html {
  if (state === undefined || state.successful) return nothing;
  return html`<p class="notice critical">Invalid ${name}: using the one loaded at ${timeText(state.lastSuccessMs)}. The log lists the problems.</p>
`;
}

/** A finding about the exporter itself. */
export function findingNotice(finding: Finding): Html {
  return html`<p class="notice ${finding.severity}">${tag(finding.severity)} ${runbookLink(finding)}: ${finding.detail}. ${finding.advice}</p>
`;
}

/** An account of which every API check fails. */
export function outageNotice(outage: Outage, nowMs: number): Html {
  const { sinceMs } = outage;
  const finding = blindAccount(outage);
  const severity = isLasting(outage, nowMs) ? finding.severity : 'warning';
  return html`<p class="notice ${severity}">${tag(severity)} ${runbookLink(finding)}, since ${timeText(sinceMs)} (${ago(sinceMs, nowMs)}):
${outageText(outage)} What was last known of its instances is shown below.</p>
`;
}
