import { describe, expect, it } from 'vitest';
import { offApiChecks } from '../../src/model/check.ts';
import type { Facts } from '../../src/model/facts.ts';
import { Failure } from '../../src/model/failure.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { textOf } from '../../src/web/html.ts';
import type { StatusModel } from '../../src/web/status-model.ts';
import { statusPage } from '../../src/web/status-page.ts';
import { certificate, checked, failing, fine, known, modelOf, nowMs } from './made-up-fleet.ts';

async function page(fleet: readonly Knowledge[], query = '', other: Partial<StatusModel> = {}): Promise<string> {
  return textOf((await statusPage(modelOf(fleet, other), new URLSearchParams(query))).page);
}

const titleOf = (html: string) => /<title>(.*)<\/title>/.exec(html)?.[1];
/** The text of each cell by its column, row by row. */
const rowsOf = (html: string) =>
  html
    .split('<tr role="row"><td')
    .slice(1)
    .map((row) =>
      Object.fromEntries(
        [...`<td${row}`.matchAll(/<t[dh][^>]*data-name="([^"]*)"[^>]*>(.*?)<\/t[dh]>/gs)].map(([, name, cell = '']) => [
          name,
          cell
            .replace(/<[^>]*>/g, ' ')
            .replace(/\s+/g, ' ')
            .trim(),
        ]),
      ),
    );
/** The number on each tile. */
const tilesOf = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<strong>(\d+)<\/strong> (?:<span[^>]*>)?(\w+)/g)].map(([, count, name]) => [
      name,
      Number(count),
    ]),
  );

const key = (enabled: boolean) => ({ id: 'k', alias: '', region: '', clusterId: '', enabled });
const tenant = (encrypted: boolean | undefined) => ({ id: 't', name: '', encrypted });
const served = (days: number) => ({ ...certificate(days), source: 'tls_probe' }) as const;
const accepted = (untilMs = nowMs + 1) => ({
  instance: { accept: [{ finding: 'ssl_disabled' as const, untilMs, reason: 'SEC-42' }] },
});

const mixed = [
  known('fine'),
  known('unknown', {}),
  known('soon', { ...fine, certificates: [certificate(3)] }),
  known('month', { ...fine, certificates: [certificate(20)] }),
  known('expired', { ...fine, certificates: [certificate(-1)] }),
  known('off', { sslEnabled: false }),
  known('accepted', { sslEnabled: false }, accepted()),
  known('old', { ...fine, keys: [key(true), key(false)] }),
];

