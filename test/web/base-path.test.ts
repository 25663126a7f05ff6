import { describe, expect, it } from 'vitest';
import { resolveBasePaths } from '../../src/web/base-path.ts';

describe('the base paths', () => {
  it.each([
    ['', '', '', './'],
    ['', '/', '', './'],
    ['', 'clouddb', '/clouddb', './'],
    ['', '/clouddb/', '/clouddb', './'],
    ['', '//a//b//', '/a/b', './'],
    ['https://monitoring.example', '', '', '/'],
    ['https://monitoring.example/', '', '', '/'],
    ['https://monitoring.example/clouddb', '', '/clouddb', '/clouddb/'],
    ['https://monitoring.example/clouddb/', '', '/clouddb', '/clouddb/'],
    ['HTTP://127.0.0.1:9090/a/b//', '', '/a/b', '/a/b/'],
    ['http://[::1]:9090/a', '', '/a', '/a/'],
    ['https://monitoring.example/clouddb/', '/', '', '/clouddb/'],
    ['https://monitoring.example/clouddb/', 'inner/', '/inner', '/clouddb/'],
    ['https://monitoring.example', '/inner', '/inner', '/'],
    ['/clouddb/', '', '/clouddb', '/clouddb/'],
    ['https://monitoring.example/云', '', '/%E4%BA%91', '/%E4%BA%91/'],
  ])('of the external URL %j and the prefix %j are %j and %j', (externalUrl, prefix, routePrefix, linkBase) => {
    expect(resolveBasePaths(externalUrl, prefix)).toMatchObject({ routePrefix, linkBase });
  });

  it.each([
    ['', undefined],
    ['/clouddb/', { path: '/clouddb' }],
    ['/', { path: '' }],
    [
      'https://monitoring.example',
      { path: '', origin: { scheme: 'https', hostname: 'monitoring.example', port: 443 } },
    ],
    [
      'HTTP://Monitoring.Example:80/a/',
      { path: '/a', origin: { scheme: 'http', hostname: 'monitoring.example', port: 80 } },
    ],
    ['http://[::1]:9090/a', { path: '/a', origin: { scheme: 'http', hostname: '[::1]', port: 9090 } }],
  ])('of the external URL %j have its parts', (externalUrl, external) => {
    expect(resolveBasePaths(externalUrl, '/inner').external).toEqual(external);
  });

  it.each([
    'monitoring.example/clouddb',
    'localhost:9090/clouddb',
    ':9090/clouddb',
    'ftp://monitoring.example/',
    'javascript:alert(1)',
    'https://',
    'https:///clouddb',
    'https://monitoring.example:99999/',
    'https://ann:PLANTED@monitoring.example/',
    'https://monitoring.example/?team=PLANTED',
    'https://monitoring.example?team=PLANTED',
    'https://monitoring.example/#PLANTED',
    '"https://monitoring.example/"',
    "'/clouddb'",
    '/cloud db',
  ])('are refused for the external URL %j, without its text', (externalUrl) => {
    expect(() => resolveBasePaths(externalUrl, '')).toThrow(/^--web\.external-url: give a URL such as (?!.*PLANTED)/);
  });

  it.each(['/a?b', '/a#b', '/a b', String.raw`\a`, '"/a"'])('are refused for the prefix %j', (prefix) => {
    expect(() => resolveBasePaths('', prefix)).toThrow(/^--web\.route-prefix: give a path such as /);
  });
});
