// Where the sender of a request reaches the exporter.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveBasePaths } from '../../src/web/base-path.ts';
import { servedAt } from '../../src/web/served-at.ts';

const socket = { localAddress: '10.0.0.9', localPort: 10_043 };

function reached(externalUrl: string, prefix: string, headers: Record<string, string>, more = {}): string | undefined {
  const at = servedAt({ headers, socket: { ...socket, ...more } }, resolveBasePaths(externalUrl, prefix));
  return at && `${at.scheme}://${at.address}${at.path}`;
}

const external = 'https://mon.example/clouddb/';
const direct = { host: 'exporter:10043' };

describe('without an external URL, the exporter is reached', () => {
  it.each([
    ['at the Host of the request', '', direct, 'http://exporter:10043'],
    ['below the prefix', '/in/ner', direct, 'http://exporter:10043/in/ner'],
    ['at the port of the scheme', '', { host: 'exporter' }, 'http://exporter:80'],
    ['at an IPv4 address', '', { host: '10.1.2.3:8080' }, 'http://10.1.2.3:8080'],
    ['at an IPv6 address', '', { host: '[2001:db8::1]:8080' }, 'http://[2001:db8::1]:8080'],
    ['at an IPv6 address without a port', '', { host: '[::1]' }, 'http://[::1]:80'],
    ['at a name with an underscore', '', { host: 'my_exporter.svc:1' }, 'http://my_exporter.svc:1'],
    ['at the local address, without a Host', '', {}, 'http://10.0.0.9:10043'],
    ['at the local address, with an empty Host', '', { host: '' }, 'http://10.0.0.9:10043'],
    [
      'at the Host, whatever a proxy says that is not configured',
      '',
      { ...direct, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', via: '1.1 x' },
      'http://exporter:10043',
    ],
  ])('%s', (_, prefix, headers, url) => {
    expect(reached('', prefix, headers)).toBe(url);
  });

  it.each([
    ['::ffff:127.0.0.1', 'http://127.0.0.1:10043'],
    ['::1', 'http://[::1]:10043'],
    ['fe80::1%eth0', 'http://[fe80::1]:10043'],
  ])('at the local address %s', (localAddress, url) => {
    expect(reached('', '', {}, { localAddress })).toBe(url);
  });

  it('over TLS, where the connection is', () => {
    expect(reached('', '', direct, { encrypted: true })).toBe('https://exporter:10043');
    expect(reached('', '', { host: 'exporter' }, { encrypted: true })).toBe('https://exporter:443');
  });
});

describe('with an external URL, a request', () => {
  it.each([
    ['by the Host of another', direct, 'http://exporter:10043/in'],
    ['by the same host at another port', { host: 'mon.example:10043' }, 'http://mon.example:10043/in'],
    ['by the Host of the URL', { host: 'mon.example' }, 'https://mon.example:443/clouddb'],
    ['by the Host of the URL with its port', { host: 'MON.example:443' }, 'https://mon.example:443/clouddb'],
    ['with X-Forwarded-Host', { ...direct, 'x-forwarded-host': 'other' }, 'https://mon.example:443/clouddb'],
    ['with X-Forwarded-Proto', { ...direct, 'x-forwarded-proto': 'http' }, 'https://mon.example:443/clouddb'],
    ['with Forwarded', { ...direct, forwarded: 'for=1.2.3.4' }, 'https://mon.example:443/clouddb'],
    ['with Via', { ...direct, via: '1.1 proxy' }, 'https://mon.example:443/clouddb'],
    ['with an invalid Host that is not used', { host: 'a b', via: '1.1 proxy' }, 'https://mon.example:443/clouddb'],
  ])('%s', (_, headers, url) => {
    expect(reached(external, '/in', headers)).toBe(url);
  });

  it('has the port of the URL where the proxy forwards the host without it', () => {
    expect(reached('http://mon.example:8443/x', '', { host: 'mon.example' })).toBe('http://mon.example:8443/x');
  });
});

describe('with an external URL that is a path only, a request', () => {
  it.each([
    ['that came directly', direct, 'http://exporter:10043/in'],
    ['with X-Forwarded-Host', { ...direct, 'x-forwarded-host': 'mon.example:81' }, 'http://mon.example:81/clouddb'],
    [
      'with X-Forwarded-Proto',
      { ...direct, 'x-forwarded-host': 'mon.example', 'x-forwarded-proto': 'HTTPS' },
      'https://mon.example:443/clouddb',
    ],
    [
      'of several proxies',
      { ...direct, 'x-forwarded-host': 'mon.example, inner:1', 'x-forwarded-proto': 'https,http' },
      'https://mon.example:443/clouddb',
    ],
    [
      'with Forwarded',
      { ...direct, forwarded: 'for=1.2.3.4; host="[2001:db8::1]:81";Proto=https, host=inner;proto=http' },
      'https://[2001:db8::1]:81/clouddb',
    ],
    ['with Via, and the Host forwarded', { host: 'mon.example:81', via: '1.1 proxy' }, 'http://mon.example:81/clouddb'],
    [
      'with a scheme that is none',
      { ...direct, 'x-forwarded-host': 'mon.example', 'x-forwarded-proto': 'gopher' },
      'http://mon.example:80/clouddb',
    ],
  ])('%s', (_, headers, url) => {
    expect(reached('/clouddb/', '/in', headers)).toBe(url);
  });
});

describe('a header that has no valid host', () => {
  const bad = [
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'a:0',
    'a:65536',
    ':80',
    '[::1',
    '::1',
    'a,b',
    'a"b',
    'http://a',
    'ü',
    '{a}',
    '1.2.3.999',
    '[::1::]',
    ''.padEnd(254, 'a'),
  ];

  it.each(bad)('is refused as Host: %j', (host) => {
    expect(reached('', '', { host })).toBeUndefined();
  });

  it.each(bad.filter((host) => host !== 'a,b'))('is refused as X-Forwarded-Host: %j', (host) => {
    expect(reached('/x', '', { ...direct, 'x-forwarded-host': host })).toBeUndefined();
  });

  it('never gets into the address, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('[]:.a1-_/@#?% "')), maxLength: 8 });
    const headers = fc.record(
      {
        host: text,
        forwarded: text.map((host) => `host=${host}`),
        'x-forwarded-host': text,
        'x-forwarded-proto': fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(headers, fc.constantFrom('', '/clouddb', external), (given, externalUrl) => {
        const at = reached(externalUrl, '/in', given);
        if (at === undefined) return;
        const url = new URL(`${at}/probe`);
        expect(at).toMatch(/^https?:\/\/(?:\[[\da-fA-F:.]+\]|[\w.-]+):\d+\/(?:in|clouddb)$/);
        expect([url.username, url.search, url.hash]).toEqual(['', '', '']);
      }),
    );
  });
});