describe('the rows of the status page', () => {
  it('are sorted by level, then by the earliest expiry', async () => {
    const rows = rowsOf(await page(mixed));
    expect(rows.map(({ Instance = '', State }) => [Instance.split(' ')[0], State])).toEqual([
      ['expired', 'critical'],
      ['soon', 'critical'],
      ['off', 'critical'],
      ['unknown', 'unknown'],
      ['month', 'warning'],
      ['old', 'info'],
      ['accepted', 'accepted'],
      ['fine', 'OK'],
    ]);
  });

  it.each<[string, Facts, string, string]>([
    ['SSL is off', { sslEnabled: false }, 'SSL', 'SSL off'],
    ['SSL is off', { sslEnabled: false }, 'Certificate', 'none SSL is off'],
    ['SSL is forced', { ...fine, sslForced: true }, 'SSL', 'SSL on forced'],
    ['SSL could be forced', { ...fine, sslForced: false, sslForceSupported: true }, 'SSL', 'SSL on not forced'],
    [
      'SSL cannot be forced',
      { ...fine, sslForced: false, sslForceSupported: false },
      'SSL',
      'SSL on not forced, this edition cannot force it',
    ],
    ['the certificate is valid', fine, 'Certificate', '200 d left expires 2027-06-10'],
    [
      'the certificate has expired',
      { ...fine, certificates: [certificate(-2.5)] },
      'Certificate',
      'expired 2 d ago expired 2026-11-19',
    ],
    [
      'the certificate is invalid',
      { sslEnabled: true, certValid: false },
      'Certificate',
      'invalid reported by the provider',
    ],
    [
      'SSL is on, and what the database itself does',
      {
        ...fine,
        sslForced: true,
        tlsAccepted: true,
        tlsSession: { version: 'TLSv1.3', cipher: 'x' },
        plaintextAccepted: false,
      },
      'SSL',
      'SSL on forced probe: TLSv1.3, plaintext refused',
    ],
    [
      'the database refuses TLS',
      { ...fine, tlsAccepted: false, plaintextAccepted: true },
      'SSL',
      'SSL on probe: TLS refused, plaintext accepted',
    ],
    ['nothing but the database answers', { tlsAccepted: true }, 'SSL', 'unknown probe: TLS accepted'],
    [
      'the certificate is served until the day that the API reports',
      { ...fine, certificates: [certificate(200), served(200)] },
      'Certificate',
      '200 d left expires 2027-06-10 (API, probe)',
    ],
    [
      'another certificate is served',
      { ...fine, certificates: [certificate(200), served(100)], certTrusted: false, certHostnameMatch: false },
      'Certificate',
      '100 d left expires 2027-03-02 (probe) expires 2027-06-10 (API) not trusted does not cover the server name',
    ],
    [
      'a certificate is known from the database alone',
      { sslEnabled: true, certValid: true, certificates: [served(100)], certTrusted: true, certHostnameMatch: true },
      'Certificate',
      '100 d left expires 2027-03-02 (probe)',
    ],
    ['the certificate is unknown', { sslEnabled: true }, 'Certificate', 'unknown'],
    ['there is no key', { ...fine, keys: [] }, 'At rest', 'not encrypted no KMS key'],
    ['the key is disabled', { ...fine, keys: [key(false)] }, 'At rest', 'key disabled 1 of 1 key disabled'],
    ['all tenants are encrypted', { ...fine, tenants: [tenant(true), tenant(true)] }, 'At rest', 'encrypted 2 tenants'],
    [
      'a tenant is not',
      { ...fine, tenants: [tenant(true), tenant(false)] },
      'At rest',
      'not encrypted 1 of 2 tenants (t)',
    ],
    ['a tenant may be', { ...fine, tenants: [tenant(true), tenant(undefined)] }, 'At rest', 'unknown'],
    ['there is no tenant', { ...fine, tenants: [] }, 'At rest', 'none no tenants'],
    ['there are two keys', { ...fine, keys: [key(true), key(true)] }, 'At rest', 'encrypted 2 keys'],
  ])('say when %s', async (_, facts, column, shown) => {
    expect(rowsOf(await page([known('x', facts)]))[0]?.[column]).toBe(shown);
  });

  it('distinguish what is unknown, what no check reports, what is not configured and what is not supported', async () => {
    const unsupported = failing('rest', new Failure('unsupported', 'x'), 1);
    const cells = async (one: Knowledge, model: Partial<StatusModel> = {}) =>
      rowsOf(await page([one], '', model))[0]?.['At rest'];
    const wire = checked('wire', fine);
    expect(await cells(known('x', fine, { facts: fine, checks: [wire, checked('rest', {})] }))).toBe('unknown');
    expect(await cells(known('x', fine, { facts: fine, checks: [wire] }))).toBe(
      'not available check rest is not configured',
    );
    expect(await cells(known('x', fine, { facts: fine, checks: [wire, unsupported] }))).toBe(
      'not available not supported by this edition',
    );
    expect(await cells(known('x', fine, { facts: fine, checks: [wire] }), { providerOf: () => ({ checks: [] }) })).toBe(
      'not available not reported by the provider',
    );
  });

  it('keep what was last known, its age and the severity of its findings', async () => {
    const stale = { facts: { sslEnabled: false }, atMs: nowMs - 2 * 3_600_000 };
    const wire = { ...failing('wire', new Failure('network', 'no route'), 70), stale };
    const rows = rowsOf(
      await page([known('x', {}, { checks: [wire, checked('rest', { keys: [key(true)] })], lastKnown: stale })]),
    );
    expect(rows[0]).toMatchObject({
      State: 'critical',
      SSL: 'unknown was: SSL off, 2 h ago',
      Findings: expect.stringMatching(
        /critical SSL is off last known 2 h ago.*warning wire fails : no route For 70 min; network: /,
      ) as unknown,
    });
  });

  it('show accepted findings with their reason and end; after the end they count again', async () => {
    const off: Facts = { sslEnabled: false };
    expect(rowsOf(await page([known('x', off, accepted())]))[0]).toMatchObject({
      State: 'accepted',
      Findings: 'accepted SSL is off accepted until 2026-11-22: SEC-42',
    });
    expect(rowsOf(await page([known('x', off, accepted(nowMs - 1))]))[0]?.['State']).toBe('critical');
  });

  it('name the owner by labels that lead to all with the same, at most five of them', async () => {
    const labels = { team: 'a&b', two: '2', three: '3', four: '4', five: '5', six: '6', seven: '7' };
    const html = await page([known('x', fine, { instance: { labels } })]);
    expect(html).toContain('<a href="./?label=team%3Aa%26b">team: a&amp;b</a>');
    expect(html).toContain('and 2 more');
    expect(html).not.toContain('six');
  });

  it('show an error once where several checks fail for the same reason, with what to do', async () => {
    const failure = new Failure('auth', 'the API returned AuthFailure.SignatureFailure');
    const html = await page([
      known('x', fine, { checks: [failing('wire', failure, 3), failing('rest', failure, 2)] }),
      known('y'),
    ]);
    expect(html.split('AuthFailure')).toHaveLength(2);
    expect(html).toContain('>wire, rest fail</a>: the API returned');
    expect(html).toContain('For 3 min; auth: the API refused the credential');
  });

  it('show a failing check as accepted where it is', async () => {
    const accept = [{ finding: 'check_failing' as const, untilMs: nowMs + 1, reason: 'being rebuilt' }];
    const wire = { ...failing('wire', new Failure('timeout', 'slow'), 60), facts: fine };
    const one = known('x', fine, {
      instance: { accept },
      checks: [wire, checked('rest', {})],
      facts: { ...fine, keys: [key(true)] },
    });
    expect(rowsOf(await page([one]))[0]).toMatchObject({
      State: 'accepted',
      Findings: expect.stringMatching(
        /^accepted Check wire fails \(timeout\) .* being rebuilt wire fails : slow For 60 min/,
      ) as unknown,
    });
  });

  it('show the age of the results while a check fails', async () => {
    const wire = { ...failing('wire', new Failure('timeout', 'slow'), 5), facts: fine, factsAtMs: nowMs - 300_000 };
    expect(await page([known('x', fine, { checks: [wire, checked('rest', {})] })])).toContain(
      'Showing results from 5 min ago.',
    );
  });

  it('have at most eight findings, and lead to the page of the instance for more', async () => {
    const rest = checked('rest', {}, { unreadable: Array.from({ length: 5000 }, (_, at) => `field${at}`) });
    const html = await page([known('x', fine, { checks: [checked('wire', fine), rest] })]);
    expect(html.length).toBeLessThan(20_000);
    expect(html).toContain('and 4997 more');
  });

  it('list findings of one kind separately when their runbooks differ', async () => {
    const html = await page([known('x', { ...fine, certTrusted: false, certHostnameMatch: false })]);
    expect(html).toContain('/docs/runbooks/CloudDBCertificateNotTrusted.md"');
    expect(html).toContain('/docs/runbooks/CloudDBCertificateNameMismatch.md"');
  });

  it('lead to runbooks and to the page of the instance', async () => {
    const html = await page([known('a b', { sslEnabled: false }, { instance: { account: 'x&y', region: '' } })]);
    expect(html).toContain('/docs/runbooks/CloudDBSSLDisabled.md"');
    expect(html).toContain('href="./instance?account=x%26y&amp;region=&amp;id=a+b-id"');
  });
});

