// The page of each provider: it names the checks, grants what they need, and has the steps for the alerts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { providersPage } from '../scripts/providers-page.ts';
import { type Family, instanceFamilies } from '../src/metrics/catalogue.ts';
import { listCheckName } from '../src/model/discovery.ts';
import type { FactName } from '../src/model/facts.ts';
import { providers } from '../src/providers/index.ts';
import { madeUpCheck, madeUpProvider } from './support/made-up-provider.ts';
import { jsonBlocks, sectionsOf } from './support/markdown.ts';
import { grantedIn } from './support/policies.ts';

const docs = resolve(import.meta.dirname, '../docs');
const pageOf = (id: string) => join(docs, 'providers', `${id}.md`);

interface Rule {
  alert?: string;
  expr: string;
}

/** The alerts, each with the facts that its expressions read. */
const alerts = readdirSync(join(docs, '../prometheus/rules')).reduce((found, name) => {
  const text = readFileSync(join(docs, '../prometheus/rules', name), 'utf8');
  const { groups } = parse(text) as { groups: { rules: Rule[] }[] };
  for (const { alert, expr } of groups.flatMap(({ rules }) => rules)) {
    if (alert !== undefined) found.set(alert, new Set([...(found.get(alert) ?? []), ...factsIn(expr)]));
  }
  return found;
}, new Map<string, Set<FactName>>());

/** The facts that an expression reads, in its order; a recording rule by the name of its metric; of certificates only the kind. */
function factsIn(expr: string): FactName[] {
  const names = [...expr.matchAll(/\bclouddb_\w+/g)].map(([name]) => name);
  const kinds = [...expr.matchAll(/certificate="(server|ca)"/g)].map(([, kind]) => `${kind}_certificate`);
  const families = Object.values<Family>(instanceFamilies);
  return names
    .flatMap((name) => families.find((family) => family.name === name)?.facts ?? [])
    .filter((fact) => !fact.endsWith('_certificate') || kinds.length === 0 || kinds.includes(fact));
}

/** The alerts of which a sentence says that they do not fire. */
function alertsThatDoNotFire(sentence: string): string[] {
  return /\bdo(?:es)? not fire\b/.test(sentence) ? [...sentence.matchAll(/CloudDB\w+/g)].map(([name]) => name) : [];
}

