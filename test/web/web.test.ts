import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/model/facts.ts';
import { Failure } from '../../src/model/failure.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import type { Provider } from '../../src/model/provider.ts';
import { wholeFleet } from '../../src/model/shard.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { parseListenAddress } from '../../src/web/listen.ts';
import { acceptsGzip, chooseFormat } from '../../src/web/negotiation.ts';
import { scrapeDeadlineMs } from '../../src/web/scrape-deadline.ts';
import { renderStatusPage, type StatusModel } from '../../src/web/status-page.ts';
import { instanceRows } from '../../src/web/status-rows.ts';

describe('the format', () => {
  it.each([
    ['no header', undefined, 'text'],
    ['anything', '*/*', 'text'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 3.5',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    ['Prometheus told to take text', 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['OpenMetrics only', 'application/openmetrics-text', 'openmetrics'],
    ['an older OpenMetrics only', 'application/openmetrics-text;version=0.0.1', 'text'],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0,*/*', 'text'],
    ['both alike, text first', 'text/plain,application/openmetrics-text', 'text'],
    ['both alike, OpenMetrics first', 'application/openmetrics-text,text/plain', 'openmetrics'],
    [
      'quoted version and blanks',
      'Application/OpenMetrics-Text ; version="1.0.0" ; q=0.9, text/plain;q=0.1',
      'openmetrics',
    ],
    ['nothing that there is', 'application/json', 'text'],
    ['nonsense', ';;,=;q=x', 'text'],
  ])('for %s', (_, accept, format) => {
    expect(chooseFormat(accept)).toBe(format);
  });
});

describe('gzip', () => {
  it.each([
    [undefined, false],
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['*', true],
    ['identity', false],
    ['br, *;q=0', false],
  ])('for Accept-Encoding %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});

describe('the deadline', () => {
  it.each([
    ['what is announced minus the offset', '5', 500, 4500],
    ['10 s minus the offset without the header', undefined, 500, 9500],
    ['10 s minus the offset for nonsense', 'soon', 500, 9500],
    ['10 s minus the offset for a negative time', '-1', 500, 9500],
    ['half of a time that the offset would use up', '0.4', 500, 200],
    ['bounded for a time that never comes', '1e300', 500, 599_500],
  ])('is %s', (_, header, offset, expected) => {
    expect(scrapeDeadlineMs(header, offset)).toBe(expected);
  });

  it.each([
    ['the time that the last response took to be written', '5', 700, 3800],
    ['at least half for its checks, however long that took', '5', 60_000, 2250],
  ])('leaves %s', (_, header, writing, expected) => {
    expect(scrapeDeadlineMs(header, 500, writing)).toBe(expected);
  });
});

describe('a listen address', () => {
  it.each([
    [':10043', { host: undefined, port: 10_043 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['localhost:8080', { host: 'localhost', port: 8080 }],
    ['10043', undefined],
    [':70000', undefined],
    ['::1:80', undefined],
    ['http://x:80', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });
});

describe('the status page', () => {
  const nowMs = Date.UTC(2026, 10, 22);
  const days = (count: number) => nowMs / 1000 + count * 86_400;
  const certificate = (count: number) =>
    ({ certificate: 'server', source: 'api', subjectCn: '', notAfterSeconds: days(count) }) as const;

  const provider: Pick<Provider, 'checks'> = {
    checks: [
      {
        name: 'ssl',
        facts: { ssl_enabled: 'x', at_rest_encryption_enabled: 'x' },
        run: () => Promise.reject(new Error('not called')),
      },
    ],
  };
  const providerOf = () => provider;

  function status(name: string, facts: Facts | undefined, failure?: Failure): Knowledge {
    const instance = { account: 'acc', provider: 'p', id: name, region: '', name, labels: {}, checks: ['ssl'] };
    const key = { id: 'k', alias: '', region: '', clusterId: '', enabled: true };
    const known = facts && { keys: [key], ...facts };
    return {
      instance,
      checks: [
        {
          check: 'ssl',
          facts: known,
          factsAtMs: facts && nowMs - 90_000,
          lastSuccessMs: undefined,
          failingSinceMs: failure && nowMs - 3000,
          last: { failure, endedAtMs: nowMs - 3000, endedAt: 0, durationMs: 1 },
          outcomes: () => [],
        },
      ],
      facts: known ?? {},
    };
  }

  const page = (fleet: Knowledge[], other: Partial<StatusModel> = {}) =>
    text(
      renderStatusPage({
        version: '1',
        linkBase: './',
        telemetryPath: '/metrics',
        nowMs,
        fleet,
        providerOf,
        thresholds: defaultThresholds,
        pending: 0,
        config: { successful: true, lastSuccessMs: nowMs },
        shard: wholeFleet,
        ...other,
      }),
    );

  it('sorts by level, then by the earliest expiry', async () => {
    const rows = await instanceRows(
      [
        status('fine', { sslEnabled: true, certificates: [certificate(200)] }),
        status('unknown', undefined),
        status('soon', { sslEnabled: true, certificates: [certificate(3)] }),
        status('month', { sslEnabled: true, certificates: [certificate(20)] }),
        status('expired', { sslEnabled: true, certificates: [certificate(-1)] }),
        status('off', { sslEnabled: false }),
      ],
      providerOf,
      nowMs,
      defaultThresholds,
    );
    expect(rows.map(({ name }) => name)).toEqual(['expired', 'soon', 'off', 'unknown', 'month', 'fine']);
    expect(rows.map(({ level }) => level)).toEqual(['critical', 'critical', 'critical', 'unknown', 'warning', 'ok']);
  });

  it.each<[string, Facts, string]>([
    ['SSL is off', { sslEnabled: false }, 'SSL off'],
    [
      'SSL could be forced and is not',
      { sslEnabled: true, sslForced: false, sslForceSupported: true },
      'SSL not forced',
    ],
    ['SSL cannot be forced', { sslEnabled: true, sslForced: false, sslForceSupported: false }, 'SSL on'],
    ['the certificate has expired', { sslEnabled: true, certificates: [certificate(-2.5)] }, 'expired 2 d ago'],
    ['the certificate is called invalid', { sslEnabled: true, certValid: false }, 'invalid'],
    ['there is no key', { sslEnabled: true, keys: [] }, 'not encrypted'],
    [
      'the key is disabled',
      { sslEnabled: true, keys: [{ id: 'k', alias: '', region: '', clusterId: '', enabled: false }] },
      'key disabled',
    ],
  ])('says it when %s', async (_, facts, shown) => {
    expect(await page([status('x', facts)])).toContain(`>${shown}<`);
  });

  it('shows the last error of a check, what to do, and the age of the facts', async () => {
    const html = await page([
      status('x', { sslEnabled: true }, new Failure('auth', 'the API answered AuthFailure.SignatureFailure')),
    ]);
    expect(html).toContain('ssl: the API answered AuthFailure.SignatureFailure');
    expect(html).toContain('auth: the API refused the credential');
    expect(html).toContain('Showing results from 90 s ago.');
  });

  it('escapes everything', async () => {
    const evil = `<script>alert("1")</script>'&`;
    const html = await page([
      status(evil, { sslEnabled: true, certificates: [{ ...certificate(1), certificate: 'ca', subjectCn: evil }] }),
    ]);
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
  });

  it.each([
    ['right-to-left override', '\u202e'],
    ['isolate', '\u2067'],
    ['zero-width space', '\u200b'],
    ['escape', '\u001b'],
    ['line separator', '\u2028'],
  ])('shows no text with a %s', async (_, hidden) => {
    const evil = (what: string) => `${what}${hidden}x`;
    const known = status(evil('name'), { sslEnabled: true }, new Failure('auth', evil('message')));
    const instance = {
      ...known.instance,
      account: evil('account'),
      provider: evil('provider'),
      region: evil('region'),
      id: evil('id'),
    };
    const html = await page([{ ...known, instance }], { version: evil('version') });
    expect(html).not.toContain(hidden);
    for (const what of ['name', 'message', 'account', 'provider', 'region', 'id', 'version']) {
      expect(html).toContain(`${what}x`);
    }
  });

  it('shows that no instance is configured, and which file is invalid', async () => {
    expect(await page([])).toContain('Nothing is watched: no instance is configured.');
    expect(await page([])).not.toContain('Invalid');
    const good = { successful: true, lastSuccessMs: nowMs };
    const bad = { successful: false, lastSuccessMs: nowMs };
    const html = await page([], { config: good, webConfig: bad });
    expect(html).toContain('Invalid web configuration: using the one loaded at 2026-11-22T00:00:00.000Z');
    expect(html).not.toContain('Invalid configuration file');
    expect(await page([], { pending: 3, config: bad })).toContain('Invalid configuration file');
  });

  it('shows the number of its shard', async () => {
    expect(await page([])).not.toContain('shard');
    expect(await page([], { shard: { shard: 2, totalShards: 3 } })).toContain('shard 2 of 3');
  });
});
