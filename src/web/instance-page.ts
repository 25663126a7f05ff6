// The page of one instance: findings, every fact with its source and age, and the last outcomes of each check.
import { addressText, type TlsProbe } from '../model/database.ts';
import type { Probed } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { acceptanceNotes } from '../posture/findings.ts';
import { checkHistory } from './check-history.ts';
import { factTable } from './fact-table.ts';
import { findInstance, type Lookup, notWatched } from './find-instance.ts';
import { type Html, html, nothing } from './html.ts';
import { type InstanceState, levelText, stateOf } from './instance-state.ts';
import {
  acceptedText,
  documentOf,
  instanceHref,
  labelLinks,
  lastKnownText,
  runbookLink,
  small,
  tag,
} from './page-parts.ts';
import { instancePath } from './paths.ts';
import type { StatusModel } from './status-model.ts';

/** Findings that are listed. */
const maxFindings = 100;

/** The page and its HTTP status: 200; 404 for an unknown instance; 400 without an id, or where several have it. */
export function instancePage(model: StatusModel, query: URLSearchParams): { status: number; page: Html } {
  const lookup = findInstance(model.withId, query, `${instancePath}?id`);
  if (lookup.status !== 200) return { status: lookup.status, page: noInstance(model, lookup) };
  const knowledge = model.knowledgeOf(lookup.found);
  if (knowledge === undefined) return { status: 404, page: noInstance(model, notWatched) };
  const state = stateOf(knowledge, model);
  const { instance } = knowledge;
  const main = html`${backLink(model)}
<main>
<header><h1>${instance.name}</h1> ${tag(state.level)}</header>
${identity(model, state)}
<h2>Findings</h2>
${findings(state)}
<h2>Facts</h2>
${factTable(state)}
<h2>Checks</h2>
${checkHistory(state)}
</main>`;
  return { status: 200, page: documentOf(model, `${levelText(state.level)}: ${instance.name}`, main) };
}

function noInstance(model: StatusModel, { problem, candidates }: Exclude<Lookup, { status: 200 }>): Html {
  const links = candidates.map(
    (
      instance,
    ) => html`<li><a href="${instanceHref(model, instance)}">${instance.name}, ${instance.account} ${instance.region}</a></li>
`,
  );
  const main = html`${backLink(model)}
<main>
<h1>No instance to show</h1>
<p>${problem}</p>
<ul>
${links}</ul>
</main>`;
  return documentOf(model, 'No instance to show', main);
}

function backLink({ linkBase }: StatusModel): Html {
  return html`<nav class="screen" aria-label="Back"><a href="${linkBase}">All instances</a></nav>`;
}

function identity(model: StatusModel, { knowledge: { instance, facts } }: InstanceState): Html {
  const { id, account, provider, region, labels, tlsProbe } = instance;
  const pairs = [
    ['Id', id],
    ['Account', account],
    ['Provider', provider],
    ['Region', region],
    ['TLS probe', tlsProbe === undefined ? '' : probeText(tlsProbe, facts.probed)],
  ].filter(([, text]) => text !== '');
  const own = Object.keys(labels).length;
  return html`<dl>
${pairs.map(
  ([name = '', text = '']) => html`<dt>${name}</dt><dd>${text}</dd>
`,
)}${
  own === 0
    ? nothing
    : html`<dt>Labels</dt><dd>${labelLinks(model, instance, own)}</dd>
`
}</dl>`;
}

/** E.g. `10.0.0.4:5432, server name db.example.com, plaintext tried`. */
function probeText({ address, serverName, plaintext }: TlsProbe, probed: Probed | undefined): string {
  const where =
    address && (address.port === undefined ? address.host : addressText({ ...address, port: address.port }));
  return [
    where ?? (probed === undefined ? 'address reported by the API' : `${probed.address}, as reported by the API`),
    ...(serverName === undefined ? [] : [`server name ${serverName}`]),
    ...(plaintext ? ['plaintext tried'] : []),
  ].join(', ');
}

function findings({ findings: found, knowledge, subject }: InstanceState): Html {
  const notes = acceptanceNotes(subject, found);
  const more = found.length > maxFindings ? html`<li>and ${found.length - maxFindings} more</li>` : nothing;
  const list =
    found.length === 0
      ? html`<p>${knowledge.checks.some(({ last }) => last === undefined) ? 'None yet: not all checks have finished.' : 'None.'}</p>`
      : html`<ul class="plain findings">
${found.slice(0, maxFindings).map((one) => findingItem(one, subject.nowMs))}${more}</ul>`;
  return html`${list}${notes.map((note) => html`<p>${note}</p>`)}`;
}

function findingItem(finding: Finding, nowMs: number): Html {
  const { accepted, severity, detail, advice } = finding;
  const colon = detail === '' ? '' : `: ${detail}`;
  return html`<li>${tag(accepted === undefined ? severity : 'accepted')} ${runbookLink(finding)}${colon}${small(advice)}${small(
    acceptedText(finding),
  )}${small(lastKnownText(finding, nowMs))}</li>
`;
}