describe.each(providers)('the page of $id', ({ id, title, checks, list, settings, credentials }) => {
  const exists = existsSync(pageOf(id));
  const page = exists ? readFileSync(pageOf(id), 'utf8') : '';
  const sections = sectionsOf(page);

  it('exists', () => {
    expect(exists, `write docs/providers/${id}.md: what the exporter needs there, and the steps for each alert`).toBe(
      true,
    );
    expect(page.split('\n')[0]).toBe(`# ${title}`);
  });

  it('names each check with its action and its permission in one row', () => {
    const calls = [...checks, ...(list === undefined ? [] : [{ ...list, name: listCheckName }])];
    const missing = calls.flatMap(({ name, action, permission }) => {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
      const wanted = [name, action, permission].filter((text) => text !== undefined);
      return wanted.filter((text) => !row.includes(`\`${text}\``));
    });
    expect(missing).toEqual([]);
  });

  it('or config.example.yaml shows every setting and credential of an account', () => {
    const shown = `${readFileSync(join(docs, '../config.example.yaml'), 'utf8')}\n${page}`;
    const names = [...Object.keys(settings), ...credentials.map(({ name }) => name)];
    // One of the three ways to give a secret is enough.
    const missing = names.filter((name) => !new RegExp(`\\b${name}(?:_env|_file)?: \\S`).test(shown));
    expect(missing, `add an example to docs/providers/${id}.md`).toEqual([]);
  });

  it('grants in section "Policy" the permissions of the checks, no more and no less', () => {
    const needed = checks.flatMap(({ permission }) => permission ?? []);
    const granted = jsonBlocks(sections.get('Policy') ?? '').flatMap(grantedIn);
    expect([...new Set(granted)].toSorted()).toEqual([...new Set(needed)].toSorted());
  });

  it('has a section "Discovery" with the permission of its list, which the other policies do not grant', () => {
    expect(sections.has('Discovery')).toBe(list !== undefined);
    const granted = jsonBlocks(sections.get('Discovery') ?? '').flatMap(grantedIn);
    expect(granted).toEqual(list?.permission === undefined ? [] : [list.permission]);
  });

  it('has a section, or a reason, for each alert on a fact of its checks', () => {
    const reported = new Set(checks.flatMap((check) => Object.keys(check.facts)));
    const concerned = [...alerts].filter(([, facts]) => [...facts].some((fact) => reported.has(fact)));
    expect(concerned.map(([alert]) => alert).filter((alert) => !page.includes(alert))).toEqual([]);
  });

  it('has the section that a runbook refers to, for each alert that can fire for its instances', () => {
    const reported = new Set(checks.flatMap((check) => Object.keys(check.facts)));
    const claimed = [...alerts.keys()].filter((alert) =>
      readFileSync(join(docs, 'runbooks', `${alert}.md`), 'utf8').includes(`, section ${alert}.`),
    );
    const silent = new Set(page.split(/[.:;](?=\s)/).flatMap(alertsThatDoNotFire));
    // An alert starts from its first fact; one without a fact can fire everywhere, unless the page denies it.
    const firing = claimed.filter((alert) => {
      const [first] = alerts.get(alert) ?? [];
      return first === undefined ? !silent.has(alert) : reported.has(first);
    });
    expect(firing.filter((alert) => !sections.has(alert))).toEqual([]);
    expect(firing.filter((alert) => silent.has(alert))).toEqual([]);
  });

  it('has sections only for alerts whose runbook leads there', () => {
    const named = [...sections.keys()].filter((heading) => heading.startsWith('CloudDB'));
    for (const alert of named) {
      expect([...alerts.keys()]).toContain(alert);
      expect(readFileSync(join(docs, 'runbooks', `${alert}.md`), 'utf8')).toContain('](../providers/README.md)');
      expect(sections.get(alert)?.trim(), alert).not.toBe('');
    }
  });
});

describe('the index of the providers', () => {
  it('has a page for each provider and no page without one', () => {
    const pages = readdirSync(join(docs, 'providers')).filter((name) => name !== 'README.md');
    expect(pages.toSorted()).toEqual(providers.map(({ id }) => `${id}.md`).toSorted());
  });

  it('shows regions, credentials and facts of a provider, and unavailable facts', () => {
    const page = providersPage([
      madeUpProvider('north', {
        regions: 'any',
        credentials: [{ name: 'api_token', required: true, secret: true, env: 'NORTH_TOKEN' }],
        checks: [
          madeUpCheck('wire', { facts: { ssl_enabled: 'tls.on' } }),
          madeUpCheck('mode', { facts: { ssl_enabled: 'mode' } }),
        ],
      }),
    ]);
    expect(page).toContain('| [Product north](north.md) | `north` | `made-up` | required, any text |');
    expect(page).toContain('| `north` | `api_token` | `NORTH_TOKEN` | yes | yes |');
    expect(page).toContain('| `ssl_enabled` | `wire`: tls.on; `mode`: mode |');
    expect(page).toContain('| `kms_keys` | not available |');
  });
});

describe('alerts', () => {
  it('are on the facts that their expressions read', () => {
    expect([...(alerts.get('CloudDBSSLDisabled') ?? [])]).toEqual(['ssl_enabled']);
    expect([...(alerts.get('CloudDBCACertificateExpiring') ?? [])]).toEqual(['ca_certificate']);
    expect([...(alerts.get('CloudDBCertificateExpired') ?? [])]).toEqual(['server_certificate']);
    expect([...(alerts.get('CloudDBExporterDown') ?? [])]).toEqual([]);
  });
});
