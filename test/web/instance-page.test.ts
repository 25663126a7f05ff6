import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/model/check.ts';
import { type Facts, mergeFacts } from '../../src/model/facts.ts';
import { Failure } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { textOf } from '../../src/web/html.ts';
import { instancePage } from '../../src/web/instance-page.ts';
import type { StatusModel } from '../../src/web/status-model.ts';
import { certificate, checked, checks, failing, fine, known, modelOf, nowMs } from './made-up-fleet.ts';

function open(
  fleet: readonly Knowledge[],
  query: string,
  other: Partial<StatusModel> = {},
): { status: number; html: string; text: string } {
  const { status, page } = instancePage(modelOf(fleet, other), new URLSearchParams(query));
  const html = textOf(page);
  const text = html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  return { status, html, text };
}

const at = (id: string, account: string, region: string) => known(id, fine, { instance: { id, account, region } });

describe('the page of an instance', () => {
  it('has every fact with its value, age and source; those that no check reports, too', () => {
    const { text } = open([known('x')], 'id=x-id');
    expect(text).toContain('ssl_enabled yes known 3 s ago, 2026-11-21 23:59:57 UTC wire EnableTls');
    expect(text).toContain('server_certificate expires 2027-06-10 known');
    expect(text).toContain('kms_keys key: enabled id k known');
    expect(text).toMatch(
      /kms_keys.* ssl_forced ssl_force_supported .*– not available not reported by the provider – –/,
    );
  });

  it('distinguishes stale, unknown, not yet checked and not reported', () => {
    const stale = { facts: { sslEnabled: false }, atMs: nowMs - 7_200_000 };
    const wire = { ...failing('wire', new Failure('network', 'no route'), 70), stale };
    const waiting = checked('rest', undefined, { last: undefined });
    const { text } = open([known('x', {}, { checks: [wire, waiting] })], 'id=x-id');
    expect(text).toContain('ssl_enabled was: no unknown last known 2 h ago, 2026-11-21 22:00:00 UTC wire');
    expect(text).toContain('cert_valid – unknown the check fails wire');
    expect(text).toContain('kms_keys – unknown not checked yet rest');
    expect(open([known('x', { sslEnabled: true })], 'id=x-id').text).toContain(
      'cert_valid – not reported absent or empty in the last response wire',
    );
  });

  it('has the findings with advice and runbook, accepted ones with reason and end, and notes on acceptances', () => {
    const accept = [
      { finding: 'ssl_disabled' as const, untilMs: nowMs + 1, reason: '' },
      { finding: 'key_old' as const, untilMs: nowMs + 1, reason: 'x' },
    ];
    const { html, text } = open([known('x', { sslEnabled: false, keys: [] }, { instance: { accept } })], 'id=x-id');
    expect(text).toContain('warning Not encrypted at rest Most clouds can encrypt only a new instance');
    expect(text).toMatch(/accepted SSL is off Enable SSL\..*accepted until 2026-11-22: no reason given/);
    expect(text).toContain('key_old is accepted until 2026-11-22, but it is not found');
    expect(html).toContain('/docs/runbooks/CloudDBNotEncryptedAtRest.md"');
  });

  it('has the last error of each check with what to do, and its last outcomes', () => {
    const outcomes = () => [
      { endedAtMs: nowMs - 3000, durationMs: 12, reason: 'timeout' as const },
      { endedAtMs: nowMs - 63_000, durationMs: 7, reason: undefined },
    ];
    const wire = { ...failing('wire', new Failure('timeout', 'nothing came'), 3), outcomes };
    const { text } = open([known('x', fine, { checks: [wire, checked('rest', {})] })], 'id=x-id');
    expect(text).toContain('nothing came . timeout: no response within request_timeout');
    expect(text).toContain('Failing since 2026-11-21 23:57:00 UTC');
    expect(text).toContain('Last 2 results of wire, newest first; 1 failed');
    expect(text).toContain('2026-11-21 23:59:57 UTC timeout 12 ms 2026-11-21 23:58:57 UTC success 7 ms');
  });

  const probe: Check = {
    name: 'probe',
    optIn: 'tls_probe',
    facts: {
      tls_accepted: 'handshake',
      tls_version: 'handshake',
      server_certificate: 'served',
      cert_trusted: 'served chain',
      cert_hostname_match: 'served',
      plaintext_accepted: 'session without TLS',
    },
    run: () => Promise.reject(new Error('not called')),
  };

  function openProbed(facts: Facts, tlsProbe: Instance['tlsProbe'] = { plaintext: false }) {
    const all = [checked('wire', fine), checked('probe', facts)];
    const one = known(
      'x',
      {},
      { checks: all, facts: mergeFacts(all.map((check) => check.facts)), instance: { tlsProbe } },
    );
    return open([one], 'id=x-id', { providerOf: () => ({ checks: [...checks, probe] }) });
  }

  it('has what the TLS probe saw, with its reasons and the address', () => {
    const served = {
      ...certificate(100),
      source: 'tls_probe',
      subjectCn: 'db.example.com',
      issuerCn: 'Example CA',
      serial: '0A',
    } as const;
    const { text } = openProbed(
      {
        tlsAccepted: true,
        tlsSession: { version: 'TLSv1.2', cipher: 'ECDHE-RSA-AES256-GCM-SHA384' },
        certTrusted: false,
        certDistrust: 'unknown_root',
        certHostnameMatch: true,
        certNameSource: 'common_name',
        certificates: [served],
      },
      { address: { host: '2001:db8::1', port: 6432 }, serverName: 'db.example.com', plaintext: true },
    );
    expect(text).toContain('TLS probe [2001:db8::1]:6432, server name db.example.com, plaintext tried');
    expect(text).toContain('tls_version TLSv1.2, ECDHE-RSA-AES256-GCM-SHA384 known');
    expect(text).toContain(
      'cert_trusted no the chain ends in a CA that is not trusted: check the CA certificates known',
    );
    expect(text).toContain('cert_hostname_match yes by the common name only; current clients refuse that (RFC 9525)');
    expect(text).toContain('db.example.com expires 2027-03-02 issuer Example CA, serial 0A');
    expect(text).toContain('plaintext_accepted – not reported not seen by the last attempt');
  });

  it('gives no reason for a chain that is trusted', () => {
    const { text } = openProbed({ certTrusted: true, certDistrust: 'expired' });
    expect(text).toContain('TLS probe address reported by the API');
    expect(text).toContain('cert_trusted yes known');
  });

  it('says in one row how to learn what no check is configured for', () => {
    const one = known('x', {}, { checks: [checked('wire', fine)] });
    const { text } = open([one], 'id=x-id', { providerOf: () => ({ checks: [...checks.slice(0, 1), probe] }) });
    expect(text).toContain(
      'tls_accepted tls_version cert_trusted cert_hostname_match plaintext_accepted – not available check probe is not configured: set tls_probe',
    );
    expect(text).not.toContain('TLS probe');
  });

  it('has the labels and links back', () => {
    const { html } = open([known('x', fine, { instance: { labels: { team: 'a' } } })], 'id=x-id');
    expect(html).toContain('<a href="./?label=team%3Aa">team: a</a>');
    expect(html).toContain('<a href="./">All instances</a>');
    expect(html).toContain('<title>OK: x – clouddb-encryption-exporter</title>');
  });

  it('does not call data unencrypted where only its keys are disabled', () => {
    const keys = [{ id: 'k', alias: '', region: '', clusterId: '', enabled: false }];
    expect(open([known('x', { ...fine, keys })], 'id=x-id').text).toContain(
      'at_rest_encryption_enabled no enabled key known',
    );
    expect(open([known('x', { ...fine, keys: [] })], 'id=x-id').text).toContain('at_rest_encryption_enabled no known');
  });

  it('has each tenant with its state', () => {
    const tenants = [
      { id: 't1', name: 'orders', encrypted: true },
      { id: 't2', name: '', encrypted: false },
      { id: 't3', name: '<b>', encrypted: undefined },
    ];
    const { text } = open([known('x', { ...fine, tenants })], 'id=x-id');
    expect(text).toContain(
      'tenants orders: encrypted id t1 tenant: not encrypted id t2 &lt;b&gt;: state unknown id t3 known',
    );
    expect(text).toContain('Not encrypted at rest');
    expect(text).toContain('1 of 3 tenants (t2)');
    expect(open([known('x', { ...fine, tenants: [] })], 'id=x-id').text).toContain('tenants none known');
  });

  it('is bounded for an instance with thousands of keys and findings', () => {
    const keys = Array.from({ length: 5000 }, (_, i) => ({
      id: `k${i}`,
      alias: '',
      region: '',
      clusterId: '',
      enabled: false,
    }));
    const { html } = open([known('x', { ...fine, keys })], 'id=x-id');
    expect(html).toContain('and 4950 more');
    expect(html.length).toBeLessThan(200_000);
  });
});