describe('an account of which every check fails', () => {
  const failure = new Failure('network', 'the name cannot be resolved');
  const blind = (minutes: number) =>
    ['a', 'b'].map((name) =>
      known(name, {}, { checks: [failing('wire', failure, minutes), failing('rest', failure, minutes)] }),
    );
  const other = known('other', fine, { instance: { account: 'other' } });

  it('is one notice, and no sentence per row', async () => {
    const html = await page([...blind(4), other]);
    expect(html.split('the name cannot be resolved')).toHaveLength(2);
    expect(html).toMatch(
      /notice warning.*Every API check of account acc fails<\/a>, since 2026-11-21 23:56:00 UTC \(4 min ago\)/,
    );
    expect(
      rowsOf(html)
        .slice(0, 2)
        .map(({ Findings }) => Findings),
    ).toEqual(Array(2).fill(expect.stringMatching(/unknown.*Every API check of this account fails, see above\.$/)));
    expect(titleOf(html)).toBe('1 account blind, 0 critical, 2 unknown – clouddb-encryption-exporter');
  });

  it('is critical after 15 minutes', async () => {
    expect(await page(blind(16))).toMatch(/notice critical.*Every API check of account acc fails/);
  });

  it('is none while one check succeeds', async () => {
    expect(await page([...blind(16), known('c')])).not.toContain('Every API check of');
  });

  it('is none for the state of an instance, which is an answer of the API', async () => {
    const stopped = failing('wire', new Failure('instance_state', 'stopped'), 16);
    const html = await page([known('a', {}, { checks: [stopped] })]);
    expect(html).not.toContain('Every API check of');
    expect(html).toContain('stopped');
  });

  it.each(offApiChecks)('hides no failure of check %s, which does not call the API', async (name) => {
    const own = failing(name, new Failure('timeout', 'no answer of its own'), 16);
    const html = await page([known('a', {}, { checks: [failing('wire', failure, 16), own] })]);
    expect(rowsOf(html)[0]?.Findings).toContain('no answer of its own');
  });
});

