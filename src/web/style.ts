// The style sheet of the pages: on wide and narrow screens, in the light, in the dark and on paper.
import { createHash } from 'node:crypto';
import { html, textOf } from './html.ts';

const light = html`--bg: #f6f7f9; --fg: #1b2027; --dim: #55606c; --line: #d9dee4; --card: #fff; --link: #0b4fb3;
  --critical: #a8201a; --critical-bg: #fde9e7; --unknown: #6a2c91; --unknown-bg: #f3e8fa; --warning: #7d4a00;
  --warning-bg: #fff1d6; --info: #0a5580; --info-bg: #e3f2fb; --ok: #14603a; --ok-bg: #e2f4e9;`;

const dark = html`--bg: #13171b; --fg: #e5e8eb; --dim: #9ba5af; --line: #2d343c; --card: #1a1f25; --link: #8ab8ff;
  --critical: #ff9d94; --critical-bg: #431b18; --unknown: #dcb0f7; --unknown-bg: #34213f; --warning: #f6c265;
  --warning-bg: #3a2b0e; --info: #8fd0f5; --info-bg: #12303f; --ok: #82d9a3; --ok-bg: #153321;`;

const css = html`
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 1.25rem clamp(.75rem, 3vw, 2.5rem); background: var(--bg); color: var(--fg);
  font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
header, footer { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; align-items: baseline; }
header { margin-bottom: 1rem; }
footer { margin-top: 1rem; color: var(--dim); }
h1 { font-size: 1.3rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
p { margin: .5rem 0; max-width: 60rem; }
.dim, small { color: var(--dim); }
small { display: block; font-size: .85em; }
code { font-size: .93em; }
.tag { display: inline-block; padding: 0 .55em; border-radius: 1em; font-weight: 600; white-space: nowrap; }
.critical { color: var(--critical); background: var(--critical-bg); }
.unknown { color: var(--unknown); background: var(--unknown-bg); }
.warning { color: var(--warning); background: var(--warning-bg); }
.info { color: var(--info); background: var(--info-bg); }
.accepted { color: var(--fg); background: var(--line); }
.ok { color: var(--ok); background: var(--ok-bg); }
.notice { padding: .6rem .9rem; border-radius: 8px; border-left: 6px solid; max-width: none; }
.notice small, .notice a { color: inherit; }
.tiles { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 1rem 0; padding: 0; }
.tiles a { display: block; min-width: 6.6rem; padding: .4rem .8rem .5rem; border-radius: 8px; border: 1px solid var(--line);
  background: var(--card); color: inherit; text-decoration: none; }
.tiles a:hover, .tiles a[aria-current] { border-color: currentColor; box-shadow: 0 0 0 1px currentColor; }
.tiles strong { display: block; font-size: 1.45rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
form { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; }
label { font-size: .85em; color: var(--dim); }
label :is(input, select) { display: block; width: 9.5rem; }
input, select, button { font: inherit; font-size: 15px; color: var(--fg); background: var(--card); border: 1px solid var(--dim);
  border-radius: 6px; padding: .3rem .5rem; min-height: 2.2rem; }
button { font-weight: 600; padding-inline: 1rem; cursor: pointer; }
.plain { list-style: none; margin: 0; padding: 0; }
form ~ .inline { margin: 1rem 0; }
.inline { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); font-size: 14px; }
caption { text-align: left; padding: .6rem 0; }
th, td { padding: .5rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; font-weight: 400; }
thead th { font-weight: 600; font-size: .85em; color: var(--dim); white-space: nowrap; }
tbody th > a { font-weight: 600; }
td li + li { margin-top: .35rem; }
.labels { display: flex; flex-wrap: wrap; gap: .1rem .6rem; font-size: .85em; }
.fleet { table-layout: fixed; }
.fleet thead th:nth-child(1) { width: 6.6rem; }
.fleet thead th:nth-child(2) { width: 19%; }
.fleet thead th:nth-child(3) { width: 11.5%; }
.fleet thead th:nth-child(4) { width: 15%; }
.fleet thead th:nth-child(5) { width: 12.5%; }
.fleet thead th:nth-child(7) { width: 4.8rem; }
.fleet .tag { white-space: normal; overflow-wrap: normal; }
code { overflow-wrap: normal; }
.facts thead th:nth-child(3) { width: 15rem; }
.findings li + li { margin-top: .6rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; align-items: start; }
details.lists { margin: 1rem 0; }
.lists thead th:nth-child(-n+2) { width: 11rem; }
.lists thead th:nth-child(3) { width: 6rem; }
summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: var(--dim); }
dd { margin: 0; }
@media screen and (max-width: 1100px) {
  .cards, .cards :is(caption, tr, td, tbody th) { display: block; }
  .cards tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: .6rem; }
  .cards thead { position: absolute; left: -999rem; }
  .cards { border: 0; background: none; font-size: 14px; }
  .cards tbody tr { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .35rem 0; }
  .cards :is(td, tbody th) { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .15rem .7rem; }
  .cards :is(td, tbody th)::before { content: attr(data-name); color: var(--dim); font-size: .85em; padding-top: .1em; }
  .cards td small { display: inline; }
  .cards td small::before { content: " · "; }
  .fleet tbody tr { display: grid; align-content: start; grid-template-columns: max-content minmax(0, 1fr); }
  .fleet td:nth-child(n+3) { grid-column: 1 / -1; }
  .fleet.cards :is([data-name="State"], [data-name="Instance"], [data-name="Findings"]) { grid-template-columns: minmax(0, 1fr); }
  .fleet.cards :is([data-name="State"], [data-name="Instance"], [data-name="Findings"])::before { content: none; }
  label :is(input, select) { width: 100%; }
  form { gap: .4rem .6rem; }
  form label { flex: 1 1 8.5rem; }
  .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(5.3rem, 1fr)); gap: .4rem; }
  .tiles a { min-width: 0; padding: .3rem .4rem; height: 100%; }
  .tiles .tag { padding: 0 .35em; font-size: .82em; }
}
@media print {
  :root { color-scheme: light; background: #fff; }
  body { max-width: none; padding: 0; font-size: 10px; background: #fff; }
  table { font-size: 9px; }
  th, td { padding: .3rem; }
  form, .screen { display: none; }
  tr, .notice { break-inside: avoid; }
  .tag { border: 1px solid currentColor; }
  .fleet thead th:nth-child(1) { width: 4.2rem; }
  .fleet thead th:nth-child(7) { width: 3.6rem; }
  .tiles a { min-width: 0; }
}
@page { margin: 1cm; }
`;

/** The style element. */
export const styleElement = html`<style>${css}</style>`;

/** The source of the style in a Content-Security-Policy. */
export const styleSource = `'sha256-${createHash('sha256').update(textOf(css)).digest('base64')}'`;