describe('an instance', () => {
  const fleet = [
    at('a', 'one', ''),
    at('b', 'one', 'r-1'),
    at('c', 'one', 'r-1'),
    at('c', 'one', 'r-2'),
    at('c', 'two', 'r-1'),
  ];

  it.each([
    ['id=a', 200],
    ['id=a&account=one&region=', 200],
    ['id=b&account=one', 200],
    ['id=c&account=one&region=r-2', 200],
    ['id=c&account=two', 200],
    ['id=c&account=one', 400],
    ['id=c', 400],
    ['', 400],
    ['id=', 400],
    ['id=a&id=b', 400],
    ['id=b&account=one&region=r-2', 404],
    ['id=b&account=two', 404],
    ['id=A', 404],
    ['id=__proto__', 404],
    [`id=${'x'.repeat(10_000)}`, 404],
  ])('%s is answered %i', (query, expected) => {
    const { status, html } = open(fleet, query);
    expect(status).toBe(expected);
    expect(html.length).toBeLessThan(40_000);
  });

  it('is proposed with its account and region where several have the id', () => {
    const { html } = open(fleet, 'id=c');
    expect(html).toContain('Several instances have this id: add account and region.');
    expect(html.match(/href="\.\/instance\?/g)).toHaveLength(3);
  });
});