describe('the counts', () => {
  const all = { instances: 8, critical: 3, unknown: 1, warning: 1, info: 1, accepted: 1, OK: 1 };

  it('are in the title and on tiles that lead to the filter', async () => {
    const html = await page(mixed);
    expect(titleOf(html)).toBe('3 critical, 1 unknown – clouddb-encryption-exporter');
    expect(tilesOf(html)).toEqual(all);
    expect(html).toContain('href="./?severity=critical"');
  });

  it('are those of the filter, its severity apart; the total stays visible', async () => {
    expect(tilesOf(await page(mixed, 'q=o'))).toMatchObject({ instances: 5, critical: 2, OK: 0 });
    const html = await page(mixed, 'severity=critical');
    expect(tilesOf(html)).toEqual(all);
    expect(rowsOf(html)).toHaveLength(3);
    expect(html).toContain('Filter: 3 of 8 instances');
  });

  it('have an accepted finding of an instance with others, too', async () => {
    const both = known('both', { sslEnabled: false, keys: [key(false)] }, accepted());
    const html = await page([both], 'severity=accepted');
    expect(tilesOf(html)).toMatchObject({ critical: 1, accepted: 1 });
    expect(rowsOf(html)).toHaveLength(1);
  });
});

describe('pages', () => {
  const fleet = Array.from({ length: 250 }, (_, at) => known(`i${String(at).padStart(3, '0')}`));
  const linksOf = (html: string) =>
    [...html.matchAll(/href="([^"]*page=[^"]*)" rel="(\w+)"/g)].map(([, to, rel]) => [rel, to]);

  it('have 100 instances each, with links to the next and the previous one that keep the filter', async () => {
    const html = await page(fleet, 'q=i&page=2&refresh=off');
    expect(rowsOf(html).map(({ Instance = '' }) => Instance.slice(0, 4))[0]).toBe('i100');
    expect(html).toContain('<span>101–200 of 250</span>');
    expect(linksOf(html)).toEqual([['next', './?q=i&amp;page=3&amp;refresh=off']]);
    expect(html).toContain('href="./?q=i&amp;refresh=off" rel="prev"');
    expect(rowsOf(await page(fleet, 'page=3'))).toHaveLength(50);
  });

  it('beyond the last one show the last one, and say so', async () => {
    const html = await page(fleet, 'page=4');
    expect(rowsOf(html)).toHaveLength(50);
    expect(html).toContain('There is no page 4: this is the last one.');
  });
});

describe('the filter of the status page', () => {
  it('is shown in words, with links that remove it, and in the form', async () => {
    const html = await page(mixed, 'account=nobody&q=%3Cb%3E&label=team:x');
    expect(html).toContain('name or id with &lt;b&gt; <a href="./?account=nobody&amp;label=team%3Ax"');
    expect(html).toContain('<option value="nobody" selected>nobody</option>');
    expect(html).toContain('name="q" value="&lt;b&gt;"');
    expect(html).toContain('<input type="hidden" name="label" value="team:x">');
    expect(html).toContain('No instance matches the filter.');
  });

  it('sends back what it was given, white space and joiners included', async () => {
    const odd = known('i', fine, { instance: { region: ' r  1', account: 'a\u200Db' } });
    const html = await page([odd], 'label=team:a%E2%80%8Db&q=a%E2%80%8Db%E2%80%AE');
    expect(html).toContain('<option value=" r  1">');
    expect(html).toContain('<option value="a&#8205;b">ab</option>');
    expect(html).toContain('<input type="hidden" name="label" value="team:a&#8205;b">');
    expect(html).toContain('name="q" value="a&#8205;b"');
  });

  it('accepts the links of all labels that the page prints', async () => {
    const labels = { ['n'.repeat(800)]: 'v'.repeat(200), ['m'.repeat(2000)]: 'w' };
    const fleet = [known('i', fine, { instance: { labels } })];
    const links = [...(await page(fleet)).matchAll(/href="\.\/\?(label=[^"]*)"/g)].map(([, query = '']) => query);
    expect(links).toHaveLength(1);
    expect(rowsOf(await page(fleet, links[0]))).toHaveLength(1);
  });

  it('shows what it ignores', async () => {
    expect(await page(mixed, 'severity=red&page=x')).toMatch(/Ignored: severity red.*page is ignored/s);
  });

  it('keeps the page small whatever the query is', async () => {
    const query = Array.from({ length: 400 }, (_, at) => `label=l${at}:${'x'.repeat(250)}`).join('&');
    expect((await page(mixed, query)).length).toBeLessThan(200_000);
  });
});

describe('the page reloads', () => {
  const seconds = async (query: string) => (await statusPage(modelOf([]), new URLSearchParams(query))).refreshSeconds;

  it('after 60 s, after the seconds of the query, or never; a link stops it', async () => {
    expect([await seconds(''), await seconds('refresh=300'), await seconds('refresh=off')]).toEqual([60, 300, 0]);
    expect(await page(mixed, 'q=x')).toContain('href="./?q=x&amp;refresh=off">Stop</a>');
    expect(await page(mixed, 'q=x&refresh=off')).toContain('href="./?q=x">Reload every minute</a>');
  });
});

describe('the status page', () => {
  it('shows no text with a character that changes the text around it', async () => {
    const evil = (what: string) => `${what}\u202E<script>x`;
    const instance = {
      account: evil('account'),
      provider: evil('provider'),
      region: evil('region'),
      id: evil('id'),
      labels: { [evil('label')]: evil('value') },
    };
    const checks = [failing('wire', new Failure('auth', evil('message')), 3), checked('rest', {})];
    const html = await page([known(evil('name'), fine, { instance, checks })], '', { version: evil('version') });
    expect(html).not.toMatch(/<script|\u202E/);
    for (const what of ['name', 'message', 'account', 'provider', 'region', 'id', 'label', 'value', 'version']) {
      expect(html).toContain(`${what}&lt;script&gt;x`);
    }
  });

  it('shows that no instance is configured, and which file is invalid', async () => {
    const empty = await page([]);
    expect(empty).toMatch(/Nothing is watched<\/a>: no instance is configured\./);
    expect(titleOf(empty)).toBe('Nothing is watched – clouddb-encryption-exporter');
    expect(empty).not.toContain('Invalid');
    const good = { successful: true, lastSuccessMs: nowMs };
    const bad = { successful: false, lastSuccessMs: nowMs };
    const html = await page([], '', { config: good, webConfig: bad });
    expect(html).toContain('Invalid web configuration: using the one loaded at 2026-11-22 00:00:00 UTC');
    expect(html).not.toContain('Invalid configuration file');
    expect(await page([], '', { config: bad })).toContain('Invalid configuration file');
  });

  it('shows checks in progress, checks that have not finished, and the number of its shard', async () => {
    const waiting = known('x', {}, { checks: [checked('wire', undefined, { last: undefined }), checked('rest', {})] });
    const html = await page([waiting], '', { pending: 3, shard: { shard: 2, totalShards: 3 } });
    expect(html).toContain('3 checks in progress.');
    expect(html).toContain('shard 2 of 3');
    expect(rowsOf(html)[0]).toMatchObject({ State: 'unknown', Checked: 'not yet' });
  });
});
